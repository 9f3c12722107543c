/* SPDX-License-Identifier: MIT */
/* What the threads of a run share and change while it runs: all of it, and what
 * guards it. One thread is all there is unless several supervisors serve the run
 * (trace/supervisors.h). Whatever else they look at is either the same from the first
 * process to the last (policy, settings, what was inherited, which files we write) or
 * a thread's own (struct cb_run says which is which); what the listener's calls need
 * has its guard in trace/listening.h.
 *
 * None of these locks is taken while another is held, and none is held while somebody of the run
 * is looked at, but for `acting`. */
#ifndef CB_TRACE_SHARED_H
#define CB_TRACE_SHARED_H

#include "trace/event.h"
#include "trace/reads.h"

#include <pthread.h>
#include <stdatomic.h>

struct cb_shared {
	struct cb_events events;  /* a lock of its own: one event at a time gets its number and
				   * goes to the sinks */
	pthread_mutex_t reading;  /* of `reads` */
	struct cb_reads reads;
	pthread_mutex_t acting;   /* held while a thread acts as somebody of the run: that changes,
				   * for the moment, what the whole process is (prctl(2),
				   * PR_SET_DUMPABLE) */

	/* Each goes one way, once; whoever changes the first two first acts on them. */
	atomic_bool stop;         /* a violation asks for the end of the run, and no more is told */
	atomic_bool rights_noted; /* it was said that somebody has rights that we cannot take on */
	atomic_bool rights_vary;  /* somebody of the run may have others than we; set before
				   * the call is answered by which it gets them */
	atomic_bool closing;      /* all are being killed: no call is answered any more */
	atomic_bool cancelled;    /* by the caller's thread, which then kills the first process */
	atomic_int failure;       /* a negative errno: the engine failed in a supervisor */
};

#endif
