/* SPDX-License-Identifier: MIT */
/* Calls that change a file's metadata (mode, owner, times, attributes, flags)
 * are carried out by the tracer, on the file that it has judged: Landlock knows
 * nothing of them, so another thread could have the kernel take another file.
 * Never with more rights than the caller has. */
#ifndef CB_TRACE_METADATA_H
#define CB_TRACE_METADATA_H

#include "trace/run.h"

/* Is it such a call? Then its operand's place holds the file (CB_RESOLVE_HOLD). */
bool cb_metadata_is(const struct cb_syscall *row);

/* Makes the call for the tracee: true, and *result is what it returns. False: it
 * cannot be made with the caller's rights, and the kernel should do it. */
bool cb_metadata_carry_out(struct cb_run *run, const struct cb_call *call, long *result);

#endif
