/* SPDX-License-Identifier: MIT */
/* Writes a report as XML. Knows the form, nothing of suites. */
#include "junit_parts.h"

#include "base/cleanup.h"

#include <errno.h>
#include <libxml/xmlwriter.h>
#include <stdlib.h>
#include <string.h>

#define SUITE_OUTPUT_MAX (1u << 20) /* of all cases of a suite together */

/* The writer remembers nothing of errors: `bad` collects them. */
struct writer {
	xmlTextWriterPtr xml;
	int bad;
};

static void start(struct writer *w, const char *name)
{
	w->bad |= xmlTextWriterStartElement(w->xml, (const xmlChar *)name) < 0;
}

static void end(struct writer *w)
{
	w->bad |= xmlTextWriterEndElement(w->xml) < 0;
}

static void attribute(struct writer *w, const char *name, const char *value)
{
	w->bad |= xmlTextWriterWriteAttribute(w->xml, (const xmlChar *)name,
					      (const xmlChar *)value) < 0;
}

static void text_content(struct writer *w, const char *text)
{
	if (text && *text)
		w->bad |= xmlTextWriterWriteString(w->xml, (const xmlChar *)text) < 0;
}

static void attribute_number(struct writer *w, const char *name, long long value)
{
	char text[32];

	snprintf(text, sizeof text, "%lld", value);
	attribute(w, name, text);
}

/* Integers, so that no locale can put a comma in. */
static void attribute_time(struct writer *w, const char *name, long long ms)
{
	char text[48];

	snprintf(text, sizeof text, "%lld.%03lld", ms / 1000, ms % 1000);
	attribute(w, name, text);
}

static void write_properties(struct writer *w, const struct hn_report_properties *list)
{
	start(w, "properties");
	for (size_t i = 0; i < list->count; i++) {
		start(w, "property");
		attribute(w, "name", list->items[i].name);
		attribute(w, "value", list->items[i].value);
		end(w);
	}
	end(w);
}

static void write_verdict(struct writer *w, const struct hn_report_case *c)
{
	static const char *const elements[] = {
		[HN_FAILED] = "failure", [HN_ERRED] = "error", [HN_SKIPPED] = "skipped",
	};

	if (c->verdict == HN_PASSED || c->verdict == HN_FLAKY)
		return;
	start(w, elements[c->verdict]);
	if (c->verdict != HN_SKIPPED)
		attribute(w, "type", hn_problem_name(c->problem));
	attribute(w, "message", c->message);
	if (c->verdict != HN_SKIPPED)
		text_content(w, c->text);
	end(w);
}

static void write_case(struct writer *w, const struct hn_report_suite *s,
		       const struct hn_report_case *c)
{
	CB_AUTO_BUF struct cb_buf class = CB_BUF_INIT;

	cb_buf_addf(&class, "catbox.%s", s->name);
	start(w, "testcase");
	attribute(w, "classname", class.data);
	attribute(w, "name", c->name);
	attribute_time(w, "time", c->ms);
	if (c->file) {
		attribute(w, "file", c->file);
		attribute_number(w, "line", c->line);
	}
	write_verdict(w, c);
	if (c->properties.count)
		write_properties(w, &c->properties);
	end(w);
}

/* What cases printed, behind a line with the case's name. */
static void write_output(struct writer *w, const char *name, const struct hn_report_suite *s,
			 bool of_error)
{
	CB_AUTO_BUF struct cb_buf all = CB_BUF_INIT;

	for (size_t i = 0; i < s->count && all.len <= SUITE_OUTPUT_MAX; i++) {
		const struct hn_report_case *c = &s->cases[i];
		const struct cb_buf *text = of_error ? &c->error : &c->output;

		if (!text->len)
			continue;
		cb_buf_addf(&all, "== %s\n%s", c->name, text->data);
		if (all.data[all.len - 1] != '\n')
			cb_buf_addc(&all, '\n');
	}
	start(w, name);
	text_content(w, all.data);
	end(w);
}

static void write_attributes(struct writer *w, const struct hn_report_suite *s, size_t id)
{
	struct hn_counts counts = { 0 };
	char stamp[32] = "";
	long long ms = 0;
	struct tm tm;

	if (gmtime_r(&s->start, &tm))
		strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &tm);
	for (size_t i = 0; i < s->count; i++)
		ms += s->cases[i].ms;
	hn_report_suite_count(s, &counts);
	attribute(w, "name", s->name);
	attribute(w, "package", "catbox");
	attribute_number(w, "id", (long long)id);
	attribute(w, "hostname", s->host);
	attribute(w, "timestamp", stamp);
	attribute_number(w, "tests", (long long)s->count);
	attribute_number(w, "failures", counts.failed);
	attribute_number(w, "errors", counts.erred);
	attribute_number(w, "skipped", counts.skipped);
	attribute_time(w, "time", ms);
}

static void write_suite(struct writer *w, const struct hn_report_suite *s, size_t id)
{
	start(w, "testsuite");
	write_attributes(w, s, id);
	write_properties(w, &s->properties);
	for (size_t i = 0; i < s->count; i++)
		write_case(w, s, &s->cases[i]);
	write_output(w, "system-out", s, false);
	write_output(w, "system-err", s, true);
	end(w);
}

static int write_document(const struct hn_report *report, xmlBufferPtr buffer,
			  struct cb_error *err)
{
	struct writer w = { xmlNewTextWriterMemory(buffer, 0), 0 };

	if (!w.xml)
		return cb_error(err, ENOMEM, "cannot make an XML writer");
	xmlTextWriterSetIndent(w.xml, 1);
	w.bad |= xmlTextWriterStartDocument(w.xml, NULL, "UTF-8", NULL) < 0;
	start(&w, "testsuites");
	for (size_t i = 0; i < report->count; i++)
		write_suite(&w, report->suites[i], i);
	end(&w);
	w.bad |= xmlTextWriterEndDocument(w.xml) < 0;
	xmlFreeTextWriter(w.xml);
	return w.bad ? cb_error(err, EIO, "cannot write the report as XML") : 0;
}

/* Is a case in it that says more than the plain dialect has room for? */
static bool is_extended(const struct hn_report *report)
{
	for (size_t i = 0; i < report->count; i++)
		for (size_t k = 0; k < report->suites[i]->count; k++)
			if (report->suites[i]->cases[k].file)
				return true;
	return false;
}

int hn_report_format(const struct hn_report *report, struct cb_buf *out, struct cb_error *err)
{
	xmlBufferPtr buffer = xmlBufferCreate();
	const char *xml;
	size_t len;
	int rc;

	if (!buffer)
		return cb_error(err, ENOMEM, "no memory for the report");
	rc = write_document(report, buffer, err);
	xml = (const char *)xmlBufferContent(buffer);
	len = (size_t)xmlBufferLength(buffer);
	if (!rc)
		rc = is_extended(report) ? hn_junit_check_dialect(xml, len, err) :
					   hn_junit_validate(xml, len, err);
	if (!rc)
		cb_buf_add(out, xml, len);
	xmlBufferFree(buffer);
	return rc;
}

int hn_report_write(const struct hn_report *report, const char *path, struct cb_error *err)
{
	CB_AUTO_BUF struct cb_buf xml = CB_BUF_INIT;
	int rc = hn_report_format(report, &xml, err);

	return rc ? rc : hn_publish(path, xml.data, xml.len, err);
}
