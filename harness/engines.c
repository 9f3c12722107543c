/* SPDX-License-Identifier: MIT */
/* Two runs of a case, compared. Threads run side by side, so only the order of
 * events within a thread says anything; numbers of processes, times and numbers
 * of events differ from run to run, and a third run, under the first engine again,
 * says what else does. */
#include "engines.h"

#include "base/cleanup.h"
#include "events.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define LINES_SHOWN 40

const char *hn_engines_reason(const struct hn_case *c, const char *what)
{
	const struct hn_strings *d = &c->own.differs;

	for (size_t i = 0; what && i + 1 < d->count; i += 2)
		if (!strcmp(d->items[i], what))
			return d->items[i + 1];
	return NULL;
}

/* --- events */

/* Is it one that tells of the engine, gives advice, or is told by one of them only? */
static bool is_of_engine(const json_t *event)
{
	static const struct {
		const char *kind, *hook; /* NULL: any */
	} left_out[] = {
		{ "start", NULL }, { "end", NULL }, { "note", NULL }, { "process", NULL }, { "exit", NULL },
		{ "hook", "process_start" }, { "hook", "process_exit" },
	};
	const char *kind = json_string_value(json_object_get(event, "event"));
	const char *hook = json_string_value(json_object_get(event, "hook"));

	for (size_t i = 0; i < sizeof left_out / sizeof *left_out; i++)
		if (!kind || (!strcmp(kind, left_out[i].kind) &&
			      (!left_out[i].hook || (hook && !strcmp(hook, left_out[i].hook)))))
			return true;
	return false;
}

/* Replaces numbers that a run gets by chance: those of processes in
 * "/proc/4711/task/4712", of descriptors in "fd/3", of inodes without a name in
 * "pipe:[12]" and "/#12". */
static char *without_numbers(const char *text)
{
	static const char *const before[] = { "/proc/", "/task/", "/fd/", "pipe:[", "socket:[", "/#" };
	CB_AUTO_BUF struct cb_buf out = CB_BUF_INIT;

	cb_buf_adds(&out, "");
	while (*text) {
		size_t len = 0;

		for (size_t i = 0; i < sizeof before / sizeof *before && !len; i++)
			if (!strncmp(text, before[i], strlen(before[i])))
				len = strlen(before[i]);
		cb_buf_add(&out, text, len ? len : 1);
		text += len ? len : 1;
		if (len && isdigit((unsigned char)*text)) {
			cb_buf_addc(&out, 'N');
			text += strspn(text, "0123456789");
		}
	}
	return cb_buf_steal(&out);
}

/* The event as a line that is the same in each run. */
static char *line_of(const json_t *event)
{
	static const char *const left_out[] = { "seq", "t", "pid", "tid", "ppid", "target" };
	json_t *copy = json_deep_copy(event);
	char *text, *line;

	for (size_t i = 0; i < sizeof left_out / sizeof *left_out; i++)
		json_object_del(copy, left_out[i]);
	text = json_dumps(copy, JSON_COMPACT | JSON_SORT_KEYS);
	line = without_numbers(text ? text : "");
	free(text);
	json_decref(copy);
	return line;
}

/* The lines of one thread, in their order. */
struct sequence {
	json_int_t tid;
	struct cb_buf lines;
};

struct sequences {
	struct sequence *items; /* owned */
	size_t count;
};

static struct sequence *sequence_of(struct sequences *all, json_int_t tid)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->items[i].tid == tid)
			return &all->items[i];
	all->items = cb_realloc(all->items, (all->count + 1) * sizeof *all->items);
	all->items[all->count] = (struct sequence){ .tid = tid };
	return &all->items[all->count++];
}

static int by_lines(const void *a, const void *b)
{
	return strcmp(((const struct sequence *)a)->lines.data,
		      ((const struct sequence *)b)->lines.data);
}

static void sequences_init(struct sequences *all, const json_t *events)
{
	const json_t *event;
	size_t i;

	*all = (struct sequences){ NULL, 0 };
	json_array_foreach(events, i, event) {
		CB_AUTO_FREE char *line = is_of_engine(event) ? NULL : line_of(event);

		if (line)
			cb_buf_addf(&sequence_of(all, json_integer_value(
				json_object_get(event, "tid")))->lines, "%s\n", line);
	}
	if (all->count)
		qsort(all->items, all->count, sizeof *all->items, by_lines);
}

static void sequences_destroy(struct sequences *all)
{
	for (size_t i = 0; i < all->count; i++)
		cb_buf_destroy(&all->items[i].lines);
	free(all->items);
}

static bool same_sequences(const json_t *a, const json_t *b)
{
	struct sequences p, q;
	bool same;

	sequences_init(&p, a);
	sequences_init(&q, b);
	same = p.count == q.count;
	for (size_t i = 0; same && i < p.count; i++)
		same = !strcmp(p.items[i].lines.data, q.items[i].lines.data);
	sequences_destroy(&p);
	sequences_destroy(&q);
	return same;
}

/* How often each line comes more in `a` than in `b`, as an object. */
static json_t *count_lines(const json_t *a, const json_t *b)
{
	json_t *counts = json_object();
	const json_t *lists[] = { a, b }, *event;
	size_t i;

	for (int k = 0; k < 2; k++)
		json_array_foreach(lists[k], i, event) {
			CB_AUTO_FREE char *line = is_of_engine(event) ? NULL : line_of(event);
			json_int_t n;

			if (!line)
				continue;
			n = json_integer_value(json_object_get(counts, line));
			json_object_set_new(counts, line, json_integer(k ? n - 1 : n + 1));
		}
	return counts;
}

/* What a difference in such an event is about. */
static enum hn_problem problem_of(const char *line)
{
	static const struct {
		const char *kind;
		enum hn_problem problem;
	} kinds[] = {
		{ "\"event\":\"faked\"", HN_PROBLEM_FAKED }, { "\"event\":\"hook\"", HN_PROBLEM_HOOKS },
		{ "\"event\":\"net\"", HN_PROBLEM_NET }, { "\"event\":\"read\"", HN_PROBLEM_READS },
		{ "\"event\":\"leftover\"", HN_PROBLEM_LEFTOVERS },
	};

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strstr(line, kinds[i].kind))
			return kinds[i].problem;
	return HN_PROBLEM_DENIED;
}

/* Appends the lines that only one has; how many there are. */
static size_t diff_events(const json_t *a, const json_t *b, struct cb_buf *diff,
			  enum hn_problem *problem)
{
	json_t *counts = count_lines(a, b), *n;
	const char *line;
	size_t shown = 0;

	json_object_foreach(counts, line, n) {
		json_int_t more = json_integer_value(n);

		if (!more)
			continue;
		if (!shown++)
			*problem = problem_of(line);
		if (shown <= LINES_SHOWN)
			cb_buf_addf(diff, "%c %s\n", more > 0 ? '-' : '+', line);
	}
	json_decref(counts);
	return shown;
}

/* --- a pair */

/* One of them is failed if they differ. */
struct pair {
	const struct hn_task *task; /* the second */
	struct hn_outcome *first, *second;
	const struct hn_outcome *again; /* the first once more, or without a result */
};

static void fail(struct pair *p, enum hn_problem problem, const char *message, const char *detail)
{
	struct hn_result *r = &p->second->result;
	CB_AUTO_BUF struct cb_buf text = CB_BUF_INIT;

	cb_buf_addf(&text, "the engines differ: %s", message);
	if (!hn_is_bad(r->verdict)) { /* what it said before was good news */
		cb_buf_clear(&r->message);
		cb_buf_clear(&r->text);
	}
	hn_result_add(r, HN_FAILED, problem, p->task->c->suite->path, p->task->c->line, text.data,
		      detail);
}

static bool is_good(const struct hn_outcome *o)
{
	return o->result.verdict == HN_PASSED || o->result.verdict == HN_FLAKY;
}

static void compare_events(struct pair *p)
{
	CB_AUTO_BUF struct cb_buf diff = CB_BUF_INIT;
	const json_t *a = p->first->result.events, *b = p->second->result.events;
	const json_t *again = p->again->result.events;
	enum hn_problem problem = HN_PROBLEM_DENIED;
	size_t count;

	if (same_sequences(a, b) || (again && !same_sequences(a, again)))
		return;
	cb_buf_adds(&diff, "--- ptrace\n+++ notify\n");
	count = diff_events(a, b, &diff, &problem);
	if (count > LINES_SHOWN)
		cb_buf_addf(&diff, "  ... and %zu more\n", count - LINES_SHOWN);
	fail(p, problem, count ? "other events" : "the same events in another order within a thread",
	     count ? diff.data : NULL);
}

/* Do the runs under one engine have files of the same names? */
static bool same_names(const json_t *a, const json_t *again)
{
	const char *path;
	json_t *value;

	json_object_foreach((json_t *)a, path, value)
		if (!json_object_get(again, path))
			return false;
	return json_object_size(a) == json_object_size(again);
}

/* Appends what `a` says of files, if that holds in each run under its engine (`again`
 * may be NULL) and is not what `b` says. */
static void diff_files(struct cb_buf *diff, char sign, const json_t *a, const json_t *b,
		       const json_t *again)
{
	const char *path;
	json_t *value;

	json_object_foreach((json_t *)a, path, value)
		if (!json_equal(value, json_object_get(b, path)) &&
		    (!again || json_equal(value, json_object_get(again, path))))
			cb_buf_addf(diff, "%c %s: %s\n", sign, path, json_string_value(value));
}

static void compare_files(struct pair *p)
{
	CB_AUTO_BUF struct cb_buf gone = CB_BUF_INIT, come = CB_BUF_INIT;
	json_t *a = p->first->result.files, *b = p->second->result.files;
	json_t *again = p->again->result.files, *steady = json_object();
	const char *path;
	json_t *value;

	/* of the second's files, those that are the same in each run of the first, or that
	 * none of them has although their names never change */
	json_object_foreach(b, path, value) {
		json_t *mine = json_object_get(a, path);

		if (!again || (mine ? json_equal(mine, json_object_get(again, path)) :
			       same_names(a, again)))
			json_object_set(steady, path, value);
	}
	cb_buf_adds(&gone, "--- ptrace\n+++ notify\n");
	cb_buf_adds(&come, "");
	diff_files(&gone, '-', a, b, again);
	diff_files(&come, '+', steady, a, NULL);
	if (strlen(gone.data) > strlen("--- ptrace\n+++ notify\n") || come.len) {
		cb_buf_adds(&gone, come.data);
		fail(p, HN_PROBLEM_FILES, "other files", gone.data);
	}
	json_decref(steady);
}

static bool is_comparable(const struct hn_outcome *o)
{
	return o->result.verdict != HN_SKIPPED && o->result.problem != HN_PROBLEM_INTERRUPTED &&
	       o->result.events && o->result.files;
}

static bool is_excused(const struct pair *p)
{
	return !is_comparable(p->first) || !is_comparable(p->second) ||
	       hn_engines_reason(p->task->c, "ptrace") || hn_engines_reason(p->task->c, "notify");
}

/* True if it has made the second fail. */
static bool compare(struct pair *p)
{
	int problems = p->second->result.problems;

	if (is_excused(p))
		return false;
	if (is_good(p->first) != is_good(p->second))
		fail(p, HN_PROBLEM_EXIT, is_good(p->first) ? "only good under ptrace" :
		     "only good under notify", NULL);
	if (!hn_engines_reason(p->task->c, "runs")) {
		compare_events(p);
		compare_files(p);
	}
	return p->second->result.problems > problems;
}

/* The task that is the same case as task `i` under the other engine, and comes after
 * it; 0: there is none. */
static size_t partner(const struct hn_tasks *tasks, size_t i)
{
	for (size_t k = i + 1; k < tasks->count &&
	     tasks->items[k].c->suite == tasks->items[i].c->suite; k++)
		if (tasks->items[k].c == tasks->items[i].c)
			return k;
	return 0;
}

size_t hn_engines_doubts(const struct hn_tasks *tasks, struct hn_outcome *outcomes,
			 size_t *numbers)
{
	size_t count = 0;

	for (size_t i = 0; i < tasks->count; i++) {
		size_t k = partner(tasks, i);
		struct pair p = { &tasks->items[k], &outcomes[i], &outcomes[k], NULL };

		if (k && !is_excused(&p) && !hn_engines_reason(p.task->c, "runs") &&
		    (!same_sequences(p.first->result.events, p.second->result.events) ||
		     !json_equal(p.first->result.files, p.second->result.files)))
			numbers[count++] = i;
	}
	return count;
}

void hn_engines_compare(const struct hn_tasks *tasks, struct hn_outcome *outcomes,
			const struct hn_outcome *again,
			void (*tell)(const struct hn_task *task, struct hn_outcome *outcome, void *ctx),
			void *ctx)
{
	for (size_t i = 0; i < tasks->count; i++) {
		size_t k = partner(tasks, i);
		struct pair p = { &tasks->items[k], &outcomes[i], &outcomes[k], &again[i] };

		if (k && compare(&p))
			tell(p.task, p.second, ctx);
	}
}
