/* SPDX-License-Identifier: MIT */
/* Metrics of a workload, which rule each is judged by, and whether it can be
 * compared at all. */
#include "bench_judge.h"

#include "base/cleanup.h"

#include <string.h>

#define OWN_CALLS "workload" /* second part of keys: what the workload does by itself */
#define CPU "cpu"
#define INSTRUCTIONS "instructions"

/* What must be the same for figures of that kind to be compared. */
#define TIME_TRAITS HN_MACHINE_ALL
#define INSTRUCTION_TRAITS (1u << HN_MACHINE_CPU | 1u << HN_MACHINE_COMPILER | 1u << HN_MACHINE_FLAGS)

struct judging {
	struct hn_judgement *j;
	const struct hn_measured *m;
	const struct hn_baseline *baseline;
	const struct hn_machine *here;
	struct cb_buf changed; /* how the workload itself is another, if it is */
};

static char *key_of(const char *bench, const char *part, const char *name)
{
	CB_AUTO_BUF struct cb_buf key = CB_BUF_INIT;

	cb_buf_addf(&key, "%s/%s/%s", bench, part, name);
	return cb_buf_steal(&key);
}

/* "NAME" behind "BENCH/PART/", or NULL. */
static const char *name_in(const char *key, const char *bench, const char *part)
{
	size_t a = strlen(bench), b = strlen(part);

	if (strncmp(key, bench, a) != 0 || key[a] != '/' || strncmp(key + a + 1, part, b) != 0 ||
	    key[a + 1 + b] != '/')
		return NULL;
	return key + a + b + 2;
}

static bool is_counter(const char *name)
{
	return strcmp(name, CPU) != 0 && strcmp(name, INSTRUCTIONS) != 0;
}

/* Signals merge under load, and group-stops come with them; the sum says nothing
 * that its parts do not. */
static bool is_gated(const char *counter)
{
	static const char *const shown[] = { "stops.signal", "stops.group", "stops.total" };

	for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
		if (!strcmp(counter, shown[i]))
			return false;
	return true;
}

/* --- can it be compared? */

static void compare_call(struct judging *g, const char *name, double base, double now)
{
	struct hn_perf_said said;

	hn_perf_counter(&said, base, now);
	if (said.verdict == HN_PERF_OK)
		return;
	if (g->changed.len < 200)
		cb_buf_addf(&g->changed, "%s%s %s", g->changed.len ? "; " : "", name, said.why);
}

/* The workload's own calls. Without any in the baseline nothing is known. */
static void compare_workload(struct judging *g)
{
	const char *bench = g->m->bench->name;
	bool known = false;

	if (!g->m->calls.count)
		return;
	for (size_t i = 0; i < g->baseline->count; i++) {
		const struct hn_metric *metric = &g->baseline->metrics[i];
		const char *name = name_in(metric->key, bench, OWN_CALLS);

		if (!name)
			continue;
		known = true;
		compare_call(g, name, metric->value, hn_figures_get(&g->m->calls, name, 0));
	}
	for (size_t i = 0; known && i < g->m->calls.count; i++) {
		const struct hn_figure *call = &g->m->calls.items[i];
		CB_AUTO_FREE char *key = key_of(bench, OWN_CALLS, call->name);

		if (!hn_baseline_find(g->baseline, key))
			compare_call(g, call->name, 0, call->value);
	}
}

__attribute__((format(printf, 2, 3)))
static void incomparable(struct hn_judged *d, const char *format, ...)
{
	va_list ap;

	d->said.verdict = HN_PERF_INCOMPARABLE;
	va_start(ap, format);
	vsnprintf(d->said.why, sizeof d->said.why, format, ap);
	va_end(ap);
}

/* True, and says so, if that metric cannot be compared with its base. */
static bool is_incomparable(const struct judging *g, struct hn_judged *d, unsigned traits)
{
	enum hn_machine_trait trait;

	if (!d->has_base) {
		incomparable(d, "%.6g, and the baseline has nothing to compare it with", d->value);
		return true;
	}
	if (g->changed.len) {
		incomparable(d, "%.6g, but the workload itself is another: %s", d->value,
			     g->changed.data);
		return true;
	}
	trait = traits ? hn_machine_differ(g->here, &g->baseline->machine, traits) :
			 HN_MACHINE_TRAITS;
	if (trait < HN_MACHINE_TRAITS)
		incomparable(d, "%.6g, but the baseline is of another machine: %s '%s', here '%s'",
			     d->value, hn_machine_trait_name(trait),
			     g->baseline->machine.trait[trait], g->here->trait[trait]);
	return trait < HN_MACHINE_TRAITS;
}

/* --- the metrics */

/* A metric with its base, not judged yet. Valid until the next one. */
static struct hn_judged *add(struct judging *g, const char *part, const char *name, double value)
{
	struct hn_judgement *j = g->j;
	CB_AUTO_BUF struct cb_buf title = CB_BUF_INIT;
	const struct hn_metric *metric;
	struct hn_judged *d;

	cb_buf_addf(&title, "%s %s", part, name);
	j->items = cb_realloc(j->items, (j->count + 1) * sizeof *j->items);
	d = &j->items[j->count++];
	*d = (struct hn_judged){
		.key = key_of(g->m->bench->name, part, name),
		.name = cb_buf_steal(&title),
		.value = value,
	};
	metric = hn_baseline_find(g->baseline, d->key);
	if (metric) {
		d->has_base = true;
		d->base = metric->value;
		d->line = metric->line;
	}
	return d;
}

/* Does the baseline know counters of that workload and engine? Then one that it
 * does not name was 0. */
static bool knows_counters(const struct judging *g, const char *engine)
{
	for (size_t i = 0; i < g->baseline->count; i++) {
		const char *name = name_in(g->baseline->metrics[i].key, g->m->bench->name, engine);

		if (name && is_counter(name))
			return true;
	}
	return false;
}

static void judge_counter(struct judging *g, const char *engine, const char *name, double value,
			  bool known)
{
	struct hn_judged *d = add(g, engine, name, value);

	d->has_base = d->has_base || known;
	if (!is_incomparable(g, d, 0))
		hn_perf_counter(&d->said, d->base, value);
}

static void judge_counters(struct judging *g, enum hn_tool tool)
{
	const struct hn_figures *counters = &g->m->series[tool].counters;
	const char *engine = hn_tools[tool].name;
	bool known = knows_counters(g, engine);

	for (size_t i = 0; i < counters->count; i++)
		if (is_gated(counters->items[i].name))
			judge_counter(g, engine, counters->items[i].name, counters->items[i].value,
				      known);
	for (size_t i = 0; counters->count && i < g->baseline->count; i++) {
		const char *name = name_in(g->baseline->metrics[i].key, g->m->bench->name, engine);

		if (name && is_counter(name) && hn_figures_get(counters, name, -1) < 0)
			judge_counter(g, engine, name, 0, known);
	}
}

static void judge_instructions(struct judging *g)
{
	struct hn_judged *d;

	if (!(g->m->instructions > 0))
		return;
	d = add(g, hn_tools[HN_TOOL_PTRACE].name, INSTRUCTIONS, g->m->instructions);
	if (!is_incomparable(g, d, INSTRUCTION_TRAITS))
		hn_perf_instructions(&d->said, d->base, d->value);
}

static void judge_time(struct judging *g, enum hn_tool tool)
{
	const struct hn_series *s = &g->m->series[tool];
	struct hn_ratio ratio, bare;
	struct hn_judged *d;
	struct cb_error err;

	if (hn_measured_ratio(g->m, tool, false, &ratio, &err))
		return;
	d = add(g, hn_tools[tool].name, CPU, ratio.estimate);
	d->ms = (long long)(hn_median(s->wall, s->count) * 1000);
	if (is_incomparable(g, d, TIME_TRAITS))
		return;
	if (hn_measured_ratio(g->m, HN_TOOL_BARE_AGAIN, false, &bare, &err))
		bare = (struct hn_ratio){ 1, 1, 1, false, 0 };
	hn_perf_time(&d->said, d->base, &ratio, &bare, g->m->bench->tolerance);
}

void hn_bench_judge(struct hn_judgement *j, const struct hn_measured *m,
		    const struct hn_baseline *baseline, const struct hn_machine *here)
{
	struct judging g = { j, m, baseline, here, CB_BUF_INIT };

	*j = (struct hn_judgement){ .worst = HN_PERF_IMPROVED };
	if (m->skip || m->failure)
		return;
	compare_workload(&g);
	for (int t = 0; t < HN_TOOL_COUNT; t++)
		if (hn_tools[t].kind == HN_TOOL_KIND_ENGINE)
			judge_counters(&g, t);
	judge_instructions(&g);
	for (int t = 0; t < HN_TOOL_COUNT; t++)
		if (hn_tools[t].kind == HN_TOOL_KIND_ENGINE)
			judge_time(&g, t);
	for (size_t i = 0; i < j->count; i++)
		j->worst = hn_perf_worse(j->worst, j->items[i].said.verdict);
	cb_buf_destroy(&g.changed);
}

void hn_judgement_destroy(struct hn_judgement *j)
{
	for (size_t i = 0; i < j->count; i++) {
		free(j->items[i].key);
		free(j->items[i].name);
	}
	free(j->items);
	*j = (struct hn_judgement){ .items = NULL };
}

/* --- into the baseline */

/* Is that a counter, of a tool or of the workload itself, that was measured anew? */
static int is_replaced(const char *key, void *ctx)
{
	const struct hn_measured *m = ctx;
	const char *name;

	if (m->calls.count && name_in(key, m->bench->name, OWN_CALLS))
		return 1;
	for (int t = 0; t < HN_TOOL_COUNT; t++) {
		name = m->series[t].counters.count ?
			name_in(key, m->bench->name, hn_tools[t].name) : NULL;
		if (name && is_counter(name))
			return 1;
	}
	return 0;
}

void hn_bench_remember(struct hn_baseline *baseline, const struct hn_measured *m,
		       const struct hn_judgement *j)
{
	if (m->skip || m->failure)
		return;
	hn_baseline_drop(baseline, is_replaced, (void *)m);
	for (size_t i = 0; i < m->calls.count; i++) {
		CB_AUTO_FREE char *key = key_of(m->bench->name, OWN_CALLS, m->calls.items[i].name);

		hn_baseline_set(baseline, key, m->calls.items[i].value);
	}
	for (size_t i = 0; i < j->count; i++)
		if (j->items[i].value > 0 || !is_counter(strrchr(j->items[i].key, '/') + 1))
			hn_baseline_set(baseline, j->items[i].key, j->items[i].value);
}

static int is_of_machine(const char *key, void *ctx)
{
	const char *name = strrchr(key, '/');

	(void)ctx;
	return name && !is_counter(name + 1);
}

size_t hn_bench_forget_machine(struct hn_baseline *baseline)
{
	return hn_baseline_drop(baseline, is_of_machine, NULL);
}
