/* SPDX-License-Identifier: MIT */
/* The processor of the tracing thread. Left to the scheduler, it wanders after whom it
 * traces, and each wake-up finds it on an idle processor with nothing of it in the caches:
 * staying on one made GNU hello's build cost 1.076 times as much as bare where it cost 1.103
 * before, and 540 short processes 1.17 instead of 1.23 (Linux 6.18, 2 processors). */
#ifndef CB_LINUX_PROCESSOR_H
#define CB_LINUX_PROCESSOR_H

#include <sched.h>
#include <stdbool.h>

#define CB_PROCESSOR_SETS 8 /* of 1024 processors each */

/* Of one thread; zero: it goes where it is sent. */
struct cb_processor {
	cpu_set_t allowed[CB_PROCESSOR_SETS]; /* where it may run otherwise */
	cpu_set_t chosen[CB_PROCESSOR_SETS];  /* where it stays: one of them */
	bool wanted, stays;
	unsigned turns;
};

/* The calling thread stays where it is from now on. A thread that may run on one
 * processor only, or whose mask cannot be had, is left alone for good. */
void cb_processor_stay(struct cb_processor *p);

/* It may run wherever it might before: for what others do in this thread, or inherit from
 * it. Who has changed its mask meanwhile has the last word: it does not stay again. */
void cb_processor_leave(struct cb_processor *p);

/* To be called once a turn: lets it move now and then, as what it traces may have moved. */
void cb_processor_turn(struct cb_processor *p);

#endif
