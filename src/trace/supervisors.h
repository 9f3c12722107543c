/* SPDX-License-Identifier: MIT */
/* Threads that judge the calls of a run. Where there is one, it is the thread that
 * keeps the run (trace/loop.h); where there are several, that one hears of the run's
 * processes and its end, and they of calls alone. What they share: trace/shared.h. */
#ifndef CB_TRACE_SUPERVISORS_H
#define CB_TRACE_SUPERVISORS_H

#include "trace/run.h"

#define CB_SUPERVISORS_MAX 16

struct cb_supervisor;

struct cb_supervisors {
	struct cb_run *run;         /* borrowed */
	struct cb_supervisor *list; /* owned */
	int count;                  /* of those that run; 0: the run has one thread */
};

/* Why this run cannot have several, as the end of a sentence; NULL: it can. */
const char *cb_supervisors_limit(const struct cb_run *run);

/* Starts those of run->supervisors, if there are to be several. On failure none is left. */
int cb_supervisors_start(struct cb_supervisors *s, struct cb_run *run, struct cb_error *err);

/* Waits until each has done with its call, and adds up what they counted. */
void cb_supervisors_end(struct cb_supervisors *s);

/* Judges and answers a call: 0, CB_GONE, or a negative errno. */
int cb_supervise(struct cb_run *run, const struct cb_occurrence *call);

#endif
