/* SPDX-License-Identifier: MIT */
/* Workloads as written in suites/bench/: what is run, how often, and what it is
 * compared with. Plain data; loading checks all of it. */
#ifndef HN_BENCH_H
#define HN_BENCH_H

#include "bench_tool.h"
#include "text.h"

#include <stdbool.h>

struct hn_bench {
	char *name;        /* unique among all; letters, digits and ._+- ; owned, as are all */
	char *path;        /* of the suite, as given */
	int line;
	char *what;        /* a sentence for people; may be NULL */
	char *fixture;     /* directory that is copied; NULL: none */
	char *fixtures;    /* directory of fixtures; may be missing */
	char *setup;       /* run once, before: what it leaves is what runs find; or NULL */
	char *run;
	long long timeout_ms; /* of one run */
	long long setup_timeout_ms;
	long long pairs;      /* that count */
	long long peer_pairs; /* of tools that are compared and not gated */
	double tolerance;     /* of the time ratio */
	bool tools[HN_TOOL_COUNT]; /* it is run under, where they work */
	bool instructions;    /* the tracer's instructions are counted too */
	bool one_processor;   /* all of a run shares one: what a stop costs is steadier */
	bool large;           /* not part of the quick set */
	struct hn_strings requires;
	struct hn_strings options; /* of catbox run */
};

struct hn_benches {
	struct hn_bench **items; /* in the order of files; owned */
	size_t count;
	struct cb_buf complaints; /* lines "file:line:col: error: ..." */
	int errors;               /* files that cannot be used */
};

/* Loads one file and appends; of a file that is not right nothing is added. */
void hn_bench_load(struct hn_benches *benches, const char *path);

/* Loads the named files (or NAME for suites/bench/NAME.yaml), without names all
 * of suites/bench/. */
int hn_bench_load_named(struct hn_benches *benches, char *const names[], int count,
			struct cb_error *err);
void hn_benches_destroy(struct hn_benches *benches);

#endif
