/* SPDX-License-Identifier: MIT */
/* Turns outcomes into reports. The forms themselves are elsewhere. */
#include "report.h"

#include "base/cleanup.h"
#include "clean.h"
#include "text.h"

#include <string.h>
#include <sys/utsname.h>

static void visit_unloadable(const struct hn_suite *suite, hn_visit_fn visit, void *ctx)
{
	struct hn_outcome o = { .kept = NULL };
	CB_AUTO_BUF struct cb_buf message = CB_BUF_INIT;

	cb_buf_addf(&message, "%d error%s in %s", suite->errors, suite->errors == 1 ? "" : "s",
		    suite->path);
	o.result.verdict = HN_ERRED;
	o.result.problem = HN_PROBLEM_SETUP;
	cb_buf_adds(&o.result.message, message.data);
	cb_buf_adds(&o.result.text, suite->complaints.data);
	visit(&(struct hn_item){ suite, NULL, &o }, ctx);
	hn_result_destroy(&o.result);
}

void hn_account_visit(const struct hn_account *a, hn_visit_fn visit, void *ctx)
{
	size_t next = 0;

	for (size_t i = 0; i < a->chosen->suite_count; i++) {
		const struct hn_suite *suite = a->chosen->suites[i];

		if (suite->errors)
			visit_unloadable(suite, visit, ctx);
		for (; next < a->tasks->count && a->tasks->items[next].c->suite == suite; next++)
			visit(&(struct hn_item){ suite, &a->tasks->items[next], &a->outcomes[next] },
			      ctx);
	}
}

/* How people call it. */
static const char *label(const struct hn_item *item)
{
	return item->task ? item->task->label : item->suite->name;
}

/* --- JUnit */

struct filling {
	const struct hn_account *account;
	struct hn_report *report;
	struct hn_report_suite *current;
	const struct hn_suite *suite; /* that `current` is for */
	const char *group;            /* likewise */
};

static void add_properties(const struct filling *f)
{
	struct utsname u;

	hn_report_add_property(f->current, "file", f->suite->path);
	if (f->account->setup->program.catbox)
		hn_report_add_property(f->current, "catbox", f->account->setup->program.catbox);
	if (f->account->seed)
		hn_report_add_property(f->current, "seed", f->account->seed);
	if (f->group)
		hn_report_add_property(f->current, "engine", f->group);
	if (!uname(&u)) {
		hn_report_add_property(f->current, "kernel", u.release);
		hn_report_add_property(f->current, "machine", u.machine);
	}
}

static void begin_suite(struct filling *f, const struct hn_item *item, const char *group)
{
	CB_AUTO_BUF struct cb_buf name = CB_BUF_INIT;

	cb_buf_addf(&name, "%s%s%s", group ? group : "", group ? "." : "", item->suite->name);
	f->suite = item->suite;
	f->group = group;
	f->current = hn_report_add_suite(f->report, name.data);
	hn_report_set_start(f->current, f->account->start);
	add_properties(f);
}

/* What the plain dialect has no room for. */
static void extend(const struct filling *f, const struct hn_item *item)
{
	const struct hn_case *c = item->task ? item->task->c : NULL;
	char attempts[16];

	hn_report_set_place(f->current, item->suite->path, c ? c->line : 1);
	for (size_t i = 0; c && i < c->own.tags.count; i++)
		hn_report_add_case_property(f->current, "tag", c->own.tags.items[i]);
	if (c && c->fixture)
		hn_report_add_case_property(f->current, "fixture", c->fixture);
	if (item->outcome->kept)
		hn_report_add_case_property(f->current, "kept", item->outcome->kept);
	snprintf(attempts, sizeof attempts, "%d", item->outcome->attempts + 1);
	if (item->outcome->attempts)
		hn_report_add_case_property(f->current, "attempts", attempts);
}

static void fill(const struct hn_item *item, void *ctx)
{
	const char *group = item->task ? item->task->group : NULL;
	struct filling *f = ctx;

	if (f->suite != item->suite || f->group != group)
		begin_suite(f, item, group);
	hn_report_add_case(f->current, item->task ? item->task->c->name : "load",
			   &item->outcome->result, item->outcome->kept);
	if (f->account->extended)
		extend(f, item);
}

struct hn_report *hn_account_report(const struct hn_account *account)
{
	struct filling f = { account, hn_report_new(), NULL, NULL, NULL };

	hn_account_visit(account, fill, &f);
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

static void tap_line(const struct hn_item *item, void *ctx)
{
	const struct hn_result *r = &item->outcome->result;
	struct tap *t = ctx;
	bool ok = !hn_is_bad(r->verdict);
	CB_AUTO_BUF struct cb_buf clean = CB_BUF_INIT;

	cb_buf_addf(t->out, "%s %zu - ", ok ? "ok" : "not ok", ++t->number);
	add_tap_text(t->out, label(item));
	if (r->verdict == HN_SKIPPED) {
		cb_buf_adds(t->out, " # SKIP ");
		add_tap_text(t->out, r->message.data);
	}
	if (r->verdict == HN_FLAKY) {
		cb_buf_adds(t->out, " # flaky: ");
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

	hn_account_visit(account, tap_line, &t);
	cb_buf_addf(out, "TAP version 13\n1..%zu\n%s", t.number, lines.data ? lines.data : "");
}

/* --- GitHub */

/* Escapes what a workflow command gives a meaning to. */
static void add_command_text(struct cb_buf *out, const char *text, const char *special)
{
	CB_AUTO_BUF struct cb_buf clean = CB_BUF_INIT;

	hn_clean(&clean, text, strlen(text), 4000, NULL);
	for (const char *at = clean.data; *at; at++)
		if (strchr(special, *at))
			cb_buf_addf(out, "%%%02X", (unsigned char)*at);
		else
			cb_buf_addc(out, *at);
}

static void annotate(struct cb_buf *out, const char *level, const char *path, int line,
		     const char *title)
{
	cb_buf_addf(out, "::%s file=", level);
	add_command_text(out, path, "%\r\n:,");
	cb_buf_addf(out, ",line=%d,title=", line);
	add_command_text(out, title, "%\r\n:,");
	cb_buf_adds(out, "::");
}

static void github_lines(const struct hn_item *item, void *ctx)
{
	const struct hn_result *r = &item->outcome->result;
	struct cb_buf *out = ctx;

	if (r->verdict == HN_FLAKY || (hn_is_bad(r->verdict) && !r->issue_count)) {
		annotate(out, r->verdict == HN_FLAKY ? "warning" : "error", item->suite->path,
			 item->task ? item->task->c->line : 1, label(item));
		add_command_text(out, r->text.data, "%\r\n");
		cb_buf_addc(out, '\n');
	}
	for (size_t i = 0; hn_is_bad(r->verdict) && i < r->issue_count; i++) {
		const struct hn_issue *issue = &r->issues[i];

		annotate(out, "error", issue->path, issue->line, label(item));
		add_command_text(out, issue->message, "%\r\n");
		if (issue->detail)
			cb_buf_adds(out, "%0A");
		add_command_text(out, issue->detail ? issue->detail : "", "%\r\n");
		cb_buf_addc(out, '\n');
	}
}

void hn_account_github(const struct hn_account *account, struct cb_buf *out)
{
	hn_account_visit(account, github_lines, out);
}

/* --- summary */

struct summary {
	FILE *out;
	bool titled;
	struct hn_strings flaky;   /* labels */
	struct hn_strings reasons; /* of skips */
};

static void failed_line(const struct hn_item *item, void *ctx)
{
	const struct hn_result *r = &item->outcome->result;
	struct summary *s = ctx;
	CB_AUTO_BUF struct cb_buf line = CB_BUF_INIT;

	if (r->verdict == HN_SKIPPED)
		hn_strings_add(&s->reasons, r->message.data);
	if (r->verdict == HN_FLAKY)
		hn_strings_add(&s->flaky, label(item));
	if (!hn_is_bad(r->verdict))
		return;
	hn_clean_line(&line, label(item), 500);
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

	hn_account_visit(account, failed_line, &s);
	for (size_t i = 0; i < s.flaky.count; i++)
		fprintf(out, "%s  %s\n", i ? "" : "flaky:\n", s.flaky.items[i]);
	skip_lines(&s);
	hn_strings_destroy(&s.flaky);
	hn_strings_destroy(&s.reasons);
	hn_report_count(report, &counts);
	fprintf(out, "report: %s, %lld.%03lld s\n", junit, ms / 1000, ms % 1000);
	if (account->seed)
		fprintf(out, "order: random, seed %s\n", account->seed);
	hn_counts_print(&counts, out);
	fflush(out);
}
