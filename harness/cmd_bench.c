/* SPDX-License-Identifier: MIT */
/* `catbox-harness bench`: from the command line to the exit status. */
#include "command.h"

#include "base/cleanup.h"
#include "bench_report.h"
#include "bench_section.h"
#include "pattern.h"
#include "process.h"
#include "schedule.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#define BASELINE "suites/bench.baseline.yaml"
#define ALL_GATES (HN_GATE_COUNTERS | HN_GATE_INSTRUCTIONS | HN_GATE_TIME)

struct bench_options {
	struct hn_bench_plan plan;
	const char *baseline, *reason, *filter;
	const char *junit, *json, *csv, *html;
	long long seed;
	bool large, update;
	char *const *names; /* of suites */
	int name_count;
};

/* --- options */

static int set_gates(struct bench_options *o, const char *text, struct cb_error *err)
{
	static const struct {
		const char *name;
		unsigned gate;
	} gates[] = {
		{ "counters", HN_GATE_COUNTERS },
		{ "instructions", HN_GATE_INSTRUCTIONS },
		{ "time", HN_GATE_TIME },
	};

	o->plan.gates = 0;
	for (const char *at = text; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
		size_t len = strcspn(at, ","), i = 0;

		while (i < 3 && (strlen(gates[i].name) != len || strncmp(gates[i].name, at, len) != 0))
			i++;
		if (i == 3)
			return cb_error(err, EINVAL, "--gate: '%.*s' is none of counters, instructions, "
					"time", (int)len, at);
		o->plan.gates |= gates[i].gate;
	}
	return 0;
}

enum { OPT_UPDATE = 256, OPT_LARGE, OPT_NO_PEERS };

static int set_option(struct bench_options *o, int opt, struct cb_error *err)
{
	switch (opt) {
	case 'b':
		o->baseline = optarg;
		return 0;
	case 'r':
		o->reason = optarg;
		return 0;
	case 'o':
		o->filter = optarg;
		return 0;
	case 'x':
		o->junit = optarg;
		return 0;
	case 'J':
		o->json = optarg;
		return 0;
	case 'c':
		o->csv = optarg;
		return 0;
	case 'h':
		o->html = optarg;
		return 0;
	case 'g':
		return set_gates(o, optarg, err);
	case 'n':
		return hn_parse_number(optarg, 1, HN_RATIO_PAIRS_MAX, &o->plan.pairs) ? 0 :
			cb_error(err, EINVAL, "--pairs must be in 1..%d, not '%s'",
				 HN_RATIO_PAIRS_MAX, optarg);
	case 's':
		return hn_parse_number(optarg, 1, LLONG_MAX, &o->seed) ? 0 :
			cb_error(err, EINVAL, "--seed must be a number above 0, not '%s'", optarg);
	case OPT_UPDATE:
		o->update = true;
		return 0;
	case OPT_LARGE:
		o->large = true;
		return 0;
	case OPT_NO_PEERS:
		o->plan.peers = false;
		return 0;
	default:
		return cb_error(err, EINVAL, "unknown option");
	}
}

static int check_options(const struct bench_options *o, struct cb_error *err)
{
	if (!*o->junit || !*o->json || !*o->csv || !*o->html || !*o->baseline)
		return cb_error(err, EINVAL, "the name of a report or of the baseline is empty");
	if (o->update && (!o->reason || !*o->reason))
		return cb_error(err, EINVAL, "--update-baseline needs --reason TEXT");
	if (o->reason && !o->update)
		return cb_error(err, EINVAL, "--reason goes with --update-baseline");
	return 0;
}

static int parse(struct bench_options *o, int argc, char *argv[], struct cb_error *err)
{
	static const struct option options[] = {
		{ "baseline", required_argument, NULL, 'b' },
		{ "update-baseline", no_argument, NULL, OPT_UPDATE },
		{ "reason", required_argument, NULL, 'r' },
		{ "pairs", required_argument, NULL, 'n' },
		{ "seed", required_argument, NULL, 's' },
		{ "gate", required_argument, NULL, 'g' },
		{ "filter", required_argument, NULL, 'o' },
		{ "large", no_argument, NULL, OPT_LARGE },
		{ "no-peers", no_argument, NULL, OPT_NO_PEERS },
		{ "junit", required_argument, NULL, 'x' },
		{ "json", required_argument, NULL, 'J' },
		{ "csv", required_argument, NULL, 'c' },
		{ "html", required_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int opt, rc = 0;

	optind = 1;
	opterr = 0;
	while (!rc && (opt = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		if (opt == ':')
			rc = cb_error(err, EINVAL, "no value for option '%s'", argv[optind - 1]);
		else if (opt == '?')
			rc = cb_error(err, EINVAL, "unknown option '%s'", argv[optind - 1]);
		else
			rc = set_option(o, opt, err);
	}
	o->names = argv + optind;
	o->name_count = argc - optind;
	return rc ? rc : check_options(o, err);
}

/* --- which workloads */

/* Puts those that are meant first and returns how many they are. Named files are
 * meant whole; without names the quick set, unless all are wanted. */
static int choose(struct hn_benches *benches, const struct bench_options *o, size_t *count,
		  struct cb_error *err)
{
	struct hn_pattern filter = { HN_PATTERN_EXACT, NULL, NULL };
	CB_AUTO_BUF struct cb_buf regex = CB_BUF_INIT;
	int rc = 0;

	*count = 0;
	if (o->filter) {
		cb_buf_addf(&regex, "~%s", o->filter);
		rc = hn_pattern_init(&filter, regex.data, false, &(struct hn_vars){ { NULL } }, err);
	}
	for (size_t i = 0; i < benches->count && !rc; i++) {
		struct hn_bench *b = benches->items[i];

		if ((b->large && !o->large && !o->name_count && !o->filter) ||
		    (o->filter && !hn_pattern_match(&filter, b->name, strlen(b->name))))
			continue;
		memmove(&benches->items[*count + 1], &benches->items[*count],
			(i - *count) * sizeof(struct hn_bench *));
		benches->items[(*count)++] = b;
	}
	hn_pattern_destroy(&filter);
	return rc;
}

/* --- the run */

/* DIR/NAME beside this executable. */
static char *beside(const char *name)
{
	CB_AUTO_BUF struct cb_buf path = CB_BUF_INIT;
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	char *slash;

	self[n < 0 ? 0 : n] = '\0';
	slash = strrchr(self, '/');
	cb_buf_addf(&path, "%.*s/%s", slash ? (int)(slash - self) : 0, self, name);
	return cb_buf_steal(&path);
}

/* 0, or an exit status with the reason on stderr. */
static int prepare(struct bench_options *o)
{
	CB_AUTO_BUF struct cb_buf why = CB_BUF_INIT;
	struct hn_bench_plan *plan = &o->plan;
	struct cb_error err;
	int rc = hn_program_find(&plan->program, &err);

	cb_buf_clear(&why);
	if (!rc)
		rc = hn_program_doctor(&plan->program, &why, &err);
	if (rc == 0) {
		fprintf(stderr, "catbox-harness: this machine cannot sandbox: %s\n", why.data);
		return HN_EXIT_NO_SANDBOX;
	}
	if (rc > 0)
		rc = hn_place_init(&plan->place, &err);
	if (rc < 0) {
		fprintf(stderr, "catbox-harness: %s\n", err.message);
		return HN_EXIT_USAGE;
	}
	if (!o->seed && getrandom(&o->seed, sizeof o->seed, 0) < 0)
		o->seed = hn_now_ms();
	o->seed = o->seed & INT32_MAX ? o->seed & INT32_MAX : 1;
	plan->seed = (uint64_t)o->seed;
	plan->helpers = beside("bench");
	plan->cache = beside("real/src");
	plan->progress = stderr;
	plan->live = isatty(2) && !getenv("CI");
	return 0;
}

static void measure_all(struct bench_options *o, const struct hn_benches *benches,
			const struct hn_bench_account *a, struct hn_measured *measured,
			struct hn_judgement *judgements)
{
	for (size_t i = 0; i < a->count; i++) {
		struct hn_measured *m = &measured[i];

		if (o->plan.signal)
			*m = (struct hn_measured){ .bench = benches->items[i],
						   .failure = cb_strdup("interrupted") };
		else
			hn_bench_measure(&o->plan, benches->items[i], m);
		hn_bench_judge(&judgements[i], m, a->baseline, a->machine);
		hn_bench_table(m, &judgements[i], stdout);
	}
}

/* --- reports */

static int complain_unwritten(int rc, const struct cb_error *err)
{
	if (rc)
		fprintf(stderr, "catbox-harness: %s\n", err->message);
	return rc;
}

/* All of them, whatever becomes of one. */
static int write_reports(const struct bench_options *o, const struct hn_bench_account *a,
			 struct hn_counts *counts)
{
	CB_AUTO_BUF struct cb_buf csv = CB_BUF_INIT, html = CB_BUF_INIT;
	struct hn_report *report = hn_bench_junit(a);
	json_t *json = hn_bench_json(a);
	char *text = json_dumps(json, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
	struct cb_error err;
	int bad = 0;

	hn_report_count(report, counts);
	bad |= complain_unwritten(hn_report_write(report, o->junit, &err), &err);
	bad |= complain_unwritten(hn_publish(o->json, text, strlen(text), &err), &err);
	hn_bench_csv(a, &csv);
	bad |= complain_unwritten(hn_publish(o->csv, csv.data, csv.len, &err), &err);
	hn_bench_page(&html, json);
	bad |= complain_unwritten(hn_publish(o->html, html.data, html.len, &err), &err);
	free(text);
	json_decref(json);
	hn_report_free(report);
	return bad;
}

/* What was measured becomes the baseline, if all of it could be. */
static int update(const struct bench_options *o, const struct hn_bench_account *a,
		  struct hn_baseline *baseline, struct hn_machine *machine, struct cb_error *err)
{
	CB_AUTO_BUF struct cb_buf text = CB_BUF_INIT;
	size_t forgotten = 0;

	for (size_t i = 0; i < a->count; i++)
		if (a->measured[i].failure)
			return cb_error(err, ECANCELED, "the baseline stays as it is: %s failed",
					a->measured[i].bench->name);
	if (hn_machine_differ(machine, &baseline->machine, HN_MACHINE_ALL) < HN_MACHINE_TRAITS)
		forgotten = hn_bench_forget_machine(baseline);
	if (forgotten)
		printf("of another machine, taken out of the baseline: %zu metrics\n", forgotten);
	for (size_t i = 0; i < a->count; i++)
		hn_bench_remember(baseline, &a->measured[i], &a->judgements[i]);
	free(baseline->reason);
	baseline->reason = cb_strdup(o->reason);
	hn_machine_destroy(&baseline->machine);
	hn_machine_here(&baseline->machine, o->plan.program.catbox);
	hn_baseline_format(baseline, &text);
	return hn_publish(o->baseline, text.data, text.len, err);
}

/* A failure that is none of performance weighs more. */
static int status_of(const struct hn_bench_account *a, const struct hn_counts *counts, bool update)
{
	if (a->benches->errors)
		return HN_EXIT_USAGE;
	if (counts->erred)
		return HN_EXIT_FAILED;
	return counts->failed && !update ? HN_EXIT_PERF : HN_EXIT_OK;
}

static int report_all(const struct bench_options *o, const struct hn_bench_account *a,
		      struct hn_baseline *baseline, struct hn_machine *machine)
{
	struct hn_counts counts;
	struct cb_error err;
	int bad = write_reports(o, a, &counts), status = status_of(a, &counts, o->update);

	if (o->update && !o->plan.signal) {
		if (update(o, a, baseline, machine, &err)) {
			fprintf(stderr, "catbox-harness: %s\n", err.message);
			bad = 1;
		} else {
			printf("baseline: %s\n", o->baseline);
		}
	}
	printf("report: %s, %s, %s, %s\n", o->junit, o->json, o->csv, o->html);
	printf("%lld passed, %lld failed, %lld skipped\n", counts.passed,
	       counts.failed + counts.erred, counts.skipped);
	if (o->plan.signal)
		return HN_EXIT_SIGNAL + o->plan.signal;
	return bad && (status == HN_EXIT_OK || status == HN_EXIT_PERF) ? HN_EXIT_FAILED : status;
}

static int run_chosen(struct bench_options *o, const struct hn_benches *benches, size_t count,
		      struct hn_baseline *baseline)
{
	CB_AUTO_FREE struct hn_measured *measured = cb_calloc(count + 1, sizeof *measured);
	CB_AUTO_FREE struct hn_judgement *judgements = cb_calloc(count + 1, sizeof *judgements);
	struct hn_machine machine;
	struct hn_bench_account a = {
		.plan = &o->plan, .machine = &machine, .baseline = baseline,
		.baseline_path = o->baseline, .benches = benches, .measured = measured,
		.judgements = judgements, .count = count, .start = time(NULL),
	};
	int status = prepare(o);

	if (status)
		return status;
	a.seed = (uint64_t)o->seed;
	hn_machine_here(&machine, o->plan.program.catbox);
	measure_all(o, benches, &a, measured, judgements);
	status = report_all(o, &a, baseline, &machine);
	for (size_t i = 0; i < count; i++) {
		hn_measured_destroy(&measured[i]);
		hn_judgement_destroy(&judgements[i]);
	}
	hn_machine_destroy(&machine);
	return status;
}

/* From loaded workloads to the exit status. */
static int bench(struct bench_options *o, struct hn_benches *benches)
{
	CB_AUTO_BUF struct cb_buf complaints = CB_BUF_INIT;
	struct hn_baseline baseline;
	struct cb_error err;
	size_t count;
	int status;

	if (benches->complaints.len)
		fputs(benches->complaints.data, stderr);
	if (choose(benches, o, &count, &err))
		return hn_usage_error("%s", err.message);
	if (hn_baseline_load(&baseline, o->baseline, &complaints, &err)) {
		fprintf(stderr, "%scatbox-harness: %s\n", complaints.data ? complaints.data : "",
			err.message);
		return HN_EXIT_USAGE;
	}
	if (!count && !benches->errors) {
		fputs("catbox-harness: nothing selected\n", stderr);
		status = HN_EXIT_NOTHING;
	} else {
		status = run_chosen(o, benches, count, &baseline);
	}
	hn_baseline_destroy(&baseline);
	return status;
}

int hn_command_bench(int argc, char *argv[])
{
	struct bench_options o = {
		.plan = { .gates = ALL_GATES, .peers = true, .place = { NULL, -1 } },
		.baseline = BASELINE, .junit = "reports/bench.xml", .json = "reports/bench.json",
		.csv = "reports/bench.csv", .html = "reports/bench.html",
	};
	struct hn_benches benches = { .items = NULL };
	struct cb_error err;
	int status;

	if (parse(&o, argc, argv, &err) ||
	    hn_bench_load_named(&benches, o.names, o.name_count, &err)) {
		hn_benches_destroy(&benches);
		return hn_usage_error("%s", err.message);
	}
	hn_run_block_signals();
	/* a report of an earlier run must not pass for one of this */
	unlink(o.junit);
	status = bench(&o, &benches);
	hn_place_destroy(&o.plan.place, 0);
	hn_program_destroy(&o.plan.program);
	free(o.plan.helpers);
	free(o.plan.cache);
	hn_benches_destroy(&benches);
	return status;
}
