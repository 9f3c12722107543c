/* SPDX-License-Identifier: MIT */
/* Turns the JSON report into a page. Whatever comes from cases is cleaned and
 * escaped here, in add_text, and nowhere else. */
#include "html.h"

#include "base/cleanup.h"
#include "clean.h"
#include "events.h"
#include "html_style.h"
#include "junit.h"

#include <string.h>

#define TEXT_MAX (128u << 10) /* of one text */

static const struct kind {
	const char *verdict, *word, *many;
} kinds[] = {
	{ "failed", "FAIL", "failed" },   { "error", "ERROR", "errors" },
	{ "flaky", "FLAKY", "flaky" },    { "skipped", "skip", "skipped" },
	{ "passed", "ok", "passed" },
};

#define KINDS (sizeof kinds / sizeof *kinds)

/* --- text */

static void add_text(struct cb_buf *out, const char *text)
{
	CB_AUTO_BUF struct cb_buf clean = CB_BUF_INIT;

	hn_clean(&clean, text, strlen(text), TEXT_MAX, NULL);
	for (const char *at = clean.data; *at; at++)
		switch (*at) {
		case '&': cb_buf_adds(out, "&amp;"); break;
		case '<': cb_buf_adds(out, "&lt;"); break;
		case '>': cb_buf_adds(out, "&gt;"); break;
		case '"': cb_buf_adds(out, "&quot;"); break;
		case '\'': cb_buf_adds(out, "&#39;"); break;
		default: cb_buf_addc(out, *at);
		}
}

static const char *text_of(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text ? text : "";
}

static long long number_of(const json_t *o, const char *key)
{
	return (long long)json_integer_value(json_object_get(o, key));
}

static void add_seconds(struct cb_buf *out, long long ms)
{
	if (ms >= 60000)
		cb_buf_addf(out, "%lld min %lld s", ms / 60000, ms / 1000 % 60);
	else
		cb_buf_addf(out, "%lld.%03lld s", ms / 1000, ms % 1000);
}

static const struct kind *kind_of(const json_t *c)
{
	for (size_t i = 0; i < KINDS; i++)
		if (!strcmp(kinds[i].verdict, text_of(c, "verdict")))
			return &kinds[i];
	return &kinds[1];
}

/* --- the inside of a case */

static const char *line_class(const char *line)
{
	if (!strncmp(line, "--- ", 4) || !strncmp(line, "+++ ", 4) || !strncmp(line, "@@", 2))
		return "at";
	return *line == '+' ? "add" : *line == '-' ? "del" : "";
}

static void add_diff(struct cb_buf *out, const char *text)
{
	cb_buf_adds(out, "<pre class=\"diff\">");
	for (const char *line = text; *line; ) {
		size_t len = strcspn(line, "\n");
		CB_AUTO_FREE char *copy = cb_strndup(line, len);

		cb_buf_addf(out, "<span class=\"%s\">", line_class(copy));
		add_text(out, *copy ? copy : " ");
		cb_buf_adds(out, "</span>");
		line += len + (line[len] == '\n');
	}
	cb_buf_adds(out, "</pre>\n");
}

static void add_problems(struct cb_buf *out, const json_t *c)
{
	const json_t *list = json_object_get(c, "problems"), *p;
	size_t i;

	json_array_foreach(list, i, p) {
		cb_buf_adds(out, "<h3>");
		add_text(out, text_of(p, "message"));
		cb_buf_adds(out, " <code>");
		add_text(out, text_of(p, "file"));
		cb_buf_addf(out, ":%lld</code></h3>\n", number_of(p, "line"));
		if (*text_of(p, "detail"))
			add_diff(out, text_of(p, "detail"));
	}
	/* a suite that does not load has its errors as one text; a flaky case its past */
	if (!json_array_size(list) && *text_of(c, "text"))
		add_diff(out, text_of(c, "text"));
}

static void add_block(struct cb_buf *out, const json_t *c, const char *key, const char *title)
{
	if (!*text_of(c, key))
		return;
	cb_buf_addf(out, "<h3>%s</h3><pre>", title);
	add_text(out, text_of(c, key));
	cb_buf_adds(out, "</pre>\n");
}

/* What hn_event_describe has no words for, as "key value". */
static void add_rest(struct cb_buf *out, const json_t *event)
{
	static const char *const known[] = { "seq", "t", "event", "tid", "ppid", "exe", NULL };
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)event, key, value) {
		int i = 0;

		while (known[i] && strcmp(known[i], key))
			i++;
		if (known[i] || json_is_object(value))
			continue;
		cb_buf_addf(out, "%s%s ", out->len ? " " : "", key);
		if (!hn_event_text(out, event, key)) {
			CB_AUTO_FREE char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

			cb_buf_adds(out, text ? text : "?");
		}
	}
}

static void add_event(struct cb_buf *out, const json_t *event)
{
	CB_AUTO_BUF struct cb_buf text = CB_BUF_INIT;
	bool known = json_object_get(event, "effect") || json_object_get(event, "op") ||
		     json_object_get(event, "hook");

	cb_buf_adds(out, "<tr class=\"");
	add_text(out, text_of(event, "event"));
	cb_buf_addf(out, "\"><td>%lld ms</td><td>",
		    (long long)(json_number_value(json_object_get(event, "t")) * 1000));
	add_text(out, text_of(event, "event"));
	cb_buf_adds(out, "</td><td>");
	if (known)
		hn_event_describe(&text, event);
	else
		add_rest(&text, event);
	add_text(out, text.data ? text.data : "");
	cb_buf_adds(out, "</td></tr>\n");
}

static void add_events(struct cb_buf *out, const json_t *c)
{
	const json_t *list = json_object_get(c, "events"), *event;
	long long left = number_of(c, "events_total") - (long long)json_array_size(list);
	size_t i;

	if (!json_array_size(list))
		return;
	cb_buf_adds(out, "<h3>Events</h3><div class=\"events\" tabindex=\"0\"><table>");
	json_array_foreach(list, i, event)
		add_event(out, event);
	cb_buf_adds(out, "</table></div>\n");
	if (left > 0)
		cb_buf_addf(out, "<p>and %lld more</p>\n", left);
}

static void add_facts(struct cb_buf *out, const json_t *c)
{
	const json_t *tags = json_object_get(c, "tags"), *tag;
	size_t i;

	if (json_array_size(tags))
		cb_buf_adds(out, "<p>tags: ");
	json_array_foreach(tags, i, tag) {
		cb_buf_adds(out, i ? ", " : "");
		add_text(out, json_string_value(tag) ? json_string_value(tag) : "");
	}
	if (json_array_size(tags))
		cb_buf_adds(out, "</p>\n");
	if (*text_of(c, "kept")) {
		cb_buf_adds(out, "<p>kept: <code>");
		add_text(out, text_of(c, "kept"));
		cb_buf_adds(out, "</code></p>\n");
	}
}

/* --- cases, suites, the page */

static void add_id(struct cb_buf *out, const json_t *suite, const json_t *c)
{
	if (*text_of(suite, "engine")) {
		add_text(out, text_of(suite, "engine"));
		cb_buf_addc(out, '.');
	}
	add_text(out, text_of(suite, "name"));
	cb_buf_addc(out, '/');
	add_text(out, text_of(c, "name"));
}

static void add_case(struct cb_buf *out, const json_t *suite, const json_t *c, long long longest)
{
	const struct kind *kind = kind_of(c);
	bool bad = kind == &kinds[0] || kind == &kinds[1];
	long long ms = number_of(c, "ms");

	cb_buf_addf(out, "<details class=\"case %s\" data-verdict=\"%s\" data-id=\"", kind->verdict,
		    kind->verdict);
	add_id(out, suite, c);
	cb_buf_adds(out, "\" id=\"");
	add_id(out, suite, c);
	cb_buf_addf(out, "\"%s><summary><span class=\"verdict\">%s</span><span class=\"name\">",
		    bad ? " open" : "", kind->word);
	add_text(out, text_of(c, "name"));
	if (*text_of(c, "message")) {
		cb_buf_adds(out, "<small>");
		add_text(out, text_of(c, "message"));
		cb_buf_adds(out, "</small>");
	}
	cb_buf_addf(out, "</span><span class=\"took\" style=\"--w:%lld%%\">",
		    longest ? ms * 100 / longest : 0);
	add_seconds(out, ms);
	cb_buf_adds(out, "</span></summary><div class=\"body\">\n");
	add_problems(out, c);
	add_block(out, c, "stderr", "stderr");
	add_block(out, c, "stdout", "stdout");
	add_block(out, c, "run", "Command");
	add_events(out, c);
	add_facts(out, c);
	cb_buf_adds(out, "</div></details>\n");
}

static void add_suite(struct cb_buf *out, const json_t *suite, long long longest)
{
	const json_t *cases = json_object_get(suite, "cases"), *c;
	size_t counts[KINDS] = { 0 }, i;
	long long ms = 0;

	json_array_foreach(cases, i, c) {
		counts[kind_of(c) - kinds]++;
		ms += number_of(c, "ms");
	}
	cb_buf_addf(out, "<details class=\"suite\"%s><summary><span>",
		    counts[0] || counts[1] || counts[2] ? " open" : "");
	add_text(out, text_of(suite, "name"));
	if (*text_of(suite, "engine")) {
		cb_buf_adds(out, " (");
		add_text(out, text_of(suite, "engine"));
		cb_buf_addc(out, ')');
	}
	cb_buf_adds(out, "</span><small>");
	for (size_t k = 0; k < KINDS; k++)
		if (counts[k])
			cb_buf_addf(out, "%zu %s, ", counts[k], kinds[k].many);
	add_seconds(out, ms);
	cb_buf_adds(out, ", ");
	add_text(out, text_of(suite, "file"));
	cb_buf_adds(out, "</small></summary>\n");
	json_array_foreach(cases, i, c)
		add_case(out, suite, c, longest);
	cb_buf_adds(out, "</details>\n");
}

static long long longest_case(const json_t *report)
{
	const json_t *suite, *c;
	long long longest = 0;
	size_t i, k;

	json_array_foreach(json_object_get(report, "suites"), i, suite)
		json_array_foreach(json_object_get(suite, "cases"), k, c)
			if (number_of(c, "ms") > longest)
				longest = number_of(c, "ms");
	return longest;
}

static void add_header(struct cb_buf *out, const json_t *report)
{
	static const char *const facts[] = { "start", "host", "kernel", "machine", "catbox" };
	const json_t *counts = json_object_get(report, "counts");
	long long bad = number_of(counts, "failed") + number_of(counts, "error");

	cb_buf_addf(out, "<title>%s%lld failed: catbox-harness</title>\n</head>\n<body>\n<header>\n",
		    bad ? "" : "ok, ", bad);
	if (bad)
		cb_buf_addf(out, "<h1>%lld case%s failed</h1>\n", bad, bad == 1 ? "" : "s");
	else
		cb_buf_addf(out, "<h1>All %lld cases that ran passed</h1>\n",
			    number_of(counts, "passed") + number_of(counts, "flaky"));
	cb_buf_adds(out, "<p class=\"meta\">");
	add_seconds(out, number_of(report, "ms"));
	for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
		if (!*text_of(report, facts[i]))
			continue;
		cb_buf_adds(out, " &middot; ");
		add_text(out, text_of(report, facts[i]));
	}
	if (*text_of(report, "seed")) {
		cb_buf_adds(out, " &middot; random order, seed ");
		add_text(out, text_of(report, "seed"));
	}
	cb_buf_adds(out, "</p>\n</header>\n");
}

static void add_tools(struct cb_buf *out, const json_t *report)
{
	const json_t *counts = json_object_get(report, "counts");

	cb_buf_adds(out, "<div class=\"tools\"><div>\n");
	for (size_t k = 0; k < KINDS; k++)
		if (number_of(counts, kinds[k].verdict))
			cb_buf_addf(out, "<button type=\"button\" value=\"%s\" aria-pressed=\"false\">"
				    "<span class=\"dot %s\">&#9679;</span><b>%lld</b> %s</button>\n",
				    kinds[k].verdict, kinds[k].verdict,
				    number_of(counts, kinds[k].verdict), kinds[k].many);
	cb_buf_adds(out, "<input type=\"search\" placeholder=\"Filter by name\" "
		    "aria-label=\"Filter by name\">\n</div></div>\n");
}

/* Trusted markup of the project's own commands. */
static void add_sections(struct cb_buf *out, const json_t *report)
{
	const json_t *section;
	size_t i;

	json_array_foreach(json_object_get(report, "sections"), i, section) {
		cb_buf_adds(out, "<section class=\"more\"><h2>");
		add_text(out, text_of(section, "title"));
		cb_buf_addf(out, "</h2>\n%s</section>\n", text_of(section, "html"));
	}
}

void hn_html(struct cb_buf *out, const json_t *report)
{
	const json_t *suite;
	long long longest = longest_case(report);
	size_t i;

	cb_buf_addf(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n%s", hn_html_head);
	add_header(out, report);
	add_tools(out, report);
	cb_buf_adds(out, "<main>\n");
	add_sections(out, report);
	json_array_foreach(json_object_get(report, "suites"), i, suite)
		add_suite(out, suite, longest);
	cb_buf_addf(out, "<p class=\"none\" hidden>No case fits the filter.</p>\n</main>\n%s"
		    "</body>\n</html>\n", hn_html_script);
}

int hn_html_write(const json_t *report, const char *path, struct cb_error *err)
{
	CB_AUTO_BUF struct cb_buf page = CB_BUF_INIT;

	hn_html(&page, report);
	return hn_publish(path, page.data, page.len, err);
}
