/* SPDX-License-Identifier: MIT */
/* Makes, reads, merges and writes the JSON report. */
#include "json_report.h"

#include "base/cleanup.h"
#include "clean.h"
#include "junit.h"

#include <catbox.h>
#include <errno.h>
#include <string.h>
#include <sys/utsname.h>

#define EVENTS_OF_PASSED 50 /* shown of a case; of others EVENTS_OF_FAILED */
#define EVENTS_OF_FAILED 1000

/* --- making */

static json_t *clean(const char *text, size_t len)
{
	CB_AUTO_BUF struct cb_buf out = CB_BUF_INIT;
	int cut = 0;

	hn_clean(&out, text ? text : "", len, HN_CLEAN_LIMIT, &cut);
	if (cut)
		cb_buf_adds(&out, "\n[cut]\n");
	return json_string(out.data);
}

static json_t *clean_string(const char *text)
{
	return clean(text, text ? strlen(text) : 0);
}

static const char *verdict_name(enum hn_verdict verdict)
{
	static const char *const names[] = {
		[HN_PASSED] = "passed", [HN_FAILED] = "failed", [HN_ERRED] = "error",
		[HN_SKIPPED] = "skipped", [HN_FLAKY] = "flaky",
	};

	return names[verdict];
}

static json_t *strings(const struct hn_strings *list)
{
	json_t *array = json_array();

	for (size_t i = 0; i < list->count; i++)
		json_array_append_new(array, clean_string(list->items[i]));
	return array;
}

static json_t *issues(const struct hn_result *r)
{
	json_t *array = json_array();

	for (size_t i = 0; i < r->issue_count; i++) {
		const struct hn_issue *issue = &r->issues[i];
		json_t *o = json_object();

		json_object_set_new(o, "verdict", json_string(verdict_name(issue->verdict)));
		json_object_set_new(o, "type", json_string(hn_problem_name(issue->problem)));
		json_object_set_new(o, "file", clean_string(issue->path));
		json_object_set_new(o, "line", json_integer(issue->line));
		json_object_set_new(o, "message", clean_string(issue->message));
		if (issue->detail)
			json_object_set_new(o, "detail", clean_string(issue->detail));
		json_array_append_new(array, o);
	}
	return array;
}

/* The first of them; how many there were is said when some are left out. */
static void add_events(json_t *o, const struct hn_result *r)
{
	size_t most = r->verdict == HN_PASSED ? EVENTS_OF_PASSED : EVENTS_OF_FAILED;
	json_t *array;

	if (!r->events)
		return;
	array = json_array();
	for (size_t i = 0; i < json_array_size(r->events) && i < most; i++)
		json_array_append(array, json_array_get(r->events, i));
	json_object_set_new(o, "events", array);
	json_object_set_new(o, "events_total", json_integer((json_int_t)json_array_size(r->events)));
}

static void add_case(json_t *o, const struct hn_case *c)
{
	json_object_set_new(o, "id", clean_string(c->id));
	json_object_set_new(o, "line", json_integer(c->line));
	json_object_set_new(o, "run", clean_string(c->run));
	json_object_set_new(o, "tags", strings(&c->own.tags));
	if (c->fixture)
		json_object_set_new(o, "fixture", clean_string(c->fixture));
	if (c->xfail)
		json_object_set_new(o, "xfail", clean_string(c->xfail));
}

static json_t *case_object(const struct hn_item *item)
{
	const struct hn_outcome *outcome = item->outcome;
	const struct hn_result *r = &outcome->result;
	json_t *o = json_object();

	json_object_set_new(o, "name", clean_string(item->task ? item->task->c->name : "load"));
	json_object_set_new(o, "verdict", json_string(verdict_name(r->verdict)));
	json_object_set_new(o, "ms", json_integer(r->ms > 0 ? r->ms : 0));
	if (item->task)
		add_case(o, item->task->c);
	if (r->verdict != HN_PASSED) {
		json_object_set_new(o, "message", clean_string(r->message.data));
		json_object_set_new(o, "text", clean(r->text.data, r->text.len));
	}
	if (r->issue_count)
		json_object_set_new(o, "problems", issues(r));
	if (outcome->attempts)
		json_object_set_new(o, "attempts", json_integer(outcome->attempts + 1));
	if (r->output.len)
		json_object_set_new(o, "stdout", clean(r->output.data, r->output.len));
	if (r->error.len)
		json_object_set_new(o, "stderr", clean(r->error.data, r->error.len));
	if (outcome->kept)
		json_object_set_new(o, "kept", clean_string(outcome->kept));
	add_events(o, r);
	return o;
}

struct filling {
	json_t *suites;
	json_t *current;
	const struct hn_suite *suite; /* that `current` is for */
	const char *group;            /* likewise */
};

static void fill(const struct hn_item *item, void *ctx)
{
	const char *group = item->task ? item->task->group : NULL;
	struct filling *f = ctx;

	if (f->suite != item->suite || f->group != group) {
		f->suite = item->suite;
		f->group = group;
		f->current = json_object();
		json_object_set_new(f->current, "name", json_string(item->suite->name));
		json_object_set_new(f->current, "engine", group ? json_string(group) : json_null());
		json_object_set_new(f->current, "file", clean_string(item->suite->path));
		json_object_set_new(f->current, "cases", json_array());
		json_array_append_new(f->suites, f->current);
	}
	json_array_append_new(json_object_get(f->current, "cases"), case_object(item));
}

static void count(json_t *report)
{
	static const char *const names[] = { "passed", "failed", "error", "skipped", "flaky" };
	json_t *counts = json_object(), *suite, *c;
	size_t i, k;

	for (i = 0; i < sizeof names / sizeof *names; i++)
		json_object_set_new(counts, names[i], json_integer(0));
	json_array_foreach(json_object_get(report, "suites"), i, suite)
		json_array_foreach(json_object_get(suite, "cases"), k, c) {
			json_t *n = json_object_get(counts, json_string_value(
							    json_object_get(c, "verdict")));

			json_integer_set(n, json_integer_value(n) + 1);
		}
	json_object_set_new(report, "counts", counts);
}

static void add_machine(json_t *report)
{
	struct utsname u;

	if (uname(&u))
		return;
	json_object_set_new(report, "host", clean_string(u.nodename));
	json_object_set_new(report, "kernel", clean_string(u.release));
	json_object_set_new(report, "machine", clean_string(u.machine));
}

json_t *hn_json_report(const struct hn_account *account, long long ms)
{
	struct filling f = { json_array(), NULL, NULL, NULL };
	json_t *report = json_object();
	char stamp[32] = "";
	struct tm tm;

	if (gmtime_r(&account->start, &tm))
		strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", &tm);
	json_object_set_new(report, "catbox-harness", json_string(CATBOX_VERSION));
	json_object_set_new(report, "start", json_string(stamp));
	json_object_set_new(report, "ms", json_integer(ms));
	add_machine(report);
	if (account->setup->program.catbox)
		json_object_set_new(report, "catbox", clean_string(account->setup->program.catbox));
	if (account->seed)
		json_object_set_new(report, "seed", json_string(account->seed));
	hn_account_visit(account, fill, &f);
	json_object_set_new(report, "suites", f.suites);
	count(report);
	return report;
}

/* --- reading and merging */

json_t *hn_json_report_read(const char *path, struct cb_error *err)
{
	json_error_t why;
	json_t *report = json_load_file(path, 0, &why), *suite, *c;
	size_t i, k;
	bool good = json_is_string(json_object_get(report, "catbox-harness")) &&
		    json_is_array(json_object_get(report, "suites"));

	json_array_foreach(json_object_get(report, "suites"), i, suite) {
		good &= json_is_string(json_object_get(suite, "name")) &&
			json_is_array(json_object_get(suite, "cases"));
		json_array_foreach(json_object_get(suite, "cases"), k, c)
			good &= json_is_string(json_object_get(c, "name")) &&
				json_is_string(json_object_get(c, "verdict"));
	}
	if (good)
		return report;
	if (report)
		cb_error(err, EINVAL, "'%s' is no report of catbox-harness", path);
	else
		cb_error(err, EINVAL, "cannot read '%s': %s", path, why.text);
	json_decref(report);
	return NULL;
}

json_t *hn_json_report_empty(const json_t *like)
{
	static const char *const head[] = { "catbox-harness", "start", "host", "kernel", "machine",
					    "catbox" };
	json_t *report = json_object();

	for (size_t i = 0; i < sizeof head / sizeof *head; i++)
		if (json_object_get(like, head[i]))
			json_object_set(report, head[i], json_object_get(like, head[i]));
	json_object_set_new(report, "suites", json_array());
	count(report);
	return report;
}

static const char *text_of(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text ? text : "";
}

static int weight(const json_t *c)
{
	static const char *const names[] = { "skipped", "passed", "flaky", "failed", "error", NULL };
	int i = 0;

	while (names[i] && strcmp(names[i], text_of(c, "verdict")))
		i++;
	return i;
}

/* Above 0 if a is the one to keep. */
static int compare_cases(const json_t *a, const json_t *b)
{
	int order = weight(a) - weight(b);

	if (!order)
		order = strcmp(text_of(b, "text"), text_of(a, "text"));
	return order ? order : (int)(json_integer_value(json_object_get(a, "ms")) -
				     json_integer_value(json_object_get(b, "ms")));
}

static void merge_case(json_t *cases, json_t *c)
{
	json_t *old;
	size_t i;

	json_array_foreach(cases, i, old) {
		if (strcmp(text_of(old, "name"), text_of(c, "name")))
			continue;
		if (compare_cases(c, old) > 0)
			json_array_set(cases, i, c);
		return;
	}
	json_array_append(cases, c);
}

static json_t *find_suite(json_t *suites, const json_t *like)
{
	json_t *suite;
	size_t i;

	json_array_foreach(suites, i, suite)
		if (!strcmp(text_of(suite, "name"), text_of(like, "name")) &&
		    !strcmp(text_of(suite, "engine"), text_of(like, "engine")))
			return suite;
	suite = json_object();
	json_object_set(suite, "name", json_object_get(like, "name"));
	json_object_set(suite, "engine", json_object_get(like, "engine"));
	json_object_set(suite, "file", json_object_get(like, "file"));
	json_object_set_new(suite, "cases", json_array());
	json_array_append_new(suites, suite);
	return suite;
}

/* In the order of the file, then of the engine, the line, the name. */
static int by_place(const void *a, const void *b)
{
	static const char *const keys[] = { "file", "engine" };
	const json_t *p = *(json_t *const *)a, *q = *(json_t *const *)b;
	json_int_t lines;
	int order = 0;

	for (size_t i = 0; i < sizeof keys / sizeof *keys && !order; i++)
		order = strcmp(text_of(p, keys[i]), text_of(q, keys[i]));
	lines = json_integer_value(json_object_get(p, "line")) -
		json_integer_value(json_object_get(q, "line"));
	if (!order)
		order = (lines > 0) - (lines < 0);
	return order ? order : strcmp(text_of(p, "name"), text_of(q, "name"));
}

static void sort(json_t *array)
{
	size_t n = json_array_size(array);
	json_t **items = cb_calloc(n + 1, sizeof(json_t *));

	for (size_t i = 0; i < n; i++)
		items[i] = json_incref(json_array_get(array, i));
	qsort(items, n, sizeof(json_t *), by_place);
	json_array_clear(array);
	for (size_t i = 0; i < n; i++)
		json_array_append_new(array, items[i]);
	free(items);
}

void hn_json_report_merge(json_t *report, const json_t *more)
{
	json_t *suites = json_object_get(report, "suites"), *suite, *c;
	json_int_t ms = json_integer_value(json_object_get(report, "ms")) +
			json_integer_value(json_object_get(more, "ms"));
	size_t i, k;

	json_array_foreach(json_object_get(more, "suites"), i, suite) {
		json_t *to = find_suite(suites, suite);

		json_array_foreach(json_object_get(suite, "cases"), k, c)
			merge_case(json_object_get(to, "cases"), c);
	}
	json_array_foreach(suites, i, suite)
		sort(json_object_get(suite, "cases"));
	sort(suites);
	if (json_object_get(more, "sections")) {
		if (!json_object_get(report, "sections"))
			json_object_set_new(report, "sections", json_array());
		json_array_extend(json_object_get(report, "sections"),
				  json_object_get(more, "sections"));
	}
	if (strcmp(text_of(more, "start"), text_of(report, "start")) < 0)
		json_object_set(report, "start", json_object_get(more, "start"));
	json_object_set_new(report, "ms", json_integer(ms));
	count(report);
}

int hn_json_report_write(const json_t *report, const char *path, struct cb_error *err)
{
	char *text = json_dumps(report, JSON_INDENT(1));
	int rc = text ? hn_publish(path, text, strlen(text), err) :
			cb_error(err, EIO, "cannot write the report as JSON");

	free(text);
	return rc;
}
