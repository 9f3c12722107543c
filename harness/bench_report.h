/* SPDX-License-Identifier: MIT */
/* What a benchmark found, in the forms that others read: JSON (which the section
 * of the HTML page is made from), CSV, JUnit, and a table for people. */
#ifndef HN_BENCH_REPORT_H
#define HN_BENCH_REPORT_H

#include "bench_judge.h"
#include "junit.h"

#include <jansson.h>

/* All of one benchmark. Borrows everything. */
struct hn_bench_account {
	const struct hn_bench_plan *plan;
	const struct hn_machine *machine;
	const struct hn_baseline *baseline;
	const char *baseline_path;    /* as given, also if there is no such file */
	const struct hn_benches *benches; /* for what could not be loaded */
	const struct hn_measured *measured;
	const struct hn_judgement *judgements;
	size_t count;
	uint64_t seed;                /* that the orders came from */
	time_t start;
};

/* The caller drops it. */
json_t *hn_bench_json(const struct hn_bench_account *account);

/* Every sample: workload,tool,round,cpu_s,wall_s. */
void hn_bench_csv(const struct hn_bench_account *account, struct cb_buf *out);

/* A suite bench.NAME for each workload, a case for each metric. */
struct hn_report *hn_bench_junit(const struct hn_bench_account *account);

/* The table of one workload, and what is not as it should be. */
void hn_bench_table(const struct hn_measured *m, const struct hn_judgement *j, FILE *out);

#endif
