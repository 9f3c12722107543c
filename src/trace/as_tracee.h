/* SPDX-License-Identifier: MIT */
/* Doing something with exactly the rights of a tracee. */
#ifndef CB_TRACE_AS_TRACEE_H
#define CB_TRACE_AS_TRACEE_H

#include "trace/run.h"

/* Calls fn with the ids, groups and capabilities of the tracee: true, *result
 * is its value. False: they are not to be had here; nothing was called. */
bool cb_as_tracee(struct cb_run *run, pid_t tid, long (*fn)(void *ctx), void *ctx, long *result);

#endif
