/* SPDX-License-Identifier: MIT */
/* What was measured of a workload against the baseline: one judgement a metric. */
#ifndef HN_BENCH_JUDGE_H
#define HN_BENCH_JUDGE_H

#include "baseline.h"
#include "bench_measure.h"
#include "perf.h"

struct hn_judged {
	char *key;      /* in the baseline: "many/ptrace/cpu"; owned */
	char *name;     /* of the case in reports: "ptrace cpu"; owned */
	double value;
	double base;    /* if has_base */
	bool has_base;
	int line;       /* of the baseline's file; 0: it is not there */
	long long ms;   /* for the report: how long a traced run took */
	struct hn_perf_said said;
};

/* What one workload came to. */
struct hn_judgement {
	struct hn_judged *items; /* owned */
	size_t count;
	enum hn_perf worst;
};

/* Borrows m and baseline for the call. A workload that was not measured, or
 * failed, makes an empty judgement. */
void hn_bench_judge(struct hn_judgement *j, const struct hn_measured *m,
		    const struct hn_baseline *baseline, const struct hn_machine *here);
void hn_judgement_destroy(struct hn_judgement *j);

/* Puts what was measured into the baseline: metrics of that workload are replaced
 * kind by kind, as far as they were measured. */
void hn_bench_remember(struct hn_baseline *baseline, const struct hn_measured *m,
		       const struct hn_judgement *j);

/* Takes away what only holds on the machine that the baseline names. */
size_t hn_bench_forget_machine(struct hn_baseline *baseline);

#endif
