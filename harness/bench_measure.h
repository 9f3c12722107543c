/* SPDX-License-Identifier: MIT */
/* Runs a workload under tools, round by round, and keeps what it cost. Judges
 * nothing. A round runs each tool once, in random order, each in a fresh copy of
 * the same directory; ratios are made within a round. Round 0 warms up and is not
 * counted, but for its counters. */
#ifndef HN_BENCH_MEASURE_H
#define HN_BENCH_MEASURE_H

#include "bench.h"
#include "place.h"
#include "program.h"
#include "ratio.h"

#include <stdint.h>
#include <stdio.h>

enum hn_gate {
	HN_GATE_COUNTERS = 1 << 0,
	HN_GATE_INSTRUCTIONS = 1 << 1,
	HN_GATE_TIME = 1 << 2,
};

/* How all workloads of a run are measured. */
struct hn_bench_plan {
	struct hn_program program;
	struct hn_place place;
	unsigned gates;     /* enum hn_gate */
	bool peers;         /* other tools too */
	long long pairs;    /* instead of the workload's own; 0: its own */
	uint64_t seed;      /* of the order; changes as it is used */
	char *helpers;      /* directory of call-count and stop-cost; owned */
	char *cache;        /* directory for what setups fetch; owned */
	FILE *progress;     /* lines about how far it is; borrowed; NULL: none */
	bool live;          /* ... which replace each other */
	int signal;         /* it was told to stop by that one */
};

/* Named numbers, sorted by name. */
struct hn_figure {
	char *name; /* owned */
	double value;
};

struct hn_figures {
	struct hn_figure *items; /* owned */
	size_t count;
};

void hn_figures_add(struct hn_figures *figures, const char *name, double value);
double hn_figures_get(const struct hn_figures *figures, const char *name, double otherwise);
void hn_figures_destroy(struct hn_figures *figures);

/* What one tool cost, round by round. */
struct hn_series {
	char *absent;       /* why it was not run; NULL: it was; owned */
	double *cpu, *wall; /* seconds, by round from the first that counts; owned */
	size_t count;
	double peak_kib;    /* the most memory that catbox itself held; 0: unknown */
	struct hn_figures counters; /* of catbox, in round 0 */
};

struct hn_measured {
	const struct hn_bench *bench; /* borrowed */
	char *skip;                   /* why it was not measured at all; owned */
	char *failure;                /* what went wrong; owned */
	struct hn_series series[HN_TOOL_COUNT];
	struct hn_figures calls;      /* the workload's own, without catbox */
	double instructions;          /* of the tracer; 0: not counted */
	char *no_instructions;        /* why not, if they were asked for; owned */
};

/* Measures one workload. All that can go wrong is in *m. */
void hn_bench_measure(struct hn_bench_plan *plan, const struct hn_bench *bench,
		      struct hn_measured *m);
void hn_measured_destroy(struct hn_measured *m);

/* The ratio of a tool to bare, of CPU or of wall time. Negative: it was not run. */
int hn_measured_ratio(const struct hn_measured *m, enum hn_tool tool, bool wall,
		      struct hn_ratio *ratio, struct cb_error *err);

#endif
