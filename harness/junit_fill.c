/* SPDX-License-Identifier: MIT */
/* Fills a report: all that comes in is cleaned and cut. */
#include "junit_parts.h"

#include "base/cleanup.h"
#include "clean.h"

#include <stdlib.h>
#include <string.h>

#define NAME_MAX_BYTES 500
#define MESSAGE_MAX 1000

/* --- parts */

void hn_report_properties_add(struct hn_report_properties *list, const char *name,
			      const char *value)
{
	list->items = cb_realloc(list->items, (list->count + 1) * sizeof *list->items);
	list->items[list->count++] = (struct hn_report_property){
		cb_strdup(name), cb_strdup(value),
	};
}

static void destroy_properties(struct hn_report_properties *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->items[i].name);
		free(list->items[i].value);
	}
	free(list->items);
}

struct hn_report_case *hn_report_case_new(struct hn_report_suite *suite)
{
	struct hn_report_case *c;

	suite->cases = cb_realloc(suite->cases, (suite->count + 1) * sizeof *suite->cases);
	c = &suite->cases[suite->count++];
	*c = (struct hn_report_case){ .verdict = HN_PASSED };
	return c;
}

void hn_report_case_destroy(struct hn_report_case *c)
{
	free(c->name);
	free(c->message);
	free(c->text);
	free(c->file);
	cb_buf_destroy(&c->output);
	cb_buf_destroy(&c->error);
	destroy_properties(&c->properties);
}

void hn_report_suite_count(const struct hn_report_suite *suite, struct hn_counts *counts)
{
	for (size_t i = 0; i < suite->count; i++)
		hn_counts_add(counts, suite->cases[i].verdict);
}

/* --- the report */

struct hn_report *hn_report_new(void)
{
	return cb_calloc(1, sizeof(struct hn_report));
}

static void free_suite(struct hn_report_suite *s)
{
	for (size_t i = 0; i < s->count; i++)
		hn_report_case_destroy(&s->cases[i]);
	free(s->cases);
	destroy_properties(&s->properties);
	free(s->name);
	free(s->host);
	free(s);
}

void hn_report_free(struct hn_report *report)
{
	for (size_t i = 0; report && i < report->count; i++)
		free_suite(report->suites[i]);
	if (report)
		free(report->suites);
	free(report);
}

void hn_report_count(const struct hn_report *report, struct hn_counts *counts)
{
	*counts = (struct hn_counts){ 0 };
	for (size_t i = 0; i < report->count; i++)
		hn_report_suite_count(report->suites[i], counts);
}

/* --- filling */

static char *clean_line(const char *text, size_t limit)
{
	CB_AUTO_BUF struct cb_buf buf = CB_BUF_INIT;

	hn_clean_line(&buf, text ? text : "", limit);
	return cb_buf_steal(&buf);
}

static void clean_text(struct cb_buf *out, const struct cb_buf *text, const char *log)
{
	int cut = 0;

	if (!text->len)
		return;
	hn_clean(out, text->data, text->len, HN_CLEAN_LIMIT, &cut);
	if (!cut)
		return;
	cb_buf_addf(out, "\n[cut at %u KiB; the whole ", HN_CLEAN_LIMIT >> 10);
	cb_buf_adds(out, log ? "is in " : "");
	if (log)
		hn_clean_line(out, log, NAME_MAX_BYTES);
	cb_buf_adds(out, log ? "]\n" : "was not kept]\n");
}

/* The machine's name, or at least something. */
static char *host_name(void)
{
	char host[256] = "";
	char *clean;

	if (gethostname(host, sizeof host - 1) || !*host)
		strcpy(host, "localhost");
	clean = clean_line(host, NAME_MAX_BYTES);
	if (*clean)
		return clean;
	free(clean);
	return cb_strdup("localhost");
}

struct hn_report_suite *hn_report_add_suite(struct hn_report *report, const char *name)
{
	struct hn_report_suite *s = cb_calloc(1, sizeof *s);

	s->name = clean_line(name, NAME_MAX_BYTES);
	s->host = host_name();
	s->start = time(NULL);
	report->suites = cb_realloc(report->suites,
				    (report->count + 1) * sizeof(struct hn_report_suite *));
	report->suites[report->count++] = s;
	return s;
}

void hn_report_set_start(struct hn_report_suite *suite, time_t start)
{
	suite->start = start;
}

static void add_property(struct hn_report_properties *list, const char *name, const char *value)
{
	CB_AUTO_FREE char *clean_name = clean_line(name, NAME_MAX_BYTES);
	CB_AUTO_FREE char *clean_value = clean_line(value, MESSAGE_MAX);

	hn_report_properties_add(list, clean_name, clean_value);
}

void hn_report_add_property(struct hn_report_suite *s, const char *name, const char *value)
{
	add_property(&s->properties, name, value);
}

void hn_report_add_case(struct hn_report_suite *s, const char *name,
			const struct hn_result *result, const char *log)
{
	CB_AUTO_BUF struct cb_buf text = CB_BUF_INIT;
	struct hn_report_case *c = hn_report_case_new(s);

	clean_text(&text, &result->text, log);
	c->name = clean_line(name, NAME_MAX_BYTES);
	c->message = clean_line(result->message.data, MESSAGE_MAX);
	c->verdict = result->verdict;
	c->problem = result->problem;
	c->ms = result->ms > 0 ? result->ms : 0;
	clean_text(&c->output, &result->output, log);
	clean_text(&c->error, &result->error, log);
	/* it has no element of its own: what went wrong at first is told as output */
	if (result->verdict == HN_FLAKY) {
		cb_buf_addf(&c->output, "FLAKY: %s\n", c->message);
		cb_buf_adds(&c->output, text.data ? text.data : "");
	}
	c->text = cb_buf_steal(&text);
}

void hn_report_set_place(struct hn_report_suite *s, const char *file, int line)
{
	struct hn_report_case *c = &s->cases[s->count - 1];

	free(c->file);
	c->file = clean_line(file, MESSAGE_MAX);
	c->line = line;
}

void hn_report_add_case_property(struct hn_report_suite *s, const char *name, const char *value)
{
	add_property(&s->cases[s->count - 1].properties, name, value);
}
