/* SPDX-License-Identifier: MIT */
/* Two runs of a case, compared. Processes run side by side, so only the order of
 * events within a process says anything; numbers of processes, times and numbers
 * of events differ from run to run. */
#include "engines.h"

#include "base/cleanup.h"
#include "events.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define LINES_SHOWN 40

const char *hn_engines_reason(const struct hn_case *c, const char *engine)
{
	const struct hn_strings *d = &c->own.differs;

	for (size_t i = 0; engine && i + 1 < d->count; i += 2)
		if (!strcmp(d->items[i], engine))
			return d->items[i + 1];
	return NULL;
}

/* --- events */

/* These tell of the engine, or are told by one of them only. */
static bool is_compared(const json_t *event)
{
	static const char *const left_out[] = { "start", "end", "process", "exit" };
	const char *kind = json_string_value(json_object_get(event, "event"));

	for (size_t i = 0; i < sizeof left_out / sizeof *left_out; i++)
		if (!kind || !strcmp(kind, left_out[i]))
			return false;
	return true;
}

/* Replaces the numbers of processes in "/proc/4711/task/4712". */
static char *without_numbers(const char *text)
{
	CB_AUTO_BUF struct cb_buf out = CB_BUF_INIT;

	cb_buf_adds(&out, "");
	while (*text) {
		size_t len = !strncmp(text, "/proc/", 6) || !strncmp(text, "/task/", 6) ? 6 : 1;

		cb_buf_add(&out, text, len);
		text += len;
		if (len == 6 && isdigit((unsigned char)*text)) {
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

/* The lines of one process, in their order. */
struct sequence {
	json_int_t pid;
	struct cb_buf lines;
};

struct sequences {
	struct sequence *items; /* owned */
	size_t count;
};

static struct sequence *sequence_of(struct sequences *all, json_int_t pid)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->items[i].pid == pid)
			return &all->items[i];
	all->items = cb_realloc(all->items, (all->count + 1) * sizeof *all->items);
	all->items[all->count] = (struct sequence){ .pid = pid };
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
		CB_AUTO_FREE char *line = is_compared(event) ? line_of(event) : NULL;

		if (line)
			cb_buf_addf(&sequence_of(all, json_integer_value(
				json_object_get(event, "pid")))->lines, "%s\n", line);
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
			CB_AUTO_FREE char *line = is_compared(event) ? line_of(event) : NULL;
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
	enum hn_problem problem = HN_PROBLEM_DENIED;
	size_t count;

	if (same_sequences(a, b))
		return;
	cb_buf_adds(&diff, "--- ptrace\n+++ notify\n");
	count = diff_events(a, b, &diff, &problem);
	if (count > LINES_SHOWN)
		cb_buf_addf(&diff, "  ... and %zu more\n", count - LINES_SHOWN);
	fail(p, problem, count ? "other events" : "the same events in another order within a process",
	     count ? diff.data : NULL);
}

static void diff_files(struct cb_buf *diff, const json_t *a, const json_t *b)
{
	const char *path;
	json_t *value;

	json_object_foreach((json_t *)a, path, value)
		if (!json_equal(value, json_object_get(b, path)))
			cb_buf_addf(diff, "- %s: %s\n", path, json_string_value(value));
	json_object_foreach((json_t *)b, path, value)
		if (!json_equal(value, json_object_get(a, path)))
			cb_buf_addf(diff, "+ %s: %s\n", path, json_string_value(value));
}

static void compare_files(struct pair *p)
{
	CB_AUTO_BUF struct cb_buf diff = CB_BUF_INIT;
	const json_t *a = p->first->result.files, *b = p->second->result.files;

	if (json_equal((json_t *)a, (json_t *)b))
		return;
	cb_buf_adds(&diff, "--- ptrace\n+++ notify\n");
	diff_files(&diff, a, b);
	fail(p, HN_PROBLEM_FILES, "other files", diff.data);
}

static bool is_comparable(const struct hn_outcome *o)
{
	return o->result.verdict != HN_SKIPPED && o->result.problem != HN_PROBLEM_INTERRUPTED &&
	       o->result.events && o->result.files;
}

/* True if it has made the second fail. */
static bool compare(struct pair *p)
{
	int problems = p->second->result.problems;

	if (!is_comparable(p->first) || !is_comparable(p->second) ||
	    hn_engines_reason(p->task->c, "ptrace") || hn_engines_reason(p->task->c, "notify"))
		return false;
	if (is_good(p->first) != is_good(p->second))
		fail(p, HN_PROBLEM_EXIT, is_good(p->first) ? "only good under ptrace" :
		     "only good under notify", NULL);
	compare_events(p);
	compare_files(p);
	return p->second->result.problems > problems;
}

void hn_engines_compare(const struct hn_tasks *tasks, struct hn_outcome *outcomes,
			void (*tell)(const struct hn_task *task, struct hn_outcome *outcome, void *ctx),
			void *ctx)
{
	for (size_t i = 0; i < tasks->count; i++)
		for (size_t k = i + 1; k < tasks->count &&
		     tasks->items[k].c->suite == tasks->items[i].c->suite; k++) {
			struct pair p = { &tasks->items[k], &outcomes[i], &outcomes[k] };

			if (tasks->items[k].c == tasks->items[i].c && compare(&p))
				tell(p.task, p.second, ctx);
		}
}
