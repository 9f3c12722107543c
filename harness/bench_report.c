/* SPDX-License-Identifier: MIT */
/* Turns what was measured and judged into reports. Measures and judges nothing. */
#include "bench_report.h"

#include "base/cleanup.h"
#include "clean.h"
#include "process.h"

#include <catbox.h>
#include <string.h>

#define HELPER_MS 30000

/* --- JSON */

static json_t *text_or_null(const char *text)
{
	CB_AUTO_BUF struct cb_buf clean = CB_BUF_INIT;

	if (!text)
		return json_null();
	hn_clean_line(&clean, text, 1000);
	return json_string(clean.data ? clean.data : "");
}

static json_t *ratio_json(const struct hn_ratio *r)
{
	return json_pack("{s:f,s:f,s:f,s:b,s:I}", "ratio", r->estimate, "low", r->low, "high",
			 r->high, "limited", r->limited, "pairs", (json_int_t)r->pairs);
}

static void add_ratio(json_t *to, const char *key, const struct hn_measured *m, enum hn_tool tool,
		      bool wall)
{
	struct hn_ratio r;

	if (!hn_measured_ratio(m, tool, wall, &r, NULL))
		json_object_set_new(to, key, ratio_json(&r));
}

/* How many times the empty stops: catbox's own share. */
static void add_over_floor(json_t *to, const struct hn_measured *m, enum hn_tool tool)
{
	const struct hn_series *s = &m->series[tool], *floor = &m->series[HN_TOOL_FLOOR];
	size_t n = s->count < floor->count ? s->count : floor->count;
	struct hn_ratio r;

	if (!n || hn_tools[tool].kind != HN_TOOL_KIND_ENGINE)
		return;
	if (!hn_ratio_estimate(&r, s->cpu, floor->cpu, n, NULL))
		json_object_set_new(to, "cpu_over_floor", ratio_json(&r));
	if (!hn_ratio_estimate(&r, s->wall, floor->wall, n, NULL))
		json_object_set_new(to, "wall_over_floor", ratio_json(&r));
}

static json_t *samples_json(const double *values, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_real(values[i]));
	return list;
}

static json_t *figures_json(const struct hn_figures *figures)
{
	json_t *object = json_object();

	for (size_t i = 0; i < figures->count; i++)
		json_object_set_new(object, figures->items[i].name,
				    json_integer((json_int_t)figures->items[i].value));
	return object;
}

static json_t *tool_json(const struct hn_measured *m, enum hn_tool tool)
{
	const struct hn_series *s = &m->series[tool];
	json_t *t = json_pack("{s:s,s:s,s:o}", "name", hn_tools[tool].name, "title",
			      hn_tools[tool].title, "absent", text_or_null(s->absent));

	if (s->peak_kib > 0)
		json_object_set_new(t, "peak_kib", json_integer((json_int_t)s->peak_kib));
	if (s->counters.count)
		json_object_set_new(t, "counters", figures_json(&s->counters));
	if (!s->count)
		return t;
	json_object_set_new(t, "cpu_s", json_real(hn_median(s->cpu, s->count)));
	json_object_set_new(t, "wall_s", json_real(hn_median(s->wall, s->count)));
	if (tool != HN_TOOL_BARE) {
		add_ratio(t, "cpu", m, tool, false);
		add_ratio(t, "wall", m, tool, true);
		add_over_floor(t, m, tool);
	}
	json_object_set_new(t, "cpu_samples", samples_json(s->cpu, s->count));
	json_object_set_new(t, "wall_samples", samples_json(s->wall, s->count));
	return t;
}

static json_t *judgement_json(const struct hn_judgement *j)
{
	json_t *list = json_array();

	for (size_t i = 0; i < j->count; i++) {
		const struct hn_judged *d = &j->items[i];

		json_array_append_new(list, json_pack(
			"{s:s,s:f,s:o,s:s,s:o}", "metric", d->key, "value", d->value, "base",
			d->has_base ? json_real(d->base) : json_null(), "verdict",
			hn_perf_name(d->said.verdict), "why", text_or_null(d->said.why)));
	}
	return list;
}

static json_t *workload_json(const struct hn_measured *m, const struct hn_judgement *j)
{
	json_t *tools = json_array(), *w;

	for (int t = 0; t < HN_TOOL_COUNT; t++)
		json_array_append_new(tools, tool_json(m, t));
	w = json_pack("{s:s,s:o,s:s,s:i,s:o,s:o,s:f,s:o,s:o,s:o}", "name", m->bench->name, "what",
		      text_or_null(m->bench->what), "file", m->bench->path, "line", m->bench->line,
		      "skip", text_or_null(m->skip), "failure", text_or_null(m->failure), "tolerance",
		      m->bench->tolerance, "tools", tools, "calls", figures_json(&m->calls),
		      "metrics", judgement_json(j));
	if (m->instructions > 0)
		json_object_set_new(w, "instructions", json_integer((json_int_t)m->instructions));
	if (m->no_instructions)
		json_object_set_new(w, "no_instructions", json_string(m->no_instructions));
	if (j->count)
		json_object_set_new(w, "verdict", json_string(hn_perf_name(j->worst)));
	return w;
}

static json_t *machine_json(const struct hn_machine *machine)
{
	json_t *object = json_object();

	for (int i = 0; i < HN_MACHINE_TRAITS; i++)
		json_object_set_new(object, hn_machine_trait_name(i),
				    text_or_null(machine->trait[i]));
	return object;
}

/* What a stop costs here at all; null if the helper is not to be had. */
static json_t *stop_cost(const struct hn_bench_plan *plan)
{
	CB_AUTO_BUF struct cb_buf path = CB_BUF_INIT;
	struct hn_answer answer;
	json_t *cost = NULL;
	struct cb_error err;

	if (!plan->helpers || !(plan->gates & HN_GATE_TIME))
		return json_null();
	cb_buf_addf(&path, "%s/stop-cost", plan->helpers);
	if (!access(path.data, X_OK)) {
		if (!hn_ask_program((char *[]){ path.data, NULL }, HELPER_MS, &answer, &err))
			cost = json_loads(answer.out.data, 0, NULL);
		hn_answer_destroy(&answer);
	}
	return cost ? cost : json_null();
}

json_t *hn_bench_json(const struct hn_bench_account *a)
{
	json_t *workloads = json_array();
	struct tm utc;
	char when[32];

	gmtime_r(&a->start, &utc);
	strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%S", &utc);
	for (size_t i = 0; i < a->count; i++)
		json_array_append_new(workloads,
				      workload_json(&a->measured[i], &a->judgements[i]));
	return json_pack("{s:s,s:s,s:I,s:o,s:o,s:s,s:o,s:o}", "catbox", catbox_version(), "started",
			 when, "seed", (json_int_t)a->seed, "machine", machine_json(a->machine),
			 "stop", stop_cost(a->plan), "baseline", a->baseline_path, "reason",
			 text_or_null(a->baseline->reason), "workloads", workloads);
}

void hn_bench_csv(const struct hn_bench_account *a, struct cb_buf *out)
{
	cb_buf_adds(out, "workload,tool,round,cpu_s,wall_s\n");
	for (size_t i = 0; i < a->count; i++)
		for (int t = 0; t < HN_TOOL_COUNT; t++)
			for (size_t r = 0; r < a->measured[i].series[t].count; r++)
				cb_buf_addf(out, "%s,%s,%zu,%.6f,%.6f\n",
					    a->measured[i].bench->name, hn_tools[t].name, r + 1,
					    a->measured[i].series[t].cpu[r],
					    a->measured[i].series[t].wall[r]);
}

/* --- JUnit */

static void add_metric(struct hn_report_suite *suite, const struct hn_bench_account *a,
		       const struct hn_judged *d)
{
	struct hn_result result = { .verdict = HN_PASSED, .ms = d->ms };
	CB_AUTO_BUF struct cb_buf text = CB_BUF_INIT;

	cb_buf_addf(&text, "%s: %s: %s", hn_perf_name(d->said.verdict), d->key, d->said.why);
	if (d->said.verdict == HN_PERF_REGRESSED)
		hn_result_add(&result, HN_FAILED, HN_PROBLEM_PERF, a->baseline_path,
			      d->line ? d->line : 1, text.data, NULL);
	else if (d->said.verdict == HN_PERF_NOISY || d->said.verdict == HN_PERF_INCOMPARABLE)
		hn_result_skip(&result, text.data);
	hn_report_add_case(suite, d->name, &result, NULL);
	hn_result_destroy(&result);
}

/* A workload that gave no figures is one case. */
static void add_without_figures(struct hn_report_suite *suite, const struct hn_measured *m)
{
	struct hn_result result = { .verdict = HN_PASSED };

	if (m->failure)
		hn_result_add(&result, HN_ERRED, strcmp(m->failure, "interrupted") != 0 ?
			      HN_PROBLEM_SETUP : HN_PROBLEM_INTERRUPTED, m->bench->path,
			      m->bench->line, m->failure, NULL);
	else
		hn_result_skip(&result, m->skip ? m->skip : "nothing of it is measured by the gates "
			       "that were asked for");
	hn_report_add_case(suite, "workload", &result, NULL);
	hn_result_destroy(&result);
}

static void add_ratio_properties(struct hn_report_suite *suite, const struct hn_measured *m)
{
	for (int t = 0; t < HN_TOOL_COUNT; t++)
		for (int wall = 0; wall < 2; wall++) {
			CB_AUTO_BUF struct cb_buf name = CB_BUF_INIT, value = CB_BUF_INIT;
			struct hn_ratio r;

			if (t == HN_TOOL_BARE || hn_measured_ratio(m, t, wall, &r, NULL))
				continue;
			cb_buf_addf(&name, "%s.%s", hn_tools[t].name, wall ? "wall" : "cpu");
			cb_buf_addf(&value, r.limited ? "%.4f (%.4f..%.4f, %zu pairs)" :
				    "%.4f (%.4f..%.4f, %zu pairs: no 95 %% interval)", r.estimate,
				    r.low, r.high, r.pairs);
			hn_report_add_property(suite, name.data, value.data);
		}
}

static void add_properties(struct hn_report_suite *suite, const struct hn_bench_account *a,
			   const struct hn_measured *m, const struct hn_judgement *j)
{
	char seed[32];

	hn_report_add_property(suite, "file", m->bench->path);
	hn_report_add_property(suite, "catbox", a->plan->program.catbox ? a->plan->program.catbox : "");
	for (int i = 0; i < HN_MACHINE_TRAITS; i++)
		if (a->machine->trait[i])
			hn_report_add_property(suite, hn_machine_trait_name(i),
					       a->machine->trait[i]);
	snprintf(seed, sizeof seed, "%llu", (unsigned long long)a->seed);
	hn_report_add_property(suite, "seed", seed);
	if (j->count)
		hn_report_add_property(suite, "verdict", hn_perf_name(j->worst));
	for (size_t i = 0; i < j->count; i++)
		if (j->items[i].said.verdict == HN_PERF_WARN)
			hn_report_add_property(suite, "warning", j->items[i].said.why);
	add_ratio_properties(suite, m);
}

static void add_unloadable(struct hn_report *report, const struct hn_benches *benches)
{
	struct hn_report_suite *suite = hn_report_add_suite(report, "bench");
	struct hn_result result = { .verdict = HN_ERRED, .problem = HN_PROBLEM_SETUP };
	CB_AUTO_BUF struct cb_buf message = CB_BUF_INIT;

	cb_buf_addf(&message, "%d file%s of workloads cannot be used", benches->errors,
		    benches->errors == 1 ? "" : "s");
	cb_buf_adds(&result.message, message.data);
	cb_buf_adds(&result.text, benches->complaints.data ? benches->complaints.data : "");
	hn_report_add_case(suite, "load", &result, NULL);
	hn_result_destroy(&result);
}

struct hn_report *hn_bench_junit(const struct hn_bench_account *a)
{
	struct hn_report *report = hn_report_new();

	if (a->benches->errors)
		add_unloadable(report, a->benches);
	for (size_t i = 0; i < a->count; i++) {
		const struct hn_measured *m = &a->measured[i];
		const struct hn_judgement *j = &a->judgements[i];
		CB_AUTO_BUF struct cb_buf name = CB_BUF_INIT;
		struct hn_report_suite *suite;

		cb_buf_addf(&name, "bench.%s", m->bench->name);
		suite = hn_report_add_suite(report, name.data);
		hn_report_set_start(suite, a->start);
		add_properties(suite, a, m, j);
		if (!j->count)
			add_without_figures(suite, m);
		for (size_t k = 0; k < j->count; k++)
			add_metric(suite, a, &j->items[k]);
	}
	return report;
}

/* --- the table */

static void ratio_column(const struct hn_measured *m, enum hn_tool tool, bool wall, FILE *out)
{
	struct hn_ratio r;
	char limits[40];

	if (tool == HN_TOOL_BARE || hn_measured_ratio(m, tool, wall, &r, NULL)) {
		fprintf(out, " %7s %-17s", "", "");
		return;
	}
	snprintf(limits, sizeof limits, r.limited ? "(%.3f..%.3f)" : "(%.3f..%.3f)?", r.low, r.high);
	fprintf(out, " %7.3f %-17s", r.estimate, limits);
}

static void tool_line(const struct hn_measured *m, enum hn_tool tool, FILE *out)
{
	const struct hn_series *s = &m->series[tool];

	if (!s->count)
		return;
	fprintf(out, "  %-24s %5zu %8.3f", hn_tools[tool].title, s->count,
		hn_median(s->cpu, s->count));
	ratio_column(m, tool, false, out);
	fprintf(out, " %8.3f", hn_median(s->wall, s->count));
	ratio_column(m, tool, true, out);
	if (s->peak_kib > 0)
		fprintf(out, " %8.0f", s->peak_kib);
	fputc('\n', out);
}

static void absent_lines(const struct hn_measured *m, FILE *out)
{
	for (int t = 0; t < HN_TOOL_COUNT; t++)
		if (m->series[t].absent && m->bench->tools[t] &&
		    strcmp(m->series[t].absent, "other tools are not asked for") != 0)
			fprintf(out, "  %s: left out: %s\n", hn_tools[t].title, m->series[t].absent);
}

static void verdict_lines(const struct hn_judgement *j, FILE *out)
{
	size_t counts[HN_PERF_COUNT] = { 0 }, nothing = 0;

	for (size_t i = 0; i < j->count; i++) {
		const struct hn_judged *d = &j->items[i];

		counts[d->said.verdict]++;
		nothing += !d->has_base;
		if (d->said.verdict != HN_PERF_OK && d->has_base)
			fprintf(out, "  %s: %s: %s\n", hn_perf_name(d->said.verdict), d->name,
				d->said.why);
	}
	if (nothing)
		fprintf(out, "  %zu metrics are not in the baseline\n", nothing);
	fputs(" ", out);
	for (int v = 0; v < HN_PERF_COUNT; v++)
		if (counts[v])
			fprintf(out, " %zu %s", counts[v], hn_perf_name(v));
	fputc('\n', out);
}

void hn_bench_table(const struct hn_measured *m, const struct hn_judgement *j, FILE *out)
{
	if (m->skip || m->failure) {
		fprintf(out, "%s: %s: %s\n", m->bench->name, m->failure ? "failed" : "skipped",
			m->failure ? m->failure : m->skip);
		fflush(out);
		return;
	}
	fprintf(out, "%s%s%s\n", m->bench->name, m->bench->what ? ": " : "",
		m->bench->what ? m->bench->what : "");
	if (m->series[HN_TOOL_BARE].count)
		fprintf(out, "  %-24s %5s %8s %25s %8s %25s %8s\n", "", "pairs", "cpu s",
			"times bare (95 %)       ", "wall s", "times bare (95 %)       ", "peak KiB");
	for (int t = 0; t < HN_TOOL_COUNT; t++)
		tool_line(m, t, out);
	absent_lines(m, out);
	if (m->no_instructions)
		fprintf(out, "  instructions not counted: %s\n", m->no_instructions);
	verdict_lines(j, out);
	fflush(out);
}
