/* SPDX-License-Identifier: MIT */
/* Runs cases, several at a time, until all have an outcome or a signal says to
 * stop. One thread; a case is a child process with a supervisor. */
#ifndef HN_SCHEDULE_H
#define HN_SCHEDULE_H

#include "case_run.h"
#include "console.h"
#include "result.h"
#include "task.h"

struct hn_outcome {
	struct hn_result result;
	char *kept; /* where its directories are, or NULL */
	int attempts; /* that failed before this one */
	struct cb_buf earlier; /* the text of the first of them */
};

struct hn_run {
	const struct hn_setup *setup;
	struct hn_console *console;
	const struct hn_tasks *tasks; /* borrowed */
	const size_t *order;          /* their numbers as they are started; NULL: as they stand */
	struct hn_outcome *outcomes;  /* one a task; owned by the caller */
	size_t jobs;                  /* at a time, at least 1 */
	long long max_failures;       /* 0: no limit */
	int retries;                  /* of a case that fails */
	int signal;                   /* that ended the run, or 0 */
};

/* Blocks the signals that the run fetches; call it before the first fork. */
void hn_run_block_signals(void);

/* Fills outcomes and signal. */
void hn_run_cases(struct hn_run *run);

void hn_outcomes_free(struct hn_outcome *outcomes, size_t count);

#endif
