/* SPDX-License-Identifier: MIT */
/* Turns outcomes into reports. The forms themselves are elsewhere. */
#include "report.h"

#include "base/cleanup.h"
#include "clean.h"
#include "text.h"

#include <string.h>
#include <sys/utsname.h>

/* The outcome of one thing that is reported; a suite that does not load is one. */
struct item {
	const struct hn_suite *suite;
	const struct hn_case *c; /* NULL: the loading of the suite */
	const struct hn_outcome *outcome;
};

typedef void (*visit_fn)(const struct item *item, void *ctx);

static void visit_unloadable(const struct hn_suite *suite, visit_fn visit, void *ctx)
{
	struct hn_outcome o = { .kept = NULL };
	CB_AUTO_BUF struct cb_buf message = CB_BUF_INIT;

	cb_buf_addf(&message, "%d error%s in %s", suite->errors, suite->errors == 1 ? "" : "s",
		    suite->path);
	o.result.verdict = HN_ERRED;
	o.result.problem = HN_PROBLEM_SETUP;
	cb_buf_adds(&o.result.message, message.data);
	cb_buf_adds(&o.result.text, suite->complaints.data);
	visit(&(struct item){ suite, NULL, &o }, ctx);
	hn_result_destroy(&o.result);
}

/* All that is reported, in the order of suites and cases. */
static void visit_all(const struct hn_account *a, visit_fn visit, void *ctx)
{
	size_t next = 0;

	for (size_t i = 0; i < a->chosen->suite_count; i++) {
		const struct hn_suite *suite = a->chosen->suites[i];

		if (suite->errors)
			visit_unloadable(suite, visit, ctx);
		for (; next < a->chosen->count && a->chosen->cases[next]->suite == suite; next++)
			visit(&(struct item){ suite, a->chosen->cases[next], &a->outcomes[next] },
			      ctx);
	}
}

/* --- JUnit */

struct filling {
	const struct hn_account *account;
	struct hn_report *report;
	struct hn_report_suite *current;
	const struct hn_suite *suite; /* that `current` is for */
};

static void add_properties(const struct filling *f)
{
	struct utsname u;

	hn_report_add_property(f->current, "file", f->suite->path);
	if (f->account->setup->program.catbox)
		hn_report_add_property(f->current, "catbox", f->account->setup->program.catbox);
	if (!uname(&u)) {
		hn_report_add_property(f->current, "kernel", u.release);
		hn_report_add_property(f->current, "machine", u.machine);
	}
}

static void fill(const struct item *item, void *ctx)
{
	struct filling *f = ctx;

	if (f->suite != item->suite) {
		f->suite = item->suite;
		f->current = hn_report_add_suite(f->report, item->suite->name);
		hn_report_set_start(f->current, f->account->start);
		add_properties(f);
	}
	hn_report_add_case(f->current, item->c ? item->c->name : "load", &item->outcome->result,
			   item->outcome->kept);
}

struct hn_report *hn_account_report(const struct hn_account *account)
{
	struct filling f = { account, hn_report_new(), NULL, NULL };

	visit_all(account, fill, &f);
	return f.report;
}

/* --- TAP */

struct tap {
	struct cb_buf *out;
	size_t number;
};

/* A '#' would start a directive. */
static void add_tap_text(struct cb_buf *out, const char *text)
{
	size_t start = out->len;

	hn_clean_line(out, text, 500);
	for (size_t i = start; i < out->len; i++)
		if (out->data[i] == '#')
			out->data[i] = '.';
}

static void tap_line(const struct item *item, void *ctx)
{
	const struct hn_result *r = &item->outcome->result;
	struct tap *t = ctx;
	bool ok = r->verdict == HN_PASSED || r->verdict == HN_SKIPPED;
	CB_AUTO_BUF struct cb_buf clean = CB_BUF_INIT;

	cb_buf_addf(t->out, "%s %zu - ", ok ? "ok" : "not ok", ++t->number);
	add_tap_text(t->out, item->c ? item->c->id : item->suite->name);
	if (r->verdict == HN_SKIPPED) {
		cb_buf_adds(t->out, " # SKIP ");
		add_tap_text(t->out, r->message.data);
	}
	cb_buf_addc(t->out, '\n');
	if (ok)
		return;
	hn_clean(&clean, r->text.data, r->text.len, HN_CLEAN_LIMIT, NULL);
	hn_indent(t->out, "# ", clean.data);
}

void hn_account_tap(const struct hn_account *account, struct cb_buf *out)
{
	CB_AUTO_BUF struct cb_buf lines = CB_BUF_INIT;
	struct tap t = { &lines, 0 };

	visit_all(account, tap_line, &t);
	cb_buf_addf(out, "TAP version 13\n1..%zu\n%s", t.number, lines.data ? lines.data : "");
}

/* --- summary */

struct summary {
	FILE *out;
	bool titled;
	struct hn_strings reasons; /* of skips */
};

static void failed_line(const struct item *item, void *ctx)
{
	const struct hn_result *r = &item->outcome->result;
	struct summary *s = ctx;
	CB_AUTO_BUF struct cb_buf line = CB_BUF_INIT;

	if (r->verdict == HN_SKIPPED)
		hn_strings_add(&s->reasons, r->message.data);
	if (r->verdict != HN_FAILED && r->verdict != HN_ERRED)
		return;
	hn_clean_line(&line, item->c ? item->c->id : item->suite->name, 500);
	cb_buf_adds(&line, ": ");
	hn_clean_line(&line, r->message.data ? r->message.data : "", 300);
	fprintf(s->out, "%s  %s\n", s->titled ? "" : "failed:\n", line.data);
	s->titled = true;
}

static void skip_lines(const struct summary *s)
{
	struct hn_strings done = { NULL, 0 };

	for (size_t i = 0; i < s->reasons.count; i++) {
		CB_AUTO_BUF struct cb_buf line = CB_BUF_INIT;
		size_t n = 0;

		if (hn_strings_have(&done, s->reasons.items[i]))
			continue;
		for (size_t k = i; k < s->reasons.count; k++)
			n += !strcmp(s->reasons.items[k], s->reasons.items[i]);
		hn_clean_line(&line, s->reasons.items[i], 300);
		fprintf(s->out, "%s  %zu: %s\n", done.count ? "" : "skipped:\n", n, line.data);
		hn_strings_add(&done, s->reasons.items[i]);
	}
	hn_strings_destroy(&done);
}

void hn_account_summary(const struct hn_account *account, const struct hn_report *report,
			const char *junit, long long ms, FILE *out)
{
	struct summary s = { .out = out };
	struct hn_counts counts;

	visit_all(account, failed_line, &s);
	skip_lines(&s);
	hn_strings_destroy(&s.reasons);
	hn_report_count(report, &counts);
	fprintf(out, "report: %s, %lld.%03lld s\n", junit, ms / 1000, ms % 1000);
	fprintf(out, "%lld passed, %lld failed, %lld skipped\n", counts.passed,
		counts.failed + counts.erred, counts.skipped);
	fflush(out);
}
