/* SPDX-License-Identifier: MIT */
/* The expectations in the order in which they explain a failure best: how the
 * command ended, what was denied, what it left, what it said. */
#include "check.h"

#include "base/cleanup.h"
#include "clean.h"
#include "match.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define OUTPUT_MAX (64u << 20) /* bytes of stdout or stderr that are compared */
#define SETUP_STATUS 125       /* catbox's own failure */

struct checking {
	const struct hn_observed *seen;
	struct hn_result *result;
};

void hn_check_fail(const struct hn_observed *seen, struct hn_result *result,
		   enum hn_problem problem, int line, const char *message, const char *detail)
{
	enum hn_verdict verdict = problem == HN_PROBLEM_SETUP || problem == HN_PROBLEM_INTERRUPTED
		? HN_ERRED : HN_FAILED;
	CB_AUTO_BUF struct cb_buf text = CB_BUF_INIT;

	cb_buf_addf(&text, "%s%s", seen->is_control ? "control run: " : "", message);
	if (seen->is_control && verdict == HN_FAILED)
		problem = HN_PROBLEM_SETUP;
	hn_result_add(result, verdict, problem, seen->c->suite->path, line, text.data, detail);
}

static void fail(struct checking *k, enum hn_problem problem, int line, const char *detail,
		 const char *fmt, ...) __attribute__((format(printf, 5, 6)));

static void fail(struct checking *k, enum hn_problem problem, int line, const char *detail,
		 const char *fmt, ...)
{
	CB_AUTO_BUF struct cb_buf message = CB_BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	cb_buf_addv(&message, fmt, ap);
	va_end(ap);
	hn_check_fail(k->seen, k->result, problem, line, message.data, detail);
}

/* --- how it ended */

static void check_survivors(struct checking *k)
{
	const struct hn_ending *e = k->seen->ending;

	if (e->survivors && !e->timed_out && !e->flooded && !e->interrupted)
		fail(k, HN_PROBLEM_LEFTOVERS, k->seen->c->line, NULL,
		     "%d process%s survived the sandbox: %s", e->survivors,
		     e->survivors == 1 ? "" : "es", e->names);
}

/* The start of catbox's stderr: it says why nothing ran. */
static void setup_failed(struct checking *k)
{
	CB_AUTO_BUF struct cb_buf said = CB_BUF_INIT;

	cb_buf_read_file(&said, AT_FDCWD, k->seen->stderr_path, 1u << 16);
	fail(k, HN_PROBLEM_SETUP, k->seen->c->line, said.data,
	     "catbox could not run the command: %.*s",
	     said.len ? (int)strcspn(said.data, "\n") : 25,
	     said.len ? said.data : "exit 125 and not a word");
}

/* False if it did not end by itself. */
static bool check_ended(struct checking *k)
{
	const struct hn_ending *e = k->seen->ending;
	int line = k->seen->c->line;

	if (e->interrupted) {
		fail(k, HN_PROBLEM_INTERRUPTED, line, NULL, "interrupted");
	} else if (e->timed_out) {
		fail(k, HN_PROBLEM_TIMEOUT, line, NULL, "not finished after %lld.%03lld s",
		     k->seen->timeout_ms / 1000, k->seen->timeout_ms % 1000);
	} else if (e->flooded) {
		fail(k, HN_PROBLEM_OUTPUT, line, NULL, "ended: it wrote too much output");
	} else {
		return true;
	}
	return false;
}

/* False if there is no use in looking further. */
static bool check_complete(struct checking *k)
{
	const struct hn_ending *e = k->seen->ending;
	const struct hn_events *events = k->seen->events;
	int line = k->seen->c->line;

	if (WIFSIGNALED(e->status)) {
		fail(k, HN_PROBLEM_CRASH, line, NULL, "catbox was killed by signal %d (%s)",
		     WTERMSIG(e->status), sigabbrev_np(WTERMSIG(e->status)) ?
		     sigabbrev_np(WTERMSIG(e->status)) : "?");
	} else if (!events->end && WIFEXITED(e->status) && WEXITSTATUS(e->status) == SETUP_STATUS) {
		setup_failed(k);
	} else if (!events->end) {
		fail(k, HN_PROBLEM_CRASH, line, NULL,
		     "catbox exited with %d and its log has no end", WEXITSTATUS(e->status));
	} else if (events->bad_lines) {
		fail(k, HN_PROBLEM_CRASH, line, NULL, "%zu line%s of catbox's log cannot be read",
		     events->bad_lines, events->bad_lines == 1 ? "" : "s");
	} else if (json_is_false(json_object_get(events->end, "complete"))) {
		fail(k, HN_PROBLEM_CRASH, line, NULL, "catbox says its trace is incomplete");
	} else {
		return true;
	}
	return false;
}

/* "exit 3" or "signal SEGV", by the status of waitpid. */
static void describe_status(struct cb_buf *out, int status)
{
	if (WIFSIGNALED(status) && sigabbrev_np(WTERMSIG(status)))
		cb_buf_addf(out, "signal %s", sigabbrev_np(WTERMSIG(status)));
	else if (WIFSIGNALED(status))
		cb_buf_addf(out, "signal %d", WTERMSIG(status));
	else
		cb_buf_addf(out, "exit %d", WEXITSTATUS(status));
}

/* The same by the end event. */
static void describe_end(struct cb_buf *out, const json_t *end)
{
	CB_AUTO_BUF struct cb_buf value = CB_BUF_INIT;

	cb_buf_clear(&value);
	if (hn_event_text(&value, end, "signal"))
		cb_buf_addf(out, "signal %s", value.data);
	else if (hn_event_text(&value, end, "status"))
		cb_buf_addf(out, "exit %s", value.data);
	else
		cb_buf_adds(out, "no status");
}

/* `got`: "exit 3" or "signal SEGV" */
static void check_end(struct checking *k, const char *got)
{
	const struct hn_expect *e = k->seen->expect;
	CB_AUTO_BUF struct cb_buf want = CB_BUF_INIT;
	CB_AUTO_BUF struct cb_buf diff = CB_BUF_INIT;

	if (e->exit < 0 && !e->signal.text)
		return;
	if (e->signal.text)
		cb_buf_addf(&want, "signal %s", e->signal.text);
	else
		cb_buf_addf(&want, "exit %lld", e->exit);
	if (!strcmp(want.data, got))
		return;
	cb_buf_addf(&diff, "- %s\n+ %s\n", want.data, got);
	fail(k, HN_PROBLEM_EXIT, e->signal.text ? e->signal.line : e->exit_line, diff.data,
	     "expected %s, got %s", want.data, got);
}

/* --- events */

static enum hn_problem list_problem(enum hn_list_kind kind)
{
	static const enum hn_problem problems[HN_LIST_COUNT] = {
		[HN_LIST_DENIED] = HN_PROBLEM_DENIED, [HN_LIST_EXPECTED] = HN_PROBLEM_DENIED,
		[HN_LIST_NET] = HN_PROBLEM_NET, [HN_LIST_LEFTOVERS] = HN_PROBLEM_LEFTOVERS,
		[HN_LIST_FAKED] = HN_PROBLEM_FAKED, [HN_LIST_HOOKS] = HN_PROBLEM_HOOKS,
	};

	return problems[kind];
}

static void check_list(struct checking *k, enum hn_list_kind kind)
{
	const struct hn_list *list = &k->seen->expect->lists[kind];
	CB_AUTO_BUF struct cb_buf detail = CB_BUF_INIT;
	struct hn_match match;
	struct cb_error err;
	int line, rc;

	if (!list->given && kind != HN_LIST_DENIED)
		return;
	rc = hn_match_list(list, k->seen->events->lists[kind], k->seen->vars, &match, &err);
	line = match.line ? match.line : k->seen->expect->line;
	cb_buf_addf(&detail, "--- expected\n+++ got\n%s", match.diff.data ? match.diff.data : "");
	if (rc < 0)
		fail(k, HN_PROBLEM_SETUP, line, NULL, "%s: %s", hn_list_name(kind), err.message);
	else if (rc && match.missing && match.extra)
		fail(k, list_problem(kind), line, detail.data, "%s: %lld missing, %zu unexpected",
		     hn_list_name(kind), match.missing, match.extra);
	else if (rc && match.missing)
		fail(k, list_problem(kind), line, detail.data, "%s: %lld missing",
		     hn_list_name(kind), match.missing);
	else if (rc)
		fail(k, list_problem(kind), line, detail.data, "%s: %zu unexpected",
		     hn_list_name(kind), match.extra);
	cb_buf_destroy(&match.diff);
}

/* --- output and counters */

static void check_output(struct checking *k, const struct hn_value *want, const char *path,
			 const char *what)
{
	CB_AUTO_BUF struct cb_buf got = CB_BUF_INIT;
	CB_AUTO_FREE char *wrong = NULL;
	int rc;

	if (!want->text)
		return;
	rc = cb_buf_read_file(&got, AT_FDCWD, path, OUTPUT_MAX);
	if (rc == -EFBIG)
		fail(k, HN_PROBLEM_OUTPUT, want->line, NULL, "%s is longer than %u MiB", what,
		     OUTPUT_MAX >> 20);
	else if (rc)
		fail(k, HN_PROBLEM_SETUP, want->line, NULL, "%s cannot be read: %s", what,
		     strerror(-rc));
	else
		wrong = hn_check_text(want->text, got.data, got.len, false, k->seen->vars);
	if (wrong)
		fail(k, HN_PROBLEM_OUTPUT, want->line, wrong, "%s %s", what,
		     *want->text == '~' ? "does not match" : "differs");
}

static bool read_stops(const struct hn_observed *seen, long long *stops)
{
	json_t *stats = json_load_file(seen->stats_path, 0, NULL);
	const json_t *total = json_object_get(json_object_get(stats, "stops"), "total");
	bool found = json_is_integer(total);

	if (found)
		*stops = (long long)json_integer_value(total);
	json_decref(stats);
	return found;
}

static void check_stops(struct checking *k)
{
	static const char *const words[] = {
		[HN_COMPARE_EQUAL] = "", [HN_COMPARE_AT_MOST] = "<= ", [HN_COMPARE_AT_LEAST] = ">= ",
	};
	const struct hn_expect *e = k->seen->expect;
	long long stops;

	if (e->stops_compare == HN_COMPARE_NONE)
		return;
	if (!read_stops(k->seen, &stops))
		fail(k, HN_PROBLEM_CRASH, e->stops_line, NULL, "catbox left no counters of stops");
	else if ((e->stops_compare == HN_COMPARE_EQUAL && stops != e->stops) ||
		 (e->stops_compare == HN_COMPARE_AT_MOST && stops > e->stops) ||
		 (e->stops_compare == HN_COMPARE_AT_LEAST && stops < e->stops))
		fail(k, HN_PROBLEM_PERF, e->stops_line, NULL, "expected %s%lld stops, got %lld",
		     words[e->stops_compare], e->stops, stops);
}

/* --- a run without the sandbox */

/* The last line that is not empty, of stderr or else of stdout. */
static void last_words(struct cb_buf *out, const struct hn_observed *seen)
{
	const char *const paths[] = { seen->stderr_path, seen->stdout_path };

	for (int i = 0; i < 2 && !out->len; i++) {
		CB_AUTO_BUF struct cb_buf text = CB_BUF_INIT;
		const char *line = NULL;

		cb_buf_read_file(&text, AT_FDCWD, paths[i], OUTPUT_MAX);
		while (text.len && text.data[text.len - 1] == '\n')
			cb_buf_truncate(&text, text.len - 1);
		if (text.len)
			line = strrchr(text.data, '\n');
		hn_clean_line(out, line ? line + 1 : text.len ? text.data : "", HN_CLEAN_LIMIT);
	}
	if (!out->len)
		cb_buf_addf(out, "the control run ended with %d", HN_CANNOT_TRY);
}

static bool cannot_be_tried(const struct checking *k)
{
	CB_AUTO_BUF struct cb_buf why = CB_BUF_INIT;
	int status = k->seen->ending->status;

	if (!WIFEXITED(status) || WEXITSTATUS(status) != HN_CANNOT_TRY)
		return false;
	last_words(&why, k->seen);
	hn_result_skip(k->result, why.data);
	return true;
}

/* --- all of it */

static void check_rest(struct checking *k)
{
	const struct hn_expect *e = k->seen->expect;

	hn_check_files(k->seen, k->result);
	check_output(k, &e->output, k->seen->stdout_path, "stdout");
	check_output(k, &e->error, k->seen->stderr_path, "stderr");
}

static void check_control(struct checking *k)
{
	CB_AUTO_BUF struct cb_buf got = CB_BUF_INIT;

	if (!check_ended(k) || cannot_be_tried(k))
		return;
	describe_status(&got, k->seen->ending->status);
	check_end(k, got.data);
	check_rest(k);
}

void hn_check(const struct hn_observed *seen, struct hn_result *result)
{
	struct checking k = { seen, result };
	CB_AUTO_BUF struct cb_buf got = CB_BUF_INIT;

	if (seen->is_control) {
		check_control(&k);
		return;
	}
	check_survivors(&k);
	if (!check_ended(&k) || !check_complete(&k))
		return;
	describe_end(&got, seen->events->end);
	check_end(&k, got.data);
	for (int kind = 0; kind < HN_LIST_COUNT; kind++)
		check_list(&k, kind);
	hn_check_reads(seen, result);
	check_rest(&k);
	check_stops(&k);
}
