/* SPDX-License-Identifier: MIT */
/* From what was measured to verdicts: what is compared, and what is not. */
#include "unit.h"

#include "base/cleanup.h"
#include "bench_judge.h"
#include "bench_section.h"

#include <string.h>

static const struct hn_bench bench = { .name = (char *)"w", .path = (char *)"s", .tolerance = 0.05 };

static void set_machine(struct hn_machine *machine, const char *cpu, const char *kernel)
{
	for (int i = 0; i < HN_MACHINE_TRAITS; i++)
		machine->trait[i] = cb_strdup("same");
	free(machine->trait[HN_MACHINE_CPU]);
	machine->trait[HN_MACHINE_CPU] = cb_strdup(cpu);
	free(machine->trait[HN_MACHINE_KERNEL]);
	machine->trait[HN_MACHINE_KERNEL] = cb_strdup(kernel);
}

static void set_series(struct hn_series *s, double cpu)
{
	s->count = 6;
	s->cpu = cb_alloc(s->count * sizeof *s->cpu);
	s->wall = cb_alloc(s->count * sizeof *s->wall);
	for (size_t i = 0; i < s->count; i++)
		s->cpu[i] = s->wall[i] = cpu * (1 + (double)i / 1000);
}

/* Twice bare, 100 stops, one million instructions. */
static void set_measured(struct hn_measured *m)
{
	*m = (struct hn_measured){ .bench = &bench, .instructions = 1000000 };
	set_series(&m->series[HN_TOOL_BARE], 1);
	set_series(&m->series[HN_TOOL_BARE_AGAIN], 1);
	set_series(&m->series[HN_TOOL_PTRACE], 2);
	hn_figures_add(&m->series[HN_TOOL_PTRACE].counters, "stops.seccomp", 100);
	hn_figures_add(&m->series[HN_TOOL_PTRACE].counters, "stops.signal", 7);
	hn_figures_add(&m->calls, "mkdir", 50);
}

static const struct hn_judged *judged(const struct hn_judgement *j, const char *key)
{
	for (size_t i = 0; i < j->count; i++)
		if (!strcmp(j->items[i].key, key))
			return &j->items[i];
	return NULL;
}

static enum hn_perf verdict(const struct hn_judgement *j, const char *key)
{
	const struct hn_judged *d = judged(j, key);

	return d ? d->said.verdict : HN_PERF_COUNT;
}

/* Three gates, the change of one figure each, and the verdict that it leads to. */
static void test_gates(void)
{
	static const struct {
		const char *key;
		double base;
		const char *cpu, *kernel; /* of the baseline; here both are "same" */
		enum hn_perf verdict;
	} rows[] = {
		{ "w/ptrace/stops.seccomp", 100, "same", "same", HN_PERF_OK },
		{ "w/ptrace/stops.seccomp", 97, "other", "other", HN_PERF_REGRESSED },
		{ "w/ptrace/stops.seccomp", 103, "same", "same", HN_PERF_IMPROVED },
		{ "w/ptrace/instructions", 1000000, "same", "other", HN_PERF_OK },
		{ "w/ptrace/instructions", 980000, "same", "other", HN_PERF_REGRESSED },
		{ "w/ptrace/instructions", 980000, "other", "same", HN_PERF_INCOMPARABLE },
		{ "w/ptrace/cpu", 2, "same", "same", HN_PERF_OK },
		{ "w/ptrace/cpu", 1.8, "same", "same", HN_PERF_REGRESSED },
		{ "w/ptrace/cpu", 2.2, "same", "same", HN_PERF_IMPROVED },
		{ "w/ptrace/cpu", 1.8, "same", "other", HN_PERF_INCOMPARABLE },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct hn_baseline baseline = { .path = NULL };
		struct hn_machine here;
		struct hn_measured m;
		struct hn_judgement j;

		set_measured(&m);
		set_machine(&here, "same", "same");
		set_machine(&baseline.machine, rows[i].cpu, rows[i].kernel);
		hn_baseline_set(&baseline, rows[i].key, rows[i].base);
		hn_baseline_set(&baseline, "w/workload/mkdir", 50);
		hn_bench_judge(&j, &m, &baseline, &here);
		CU_ASSERT_EQUAL(verdict(&j, rows[i].key), rows[i].verdict);
		CU_ASSERT_PTR_NULL(judged(&j, "w/ptrace/stops.signal"));
		hn_judgement_destroy(&j);
		hn_measured_destroy(&m);
		hn_machine_destroy(&here);
		hn_baseline_destroy(&baseline);
	}
}

static void test_another_workload(void)
{
	struct hn_baseline baseline = { .path = NULL };
	struct hn_machine here;
	struct hn_measured m;
	struct hn_judgement j;
	const struct hn_judged *cpu;

	set_measured(&m);
	set_machine(&here, "same", "same");
	set_machine(&baseline.machine, "same", "same");
	hn_baseline_set(&baseline, "w/ptrace/stops.seccomp", 10);
	hn_baseline_set(&baseline, "w/ptrace/cpu", 1);
	hn_baseline_set(&baseline, "w/workload/mkdir", 50);
	hn_baseline_set(&baseline, "w/workload/rename", 9);
	hn_bench_judge(&j, &m, &baseline, &here);
	CU_ASSERT_EQUAL(verdict(&j, "w/ptrace/stops.seccomp"), HN_PERF_INCOMPARABLE);
	CU_ASSERT_EQUAL(verdict(&j, "w/ptrace/cpu"), HN_PERF_INCOMPARABLE);
	cpu = judged(&j, "w/ptrace/cpu");
	CU_ASSERT_TRUE(cpu && strstr(cpu->said.why, "rename 0"));
	CU_ASSERT_EQUAL(j.worst, HN_PERF_INCOMPARABLE);
	hn_judgement_destroy(&j);
	hn_measured_destroy(&m);
	hn_machine_destroy(&here);
	hn_baseline_destroy(&baseline);
}

/* A counter that one side does not name was 0 there. */
static void test_missing_counters(void)
{
	struct hn_baseline baseline = { .path = NULL };
	struct hn_machine here = { { NULL } };
	struct hn_measured m;
	struct hn_judgement j;

	set_measured(&m);
	hn_figures_add(&m.series[HN_TOOL_PTRACE].counters, "calls.new", 5);
	hn_bench_judge(&j, &m, &baseline, &here);
	CU_ASSERT_EQUAL(verdict(&j, "w/ptrace/calls.new"), HN_PERF_INCOMPARABLE);
	hn_judgement_destroy(&j);
	hn_baseline_set(&baseline, "w/ptrace/stops.seccomp", 100);
	hn_baseline_set(&baseline, "w/ptrace/calls.old", 5);
	hn_baseline_set(&baseline, "ww/ptrace/calls.else", 5);
	hn_bench_judge(&j, &m, &baseline, &here);
	CU_ASSERT_EQUAL(verdict(&j, "w/ptrace/calls.new"), HN_PERF_REGRESSED);
	CU_ASSERT_EQUAL(verdict(&j, "w/ptrace/calls.old"), HN_PERF_IMPROVED);
	CU_ASSERT_PTR_NULL(judged(&j, "w/ptrace/calls.else"));
	hn_judgement_destroy(&j);
	hn_measured_destroy(&m);
	hn_baseline_destroy(&baseline);
}

static void test_remembered(void)
{
	struct hn_baseline baseline = { .path = NULL };
	struct hn_machine here = { { NULL } };
	struct hn_measured m;
	struct hn_judgement j;

	set_measured(&m);
	hn_baseline_set(&baseline, "w/ptrace/calls.old", 5);
	hn_baseline_set(&baseline, "w/notify/calls.old", 5);
	hn_baseline_set(&baseline, "w/notify/cpu", 5);
	hn_baseline_set(&baseline, "v/ptrace/calls.old", 5);
	CU_ASSERT_EQUAL(hn_bench_forget_machine(&baseline), 1);
	hn_bench_judge(&j, &m, &baseline, &here);
	hn_bench_remember(&baseline, &m, &j);
	CU_ASSERT_PTR_NULL(hn_baseline_find(&baseline, "w/ptrace/calls.old"));
	CU_ASSERT_PTR_NOT_NULL(hn_baseline_find(&baseline, "w/notify/calls.old"));
	CU_ASSERT_PTR_NOT_NULL(hn_baseline_find(&baseline, "v/ptrace/calls.old"));
	CU_ASSERT_EQUAL(hn_baseline_find(&baseline, "w/ptrace/stops.seccomp")->value, 100);
	CU_ASSERT_EQUAL(hn_baseline_find(&baseline, "w/ptrace/instructions")->value, 1000000);
	CU_ASSERT_EQUAL(hn_baseline_find(&baseline, "w/workload/mkdir")->value, 50);
	CU_ASSERT_PTR_NOT_NULL(hn_baseline_find(&baseline, "w/ptrace/cpu"));
	CU_ASSERT_PTR_NULL(hn_baseline_find(&baseline, "w/ptrace/stops.signal"));
	hn_judgement_destroy(&j);
	hn_measured_destroy(&m);
	hn_baseline_destroy(&baseline);
}

/* A page is made of anything, and nothing in it becomes markup. */
static void test_section(void)
{
	static const char *const texts[] = {
		"{}", "{\"workloads\": 7}", "{\"workloads\": [{}, 3, {\"tools\": [{}, null]}]}",
		"{\"workloads\": [{\"name\": \"<b>&\", \"skip\": \"<i>\", \"tools\": [{\"title\": \"<u>\", "
		"\"cpu_samples\": [1], \"cpu\": {\"ratio\": 2, \"low\": 1, \"high\": 3}}, "
		"{\"cpu\": {\"ratio\": -1, \"low\": 0, \"high\": 3}}], "
		"\"metrics\": [{\"verdict\": \"REGRESSED\", \"metric\": \"<s>\", \"why\": \"<p>\"}]}]}",
	};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		CB_AUTO_BUF struct cb_buf out = CB_BUF_INIT;
		json_t *json = json_loads(texts[i], 0, NULL);

		CU_ASSERT_PTR_NOT_NULL_FATAL(json);
		hn_bench_section(&out, json);
		CU_ASSERT_EQUAL(strncmp(out.data, "<section", 8), 0);
		CU_ASSERT_PTR_NOT_NULL(strstr(out.data, "</section>\n"));
		for (const char *tag = "bius"; i == 3 && *tag; tag++) {
			char open[4] = { '<', *tag, '>', '\0' };

			CU_ASSERT_PTR_NULL(strstr(out.data, open));
		}
		if (i == 3) {
			CU_ASSERT_PTR_NOT_NULL(strstr(out.data, "&lt;b&gt;&amp;"));
			CU_ASSERT_PTR_NOT_NULL(strstr(out.data, "<circle"));
			CU_ASSERT_PTR_NOT_NULL(strstr(out.data, "class=\"REGRESSED\""));
		}
		json_decref(json);
	}
}

HN_UNIT_SUITE("bench-judge", { "gates", test_gates }, { "another workload", test_another_workload },
	      { "missing counters", test_missing_counters }, { "remembered", test_remembered },
	      { "section", test_section });
