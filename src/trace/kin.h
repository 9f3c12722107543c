/* SPDX-License-Identifier: MIT */
/* Who descends from whom, as /proc says it. Async-signal-safe: it is also used
 * between fork and exec of a threaded program. */
#ifndef CB_TRACE_KIN_H
#define CB_TRACE_KIN_H

#include <stdbool.h>
#include <sys/types.h>

/* The parent of a process or thread; 0: there is none, or it is not in our pid
 * namespace. A zombie still has one. */
pid_t cb_kin_parent(pid_t id);

/* Is it a descendant of `ancestor` (and not that one itself)? What was orphaned
 * belongs to the nearest child subreaper above it. */
bool cb_kin_descends(pid_t id, pid_t ancestor);

/* Calls fn for each process that does and has not ended. Returns how many. */
unsigned cb_kin_each(pid_t ancestor, void (*fn)(pid_t pid, void *ctx), void *ctx);

/* Sends SIGKILL to all of them, again and again until none is left that can make
 * another; `ancestor` must be a child subreaper, alive. */
void cb_kin_kill(pid_t ancestor);

#endif
