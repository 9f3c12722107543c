/* SPDX-License-Identifier: MIT */
/* What the command line and the environment say about a run. */
#ifndef HN_RUN_OPTIONS_H
#define HN_RUN_OPTIONS_H

#include "case_run.h"
#include "select.h"

#include <stdint.h>

struct hn_run_options {
	struct hn_selection selection;
	struct hn_setup setup;
	const char *junit;   /* always one; the others may be NULL */
	const char *tap, *html, *json;
	const char *engine;  /* ptrace, notify, both, or NULL */
	bool extended;       /* JUnit in the extended dialect */
	bool github;
	bool failed;         /* only what failed in the report at `junit` */
	bool random;         /* order; by `seed` */
	bool seeded;         /* the seed was given */
	bool accept, dry_run;
	unsigned long long seed;
	long long jobs;
	long long max_failures;
	long long retries;
	char *const *names;  /* suites */
	int name_count;
};

/* Fills all of it; strings are borrowed from argv and the environment. */
int hn_run_options_parse(struct hn_run_options *o, int argc, char *argv[], struct cb_error *err);

#endif
