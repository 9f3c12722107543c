/* SPDX-License-Identifier: MIT */
/* Holds a report and writes it as XML. Knows the form, nothing of suites. */
#include "junit.h"

#include "base/cleanup.h"
#include "clean.h"

#include <errno.h>
#include <libxml/xmlwriter.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_BYTES 500
#define MESSAGE_MAX 1000
#define SUITE_OUTPUT_MAX (1u << 20) /* of all cases of a suite together */

struct report_case {
	char *name, *message, *text; /* clean; owned */
	enum hn_verdict verdict;
	enum hn_problem problem;
	long long ms;
};

struct property {
	char *name, *value; /* clean; owned */
};

struct hn_report_suite {
	char *name;
	time_t start;
	struct report_case *cases;
	size_t count;
	struct property *properties;
	size_t property_count;
	struct cb_buf output, error; /* of its failed cases; clean */
};

struct hn_report {
	struct hn_report_suite **suites; /* owned */
	size_t count;
};

/* --- filling */

struct hn_report *hn_report_new(void)
{
	return cb_calloc(1, sizeof(struct hn_report));
}

static void free_suite(struct hn_report_suite *s)
{
	for (size_t i = 0; i < s->count; i++) {
		free(s->cases[i].name);
		free(s->cases[i].message);
		free(s->cases[i].text);
	}
	for (size_t i = 0; i < s->property_count; i++) {
		free(s->properties[i].name);
		free(s->properties[i].value);
	}
	free(s->cases);
	free(s->properties);
	free(s->name);
	cb_buf_destroy(&s->output);
	cb_buf_destroy(&s->error);
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

struct hn_report_suite *hn_report_add_suite(struct hn_report *report, const char *name)
{
	struct hn_report_suite *s = cb_calloc(1, sizeof *s);

	s->name = clean_line(name, NAME_MAX_BYTES);
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

void hn_report_add_property(struct hn_report_suite *s, const char *name, const char *value)
{
	s->properties = cb_realloc(s->properties, (s->property_count + 1) * sizeof *s->properties);
	s->properties[s->property_count++] = (struct property){
		clean_line(name, NAME_MAX_BYTES), clean_line(value, MESSAGE_MAX),
	};
}

static void add_output(struct cb_buf *to, const char *name, const struct cb_buf *text,
		       const char *log)
{
	if (!text->len || to->len > SUITE_OUTPUT_MAX)
		return;
	cb_buf_addf(to, "== %s\n", name);
	clean_text(to, text, log);
	if (to->data[to->len - 1] != '\n')
		cb_buf_addc(to, '\n');
}

void hn_report_add_case(struct hn_report_suite *s, const char *name,
			const struct hn_result *result, const char *log)
{
	CB_AUTO_BUF struct cb_buf text = CB_BUF_INIT;
	struct report_case *c;

	s->cases = cb_realloc(s->cases, (s->count + 1) * sizeof *s->cases);
	c = &s->cases[s->count++];
	clean_text(&text, &result->text, log);
	*c = (struct report_case){
		.name = clean_line(name, NAME_MAX_BYTES),
		.message = clean_line(result->message.data, MESSAGE_MAX),
		.text = cb_buf_steal(&text),
		.verdict = result->verdict,
		.problem = result->problem,
		.ms = result->ms > 0 ? result->ms : 0,
	};
	add_output(&s->output, c->name, &result->output, log);
	add_output(&s->error, c->name, &result->error, log);
}

static void count_suite(const struct hn_report_suite *s, struct hn_counts *counts)
{
	for (size_t i = 0; i < s->count; i++)
		hn_counts_add(counts, s->cases[i].verdict);
}

void hn_report_count(const struct hn_report *report, struct hn_counts *counts)
{
	*counts = (struct hn_counts){ 0, 0, 0, 0 };
	for (size_t i = 0; i < report->count; i++)
		count_suite(report->suites[i], counts);
}

/* --- writing. The writer remembers nothing of errors: `bad` collects them. */

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

static void write_case(struct writer *w, const struct hn_report_suite *s,
		       const struct report_case *c)
{
	static const char *const elements[] = {
		[HN_FAILED] = "failure", [HN_ERRED] = "error", [HN_SKIPPED] = "skipped",
	};
	CB_AUTO_BUF struct cb_buf class = CB_BUF_INIT;

	cb_buf_addf(&class, "catbox.%s", s->name);
	start(w, "testcase");
	attribute(w, "classname", class.data);
	attribute(w, "name", c->name);
	attribute_time(w, "time", c->ms);
	if (c->verdict != HN_PASSED) {
		start(w, elements[c->verdict]);
		if (c->verdict != HN_SKIPPED)
			attribute(w, "type", hn_problem_name(c->problem));
		attribute(w, "message", c->message);
		if (c->verdict != HN_SKIPPED)
			text_content(w, c->text);
		end(w);
	}
	end(w);
}

static void write_properties(struct writer *w, const struct hn_report_suite *s)
{
	start(w, "properties");
	for (size_t i = 0; i < s->property_count; i++) {
		start(w, "property");
		attribute(w, "name", s->properties[i].name);
		attribute(w, "value", s->properties[i].value);
		end(w);
	}
	end(w);
}

static void write_output(struct writer *w, const char *name, const struct cb_buf *text)
{
	start(w, name);
	text_content(w, text->data);
	end(w);
}

static void write_attributes(struct writer *w, const struct hn_report_suite *s, size_t id)
{
	CB_AUTO_BUF struct cb_buf clean = CB_BUF_INIT;
	struct hn_counts counts = { 0, 0, 0, 0 };
	char host[256] = "", stamp[32] = "";
	long long ms = 0;
	struct tm tm;

	if (gethostname(host, sizeof host - 1) || !*host)
		strcpy(host, "localhost");
	hn_clean_line(&clean, host, NAME_MAX_BYTES);
	if (gmtime_r(&s->start, &tm))
		strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &tm);
	for (size_t i = 0; i < s->count; i++)
		ms += s->cases[i].ms;
	count_suite(s, &counts);
	attribute(w, "name", s->name);
	attribute(w, "package", "catbox");
	attribute_number(w, "id", (long long)id);
	attribute(w, "hostname", clean.len ? clean.data : "localhost");
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
	write_properties(w, s);
	for (size_t i = 0; i < s->count; i++)
		write_case(w, s, &s->cases[i]);
	write_output(w, "system-out", &s->output);
	write_output(w, "system-err", &s->error);
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
		rc = hn_junit_validate(xml, len, err);
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
