/* SPDX-License-Identifier: MIT */
/* `catbox-harness run`: from the command line to the exit status. */
#include "command.h"

#include "base/cleanup.h"
#include "accept.h"
#include "engines.h"
#include "html.h"
#include "json_report.h"
#include "process.h"
#include "report.h"
#include "run_options.h"
#include "schedule.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- the run */

static void none_runs(const struct hn_tasks *tasks, struct hn_outcome *outcomes,
		      enum hn_problem problem, const char *why)
{
	for (size_t i = 0; i < tasks->count; i++)
		hn_result_add(&outcomes[i].result, HN_ERRED, problem,
			      tasks->items[i].c->suite->path, tasks->items[i].c->line, why, NULL);
}

static void tell_difference(const struct hn_task *task, struct hn_outcome *outcome, void *ctx)
{
	hn_console_finished(ctx, task->label, &outcome->result, outcome->kept);
}

static bool has_pairs(const struct hn_tasks *tasks)
{
	for (size_t i = 0; i < tasks->count; i++)
		if (tasks->items[i].group && !strcmp(tasks->items[i].group, "notify"))
			return true;
	return false;
}

/* Cases that differ between the engines, once more under the first: what differs then as
 * well, random names or the time, is not the engine's. */
static void compare_engines(struct hn_run *run)
{
	const struct hn_tasks *tasks = run->tasks;
	CB_AUTO_FREE size_t *numbers = cb_calloc(tasks->count, sizeof *numbers);
	size_t count = run->signal ? 0 : hn_engines_doubts(tasks, run->outcomes, numbers);
	CB_AUTO_FREE struct hn_task *items = cb_calloc(count, sizeof *items);
	CB_AUTO_FREE struct hn_outcome *third = cb_calloc(count, sizeof *third);
	struct hn_outcome *again = cb_calloc(tasks->count, sizeof *again);
	struct hn_tasks some = { items, count };
	struct hn_console console;
	struct hn_run more = *run;

	for (size_t i = 0; i < count; i++)
		items[i] = tasks->items[numbers[i]];
	if (count) {
		hn_console_clear(run->console);
		printf("differ between the engines, and are run once more under %s: %zu\n",
		       items[0].engine, count);
		hn_console_init(&console, stdout, count);
		more.tasks = &some;
		more.outcomes = third;
		more.console = &console;
		more.order = NULL;
		more.max_failures = more.retries = 0;
		hn_run_cases(&more);
		hn_console_clear(&console);
		run->signal = more.signal;
	}
	for (size_t i = 0; i < count; i++)
		again[numbers[i]] = third[i];
	if (!run->signal)
		hn_engines_compare(tasks, run->outcomes, again, tell_difference, run->console);
	hn_outcomes_free(again, tasks->count);
}

/* Runs the tasks; an exit status other than OK says why nothing ran. */
static int run_tasks(struct hn_run_options *o, const struct hn_tasks *tasks,
		     struct hn_outcome *outcomes)
{
	CB_AUTO_FREE size_t *order = o->random ? hn_shuffled(tasks->count, o->seed) : NULL;
	CB_AUTO_BUF struct cb_buf why = CB_BUF_INIT;
	struct hn_console console;
	struct cb_error err;
	struct hn_run run = {
		.setup = &o->setup, .console = &console, .tasks = tasks, .order = order,
		.outcomes = outcomes, .jobs = (size_t)o->jobs, .max_failures = o->max_failures,
		.retries = (int)o->retries,
	};
	int rc = hn_program_find(&o->setup.program, &err);

	cb_buf_clear(&why);
	if (!rc)
		rc = hn_program_doctor(&o->setup.program, &why, &err);
	if (rc == 0) {
		none_runs(tasks, outcomes, HN_PROBLEM_SETUP, why.data);
		fprintf(stderr, "catbox-harness: this machine cannot sandbox: %s\n", why.data);
		return HN_EXIT_NO_SANDBOX;
	}
	if (rc > 0)
		rc = hn_place_init(&o->setup.place, &err);
	if (rc < 0 && hn_told_to_stop()) {
		none_runs(tasks, outcomes, HN_PROBLEM_INTERRUPTED, "not run: interrupted");
		return HN_EXIT_SIGNAL + hn_told_to_stop();
	}
	if (rc < 0) {
		none_runs(tasks, outcomes, HN_PROBLEM_SETUP, err.message);
		fprintf(stderr, "catbox-harness: %s\n", err.message);
		return HN_EXIT_USAGE;
	}
	hn_console_init(&console, stdout, tasks->count);
	hn_run_cases(&run);
	if (has_pairs(tasks))
		compare_engines(&run);
	hn_console_clear(&console);
	return run.signal ? HN_EXIT_SIGNAL + run.signal : HN_EXIT_OK;
}

/* What has been found out, as an exit status. */
static int judge(const struct hn_account *account, const struct hn_counts *counts)
{
	if (!counts->failed && !counts->erred)
		return HN_EXIT_OK;
	for (size_t i = 0; i < account->tasks->count; i++) {
		const struct hn_result *r = &account->outcomes[i].result;

		if (hn_is_bad(r->verdict) && r->problem != HN_PROBLEM_PERF)
			return HN_EXIT_FAILED;
	}
	return counts->erred ? HN_EXIT_FAILED : HN_EXIT_PERF;
}

static void write_tap(const struct hn_account *account, const char *path, int *failed)
{
	CB_AUTO_BUF struct cb_buf tap = CB_BUF_INIT;
	struct cb_error err;

	hn_account_tap(account, &tap);
	if (!hn_publish(path, tap.data, tap.len, &err))
		return;
	fprintf(stderr, "catbox-harness: %s\n", err.message);
	*failed = 1;
}

/* The JSON report, and the page that is made of it. */
static void write_json(const struct hn_run_options *o, const struct hn_account *account,
		       long long ms, int *failed)
{
	json_t *report = hn_json_report(account, ms);
	struct cb_error err;

	if (o->json && hn_json_report_write(report, o->json, &err)) {
		fprintf(stderr, "catbox-harness: %s\n", err.message);
		*failed = 1;
	}
	if (o->html && hn_html_write(report, o->html, &err)) {
		fprintf(stderr, "catbox-harness: %s\n", err.message);
		*failed = 1;
	}
	json_decref(report);
}

static void print_annotations(const struct hn_account *account)
{
	CB_AUTO_BUF struct cb_buf lines = CB_BUF_INIT;

	hn_account_github(account, &lines);
	fputs(lines.data ? lines.data : "", stdout);
}

/* Makes what was seen what is expected; the status is good if nothing is left. */
static int accept_all(const struct hn_run_options *o, const struct hn_account *account, int status)
{
	struct hn_acceptance done;
	struct cb_error err;

	if (hn_accept(account->chosen, account->tasks, account->outcomes, o->dry_run, stdout, &done,
		      &err)) {
		fprintf(stderr, "catbox-harness: %s\n", err.message);
		return HN_EXIT_FAILED;
	}
	printf("%s: %d case%s in %d suite%s, %d left\n", o->dry_run ? "would accept" : "accepted",
	       done.cases, done.cases == 1 ? "" : "s", done.suites, done.suites == 1 ? "" : "s",
	       done.refused);
	return done.refused || o->dry_run ? status : HN_EXIT_OK;
}

/* Writes the reports. What cannot be written fails the run: loudly, since a CI
 * system that finds no report may call that success. */
static int publish(const struct hn_run_options *o, const struct hn_account *account,
		   long long ms)
{
	struct hn_report *report = hn_account_report(account);
	struct hn_counts counts;
	struct cb_error err;
	int status, failed = 0;

	hn_report_count(report, &counts);
	status = judge(account, &counts);
	if (hn_report_write(report, o->junit, &err)) {
		fprintf(stderr, "catbox-harness: %s\n", err.message);
		failed = 1;
	}
	if (o->tap)
		write_tap(account, o->tap, &failed);
	if (o->json || o->html)
		write_json(o, account, ms, &failed);
	if (o->github)
		print_annotations(account);
	hn_account_summary(account, report, o->junit, ms, stdout);
	hn_report_free(report);
	if (o->accept && !account->interrupted)
		status = accept_all(o, account, status);
	return failed ? HN_EXIT_FAILED : status;
}

/* Bazel looks at whether a test knows of shards. */
static void tell_bazel(void)
{
	const char *path = getenv("TEST_SHARD_STATUS_FILE");
	CB_AUTO_FD int fd = path && *path && getenv("TEST_TOTAL_SHARDS") ?
		open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666) : -1;

	if (fd < 0 && path && *path && getenv("TEST_TOTAL_SHARDS"))
		fprintf(stderr, "catbox-harness: cannot write '%s'\n", path);
}

/* Reports of an earlier run must not pass for those of this. */
static void remove_reports(const struct hn_run_options *o)
{
	const char *const files[] = { o->junit, o->tap, o->html, o->json };

	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		if (files[i])
			hn_unpublish(files[i]);
}

static int run_chosen(struct hn_run_options *o, const struct hn_chosen *chosen)
{
	struct hn_tasks tasks;
	struct hn_outcome *outcomes;
	long long start = hn_now_ms();
	time_t began = time(NULL);
	int status = HN_EXIT_OK, judged;
	char seed[32];

	hn_tasks_init(&tasks, chosen, o->engine);
	outcomes = cb_calloc(tasks.count + 1, sizeof *outcomes);
	snprintf(seed, sizeof seed, "%llu", o->seed);
	o->setup.place.lock = -1;
	o->setup.accept = o->accept;
	o->setup.compare = has_pairs(&tasks);
	o->setup.record = o->json || o->html || o->setup.compare;
	hn_run_block_signals();
	remove_reports(o);
	tell_bazel();
	if (tasks.count)
		status = run_tasks(o, &tasks, outcomes);
	judged = publish(o, &(struct hn_account){
		.chosen = chosen, .tasks = &tasks, .outcomes = outcomes,
		.start = began, .setup = &o->setup,
		.seed = o->random ? seed : NULL, .extended = o->extended, .interrupted = status != 0,
	}, hn_now_ms() - start);
	hn_place_destroy(&o->setup.place, o->setup.keep != HN_KEEP_NEVER);
	hn_program_destroy(&o->setup.program);
	hn_outcomes_free(outcomes, tasks.count);
	hn_tasks_destroy(&tasks);
	if (status)
		return status;
	return chosen->errors ? HN_EXIT_USAGE : judged;
}

/* What failed in the report of the run before. */
static int find_failed(const struct hn_run_options *o, struct hn_strings *ids, struct cb_error *err)
{
	struct hn_report *report = hn_report_read(o->junit, err);

	if (!report)
		return -1;
	hn_report_failed(report, ids);
	hn_report_free(report);
	return 0;
}

static int choose_and_run(struct hn_run_options *o)
{
	struct hn_strings failed = { NULL, 0 };
	struct hn_chosen chosen = { 0 };
	struct cb_error err;
	int status;

	if (o->failed)
		o->selection.only = &failed;
	if (hn_junit_check_schemas(&err) || (o->failed && find_failed(o, &failed, &err)) ||
	    hn_choose(&chosen, &o->selection, o->names, o->name_count, &err)) {
		status = hn_usage_error("%s", err.message);
	} else {
		for (size_t i = 0; i < chosen.suite_count; i++)
			if (chosen.suites[i]->complaints.len)
				fputs(chosen.suites[i]->complaints.data, stderr);
		status = chosen.before_shard || chosen.errors ? run_chosen(o, &chosen) :
								HN_EXIT_NOTHING;
		if (status == HN_EXIT_NOTHING && !o->failed)
			remove_reports(o);
		if (status == HN_EXIT_NOTHING)
			fprintf(stderr, "catbox-harness: %s\n", o->failed && !failed.count ?
				"nothing failed in the run before" : "nothing selected");
	}
	hn_chosen_destroy(&chosen);
	hn_strings_destroy(&failed);
	o->selection.only = NULL;
	return status;
}

int hn_command_run(int argc, char *argv[])
{
	struct hn_run_options o;
	struct cb_error err;

	if (hn_run_options_parse(&o, argc, argv, &err))
		return hn_usage_error("%s", err.message);
	return choose_and_run(&o);
}
