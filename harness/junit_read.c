/* SPDX-License-Identifier: MIT */
/* Reads reports of the project's own dialect back. */
#include "junit_parts.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <libxml/parser.h>
#include <stdlib.h>
#include <string.h>

#define REPORT_MAX (512u << 20)

/* The attribute's value, "" if there is none; owned by the caller. */
static char *attribute(xmlNodePtr node, const char *name)
{
	xmlChar *value = xmlGetProp(node, (const xmlChar *)name);
	char *copy = cb_strdup(value ? (const char *)value : "");

	xmlFree(value);
	return copy;
}

static char *content(xmlNodePtr node)
{
	xmlChar *value = xmlNodeGetContent(node);
	char *copy = cb_strdup(value ? (const char *)value : "");

	xmlFree(value);
	return copy;
}

static bool is(xmlNodePtr node, const char *name)
{
	return node->type == XML_ELEMENT_NODE && !strcmp((const char *)node->name, name);
}

/* "12.345" to 12345; the schema has seen to the form. */
static long long milliseconds(const char *text)
{
	char *end;
	long long seconds = strtoll(text, &end, 10);

	return seconds * 1000 + (*end == '.' ? strtoll(end + 1, NULL, 10) : 0);
}

static void read_properties(xmlNodePtr node, struct hn_report_properties *list)
{
	for (xmlNodePtr p = node->children; p; p = p->next) {
		CB_AUTO_FREE char *name = is(p, "property") ? attribute(p, "name") : NULL;
		CB_AUTO_FREE char *value = name ? attribute(p, "value") : NULL;

		if (name)
			hn_report_properties_add(list, name, value);
	}
}

static enum hn_problem problem_of(const char *type)
{
	for (int p = 0; p < HN_PROBLEM_COUNT; p++)
		if (!strcmp(hn_problem_name(p), type))
			return p;
	return HN_PROBLEM_SETUP;
}

static void read_verdict(xmlNodePtr node, struct hn_report_case *c)
{
	CB_AUTO_FREE char *type = NULL;

	if (is(node, "failure"))
		c->verdict = HN_FAILED;
	else if (is(node, "error"))
		c->verdict = HN_ERRED;
	else if (is(node, "skipped"))
		c->verdict = HN_SKIPPED;
	else
		return;
	type = attribute(node, "type");
	c->problem = problem_of(type);
	free(c->message);
	free(c->text);
	c->message = attribute(node, "message");
	c->text = content(node);
}

static void read_case(xmlNodePtr node, struct hn_report_suite *suite)
{
	struct hn_report_case *c = hn_report_case_new(suite);
	CB_AUTO_FREE char *time = attribute(node, "time");
	CB_AUTO_FREE char *line = attribute(node, "line");

	c->name = attribute(node, "name");
	c->message = cb_strdup("");
	c->text = cb_strdup("");
	c->ms = milliseconds(time);
	if (xmlHasProp(node, (const xmlChar *)"file")) {
		c->file = attribute(node, "file");
		c->line = (int)strtol(line, NULL, 10);
	}
	for (xmlNodePtr child = node->children; child; child = child->next) {
		read_verdict(child, c);
		if (is(child, "properties"))
			read_properties(child, &c->properties);
	}
}

static struct hn_report_case *find_case(const struct hn_report_suite *suite, const char *name,
					size_t len)
{
	for (size_t i = 0; i < suite->count; i++)
		if (!strncmp(suite->cases[i].name, name, len) && !suite->cases[i].name[len])
			return &suite->cases[i];
	return NULL;
}

/* A line "== NAME" with the name of a case begins what that one printed. */
static void read_output(xmlNodePtr node, struct hn_report_suite *suite, bool of_error)
{
	CB_AUTO_FREE char *text = content(node);
	struct hn_report_case *current = NULL;

	for (const char *line = text, *next; *line; line = next) {
		size_t len = strcspn(line, "\n");
		struct hn_report_case *c = NULL;

		next = line + len + (line[len] == '\n');
		if (len > 3 && !strncmp(line, "== ", 3))
			c = find_case(suite, line + 3, len - 3);
		if (c)
			current = c;
		else if (current)
			cb_buf_add(of_error ? &current->error : &current->output, line,
				   (size_t)(next - line));
	}
}

/* A passed case that was flaky says so in what it printed. */
static void find_flaky(struct hn_report_suite *suite)
{
	for (size_t i = 0; i < suite->count; i++) {
		struct hn_report_case *c = &suite->cases[i];

		if (c->verdict == HN_PASSED && c->output.len &&
		    !strncmp(c->output.data, "FLAKY: ", 7))
			c->verdict = HN_FLAKY;
	}
}

static time_t parse_stamp(const char *text)
{
	struct tm tm = { .tm_isdst = 0 };

	return strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) ? timegm(&tm) : 0;
}

static void read_suite(xmlNodePtr node, struct hn_report *report)
{
	CB_AUTO_FREE char *name = attribute(node, "name");
	CB_AUTO_FREE char *stamp = attribute(node, "timestamp");
	struct hn_report_suite *suite = hn_report_add_suite(report, name);

	free(suite->host);
	suite->host = attribute(node, "hostname");
	suite->start = parse_stamp(stamp);
	for (xmlNodePtr child = node->children; child; child = child->next) {
		if (is(child, "properties"))
			read_properties(child, &suite->properties);
		else if (is(child, "testcase"))
			read_case(child, suite);
		else if (is(child, "system-out") || is(child, "system-err"))
			read_output(child, suite, is(child, "system-err"));
	}
	find_flaky(suite);
}

static struct hn_report *read_document(xmlDocPtr doc)
{
	struct hn_report *report = hn_report_new();
	xmlNodePtr root = xmlDocGetRootElement(doc);

	for (xmlNodePtr node = root->children; node; node = node->next)
		if (is(node, "testsuite"))
			read_suite(node, report);
	return report;
}

struct hn_report *hn_report_read(const char *path, struct cb_error *err)
{
	CB_AUTO_BUF struct cb_buf text = CB_BUF_INIT;
	int rc = cb_buf_read_file(&text, AT_FDCWD, path, REPORT_MAX);
	struct hn_report *report = NULL;
	struct cb_error why;
	xmlDocPtr doc;

	if (rc) {
		errno = -rc;
		cb_error_sys(err, "cannot read '%s'", path);
		return NULL;
	}
	if (hn_junit_check_dialect(text.data, text.len, &why)) {
		cb_error(err, EINVAL, "'%s' is no report of catbox-harness: %s", path, why.message);
		return NULL;
	}
	doc = xmlReadMemory(text.data, (int)text.len, "report", NULL,
			    XML_PARSE_NONET | XML_PARSE_HUGE | XML_PARSE_NOERROR |
			    XML_PARSE_NOWARNING);
	if (doc)
		report = read_document(doc);
	xmlFreeDoc(doc);
	return report;
}

void hn_report_failed(const struct hn_report *report, struct hn_strings *ids)
{
	for (size_t i = 0; i < report->count; i++) {
		const struct hn_report_suite *s = report->suites[i];
		const char *name = s->name, *dot = strchr(name, '.');

		/* a suite's own name has no dot: what stands before it is an engine */
		if (dot)
			name = dot + 1;
		for (size_t k = 0; k < s->count; k++) {
			CB_AUTO_BUF struct cb_buf id = CB_BUF_INIT;

			cb_buf_addf(&id, "%s/%s", name, s->cases[k].name);
			if (hn_is_bad(s->cases[k].verdict) && !hn_strings_have(ids, id.data))
				hn_strings_add(ids, id.data);
		}
	}
}
