/* SPDX-License-Identifier: MIT */
/* Runs cases, several at a time, until all have an outcome or a signal says to
 * stop. One thread; a case is a child process with a supervisor. */
#ifndef HN_SCHEDULE_H
#define HN_SCHEDULE_H

#include "case_run.h"
#include "console.h"
#include "result.h"
#include "suite.h"

struct hn_outcome {
	struct hn_result result;
	char *kept; /* where its directories are, or NULL */
};

struct hn_run {
	const struct hn_setup *setup;
	struct hn_console *console;
	struct hn_case **cases;       /* borrowed */
	size_t count;
	struct hn_outcome *outcomes;  /* one a case; owned by the caller */
	size_t jobs;                  /* at a time, at least 1 */
	long long max_failures;       /* 0: no limit */
	int signal;                   /* that ended the run, or 0 */
};

/* Blocks the signals that the run fetches; call it before the first fork. */
void hn_run_block_signals(void);

/* Fills outcomes and signal. */
void hn_run_cases(struct hn_run *run);

#endif
