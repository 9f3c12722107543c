/* SPDX-License-Identifier: MIT */
/* Makes one report of several. Each rule here is the same whichever of two
 * reports comes first; hn_report_sort does the rest. */
#include "junit_parts.h"

#include "base/cleanup.h"

#include <stdlib.h>
#include <string.h>

static struct hn_report_suite *find_suite(const struct hn_report *report, const char *name)
{
	for (size_t i = 0; i < report->count; i++)
		if (!strcmp(report->suites[i]->name, name))
			return report->suites[i];
	return NULL;
}

/* How much a verdict says: what ran outweighs what did not, what is wrong what is
 * right. */
static int weight(enum hn_verdict verdict)
{
	static const int weights[] = {
		[HN_SKIPPED] = 0, [HN_PASSED] = 1, [HN_FLAKY] = 2, [HN_FAILED] = 3, [HN_ERRED] = 4,
	};

	return weights[verdict];
}

/* Above 0 if a is the one to keep; between equals something has to decide. */
static int compare_cases(const struct hn_report_case *a, const struct hn_report_case *b)
{
	int order = weight(a->verdict) - weight(b->verdict);

	if (!order)
		order = strcmp(b->message, a->message);
	if (!order)
		order = strcmp(b->text, a->text);
	return order ? order : (a->ms > b->ms) - (a->ms < b->ms);
}

static void take_case(struct hn_report_suite *to, struct hn_report_case *c)
{
	for (size_t i = 0; i < to->count; i++) {
		struct hn_report_case swap = to->cases[i];

		if (strcmp(swap.name, c->name))
			continue;
		if (compare_cases(c, &swap) > 0) {
			to->cases[i] = *c;
			*c = swap;
		}
		hn_report_case_destroy(c);
		return;
	}
	*hn_report_case_new(to) = *c;
}

static bool has_property(const struct hn_report_properties *list,
			 const struct hn_report_property *p)
{
	for (size_t i = 0; i < list->count; i++)
		if (!strcmp(list->items[i].name, p->name) && !strcmp(list->items[i].value, p->value))
			return true;
	return false;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names of machines, each once, sorted, with commas. */
static char *join_hosts(const char *a, const char *b)
{
	CB_AUTO_BUF struct cb_buf out = CB_BUF_INIT;
	struct hn_strings names = { NULL, 0 };
	const char *lists[] = { a, b };

	for (int i = 0; i < 2; i++)
		for (const char *at = lists[i]; *at; ) {
			size_t len = strcspn(at, ",");
			CB_AUTO_FREE char *name = cb_strndup(at, len);

			if (!hn_strings_have(&names, name))
				hn_strings_add(&names, name);
			at += len + (at[len] == ',');
		}
	if (names.count)
		qsort(names.items, names.count, sizeof *names.items, by_text);
	for (size_t i = 0; i < names.count; i++)
		cb_buf_addf(&out, "%s%s", i ? "," : "", names.items[i]);
	hn_strings_destroy(&names);
	return cb_buf_steal(&out);
}

static void merge_suite(struct hn_report_suite *to, struct hn_report_suite *from)
{
	char *hosts = join_hosts(to->host, from->host);

	free(to->host);
	to->host = hosts;
	if (from->start < to->start)
		to->start = from->start;
	for (size_t i = 0; i < from->count; i++)
		take_case(to, &from->cases[i]);
	from->count = 0;
	for (size_t i = 0; i < from->properties.count; i++)
		if (!has_property(&to->properties, &from->properties.items[i]))
			hn_report_properties_add(&to->properties, from->properties.items[i].name,
						 from->properties.items[i].value);
}

void hn_report_merge(struct hn_report *report, struct hn_report *more)
{
	for (size_t i = 0; i < more->count; i++) {
		struct hn_report_suite *from = more->suites[i];
		struct hn_report_suite *to = find_suite(report, from->name);

		if (!to) {
			to = hn_report_add_suite(report, from->name);
			to->start = from->start;
			free(to->host);
			to->host = cb_strdup(from->host);
		}
		merge_suite(to, from);
	}
}

static int by_suite(const void *a, const void *b)
{
	return strcmp((*(struct hn_report_suite *const *)a)->name,
		      (*(struct hn_report_suite *const *)b)->name);
}

static int by_case(const void *a, const void *b)
{
	return strcmp(((const struct hn_report_case *)a)->name,
		      ((const struct hn_report_case *)b)->name);
}

static int by_property(const void *a, const void *b)
{
	const struct hn_report_property *p = a, *q = b;
	int order = strcmp(p->name, q->name);

	return order ? order : strcmp(p->value, q->value);
}

void hn_report_sort(struct hn_report *report)
{
	if (report->count)
		qsort(report->suites, report->count, sizeof(struct hn_report_suite *), by_suite);
	for (size_t i = 0; i < report->count; i++) {
		struct hn_report_suite *s = report->suites[i];

		if (s->count)
			qsort(s->cases, s->count, sizeof *s->cases, by_case);
		if (s->properties.count)
			qsort(s->properties.items, s->properties.count,
			      sizeof *s->properties.items, by_property);
	}
}
