/* SPDX-License-Identifier: MIT */
/* `catbox-harness run`: from the command line to the exit status. */
#include "command.h"

#include "base/cleanup.h"
#include "process.h"
#include "report.h"
#include "schedule.h"
#include "select.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct run_options {
	struct hn_selection selection;
	struct hn_setup setup;
	const char *junit;
	const char *tap;
	long long jobs;
	long long max_failures;
	char *const *names; /* suites */
	int name_count;
};

/* --- options */

static long long processors(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof set, &set) ? 1 : CPU_COUNT(&set);
}

static int set_keep(struct run_options *o, const char *text, struct cb_error *err)
{
	static const char *const words[] = { "failed", "always", "never" };

	for (int i = 0; i < 3; i++)
		if (!strcmp(words[i], text)) {
			o->setup.keep = i;
			return 0;
		}
	return cb_error(err, EINVAL, "--keep must be failed, always or never, not '%s'", text);
}

static int set_factor(struct run_options *o, const char *text, struct cb_error *err)
{
	char *end;

	o->setup.timeout_factor = strtod(text, &end);
	if (end == text || *end || !isfinite(o->setup.timeout_factor) ||
	    o->setup.timeout_factor <= 0 || o->setup.timeout_factor > 1000)
		return cb_error(err, EINVAL, "--timeout-factor must be a number above 0, not '%s'",
				text);
	return 0;
}

static int set_option(struct run_options *o, int opt, struct cb_error *err)
{
	switch (opt) {
	case 'j':
		return hn_parse_number(optarg, 1, 1000, &o->jobs) ? 0 :
			cb_error(err, EINVAL, "-j must be in 1..1000, not '%s'", optarg);
	case 'm':
		return hn_parse_number(optarg, 1, 1000000, &o->max_failures) ? 0 :
			cb_error(err, EINVAL, "--max-failures must be at least 1, not '%s'", optarg);
	case 's':
		return hn_selection_set_shard(&o->selection, optarg, err);
	case 'F':
		return set_factor(o, optarg, err);
	case 'k':
		return set_keep(o, optarg, err);
	case 'f':
		o->selection.filter = optarg;
		return 0;
	case 't':
		o->selection.tag = optarg;
		return 0;
	case 'x':
		o->junit = optarg;
		return 0;
	case 'p':
		o->tap = optarg;
		return 0;
	default:
		return cb_error(err, EINVAL, "unknown option");
	}
}

static int parse(struct run_options *o, int argc, char *argv[], struct cb_error *err)
{
	static const struct option options[] = {
		{ "filter", required_argument, NULL, 'f' },
		{ "tag", required_argument, NULL, 't' },
		{ "shard", required_argument, NULL, 's' },
		{ "timeout-factor", required_argument, NULL, 'F' },
		{ "keep", required_argument, NULL, 'k' },
		{ "max-failures", required_argument, NULL, 'm' },
		{ "junit", required_argument, NULL, 'x' },
		{ "tap", required_argument, NULL, 'p' },
		{ NULL, 0, NULL, 0 },
	};
	int opt, rc = 0;

	optind = 1;
	opterr = 0;
	while (!rc && (opt = getopt_long(argc, argv, ":j:", options, NULL)) != -1) {
		if (opt == ':')
			rc = cb_error(err, EINVAL, "no value for option '%s'", argv[optind - 1]);
		else if (opt == '?')
			rc = cb_error(err, EINVAL, "unknown option '%s'", argv[optind - 1]);
		else
			rc = set_option(o, opt, err);
	}
	o->names = argv + optind;
	o->name_count = argc - optind;
	if (!rc && (!*o->junit || (o->tap && !*o->tap)))
		rc = cb_error(err, EINVAL, "the name of a report is empty");
	return rc ? rc : hn_selection_check(&o->selection, err);
}

/* What Bazel says in the environment, where no option says otherwise. */
static int from_environment(struct run_options *o, struct cb_error *err)
{
	const char *shards = getenv("TEST_TOTAL_SHARDS"), *index = getenv("TEST_SHARD_INDEX");
	const char *xml = getenv("XML_OUTPUT_FILE");

	if (!o->junit)
		o->junit = xml && *xml ? xml : "reports/junit.xml";
	if (!shards || !*shards || !index)
		return 0;
	if (!hn_parse_number(shards, 1, 100000, &o->selection.shards) ||
	    !hn_parse_number(index, 0, o->selection.shards - 1, &o->selection.shard))
		return cb_error(err, EINVAL, "TEST_TOTAL_SHARDS '%s' and TEST_SHARD_INDEX '%s' "
				"make no shard", shards, index);
	o->selection.shard++;
	return 0;
}

/* --- the run */

static void none_runs(const struct hn_chosen *chosen, struct hn_outcome *outcomes,
		      enum hn_problem problem, const char *why)
{
	for (size_t i = 0; i < chosen->count; i++)
		hn_result_add(&outcomes[i].result, HN_ERRED, problem,
			      chosen->cases[i]->suite->path, chosen->cases[i]->line, why, NULL);
}

/* Runs the chosen cases; an exit status other than OK says why nothing ran. */
static int run_cases(struct run_options *o, const struct hn_chosen *chosen,
		     struct hn_outcome *outcomes)
{
	CB_AUTO_BUF struct cb_buf why = CB_BUF_INIT;
	struct hn_console console;
	struct cb_error err;
	struct hn_run run = {
		.setup = &o->setup, .console = &console, .cases = chosen->cases,
		.count = chosen->count, .outcomes = outcomes, .jobs = (size_t)o->jobs,
		.max_failures = o->max_failures,
	};
	int rc = hn_program_find(&o->setup.program, &err);

	cb_buf_clear(&why);
	if (!rc)
		rc = hn_program_doctor(&o->setup.program, &why, &err);
	if (rc == 0) {
		none_runs(chosen, outcomes, HN_PROBLEM_SETUP, why.data);
		fprintf(stderr, "catbox-harness: this machine cannot sandbox: %s\n", why.data);
		return HN_EXIT_NO_SANDBOX;
	}
	if (rc > 0)
		rc = hn_place_init(&o->setup.place, &err);
	if (rc < 0 && hn_told_to_stop()) {
		none_runs(chosen, outcomes, HN_PROBLEM_INTERRUPTED, "not run: interrupted");
		return HN_EXIT_SIGNAL + hn_told_to_stop();
	}
	if (rc < 0) {
		none_runs(chosen, outcomes, HN_PROBLEM_SETUP, err.message);
		fprintf(stderr, "catbox-harness: %s\n", err.message);
		return HN_EXIT_USAGE;
	}
	hn_console_init(&console, stdout, chosen->count);
	hn_run_cases(&run);
	hn_console_clear(&console);
	return run.signal ? HN_EXIT_SIGNAL + run.signal : HN_EXIT_OK;
}

/* Writes the reports. What cannot be written fails the run: loudly, since a CI
 * system that finds no report may call that success. */
static int publish(const struct run_options *o, const struct hn_account *account,
		   long long ms)
{
	struct hn_report *report = hn_account_report(account);
	CB_AUTO_BUF struct cb_buf tap = CB_BUF_INIT;
	struct hn_counts counts;
	struct cb_error err;
	int status = HN_EXIT_OK;

	hn_report_count(report, &counts);
	if (counts.failed || counts.erred)
		status = HN_EXIT_FAILED;
	if (hn_report_write(report, o->junit, &err)) {
		fprintf(stderr, "catbox-harness: %s\n", err.message);
		status = HN_EXIT_FAILED;
	}
	if (o->tap) {
		hn_account_tap(account, &tap);
		if (hn_publish(o->tap, tap.data, tap.len, &err)) {
			fprintf(stderr, "catbox-harness: %s\n", err.message);
			status = HN_EXIT_FAILED;
		}
	}
	hn_account_summary(account, report, o->junit, ms, stdout);
	hn_report_free(report);
	return status;
}

static void free_outcomes(struct hn_outcome *outcomes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		hn_result_destroy(&outcomes[i].result);
		free(outcomes[i].kept);
	}
	free(outcomes);
}

static int run_chosen(struct run_options *o, const struct hn_chosen *chosen)
{
	struct hn_outcome *outcomes = cb_calloc(chosen->count + 1, sizeof *outcomes);
	struct hn_account account = { chosen, outcomes, time(NULL), &o->setup };
	long long start = hn_now_ms();
	int status = HN_EXIT_OK, judged;

	o->setup.place.lock = -1;
	hn_run_block_signals();
	/* a report of an earlier run must not pass for one of this */
	if (hn_is_replaceable(o->junit))
		unlink(o->junit);
	if (chosen->count)
		status = run_cases(o, chosen, outcomes);
	judged = publish(o, &account, hn_now_ms() - start);
	hn_place_destroy(&o->setup.place, o->setup.keep != HN_KEEP_NEVER);
	hn_program_destroy(&o->setup.program);
	free_outcomes(outcomes, chosen->count);
	if (status)
		return status;
	return chosen->errors ? HN_EXIT_USAGE : judged;
}

int hn_command_run(int argc, char *argv[])
{
	struct run_options o = { .setup = { .timeout_factor = 1 }, .jobs = processors() };
	struct hn_chosen chosen = { 0 };
	struct cb_error err;
	int status;

	if (from_environment(&o, &err) || parse(&o, argc, argv, &err) ||
	    hn_choose(&chosen, &o.selection, o.names, o.name_count, &err)) {
		hn_chosen_destroy(&chosen);
		return hn_usage_error("%s", err.message);
	}
	for (size_t i = 0; i < chosen.suite_count; i++)
		if (chosen.suites[i]->complaints.len)
			fputs(chosen.suites[i]->complaints.data, stderr);
	if (!chosen.before_shard && !chosen.errors) {
		fputs("catbox-harness: nothing selected\n", stderr);
		status = HN_EXIT_NOTHING;
	} else {
		status = run_chosen(&o, &chosen);
	}
	hn_chosen_destroy(&chosen);
	return status;
}
