/* SPDX-License-Identifier: MIT */
/* Two processes above the command that keep a run together which nobody traces:
 * what is orphaned inside becomes theirs (PR_SET_CHILD_SUBREAPER), and when one of
 * them or whoever called ends, the other ends everything below. They share nothing
 * with the run but a pipe for reports, and have a session of their own, so that what
 * is sent to the command's group does not reach them.
 *
 *   caller - outer guard - inner guard - command - ... */
#ifndef CB_TRACE_GUARD_H
#define CB_TRACE_GUARD_H

#include <sys/resource.h>
#include <sys/types.h>

enum cb_report_kind {
	CB_REPORT_STARTED, /* pid: the command; value: the inner guard */
	CB_REPORT_STOPPED, /* the command was stopped; value: by which signal */
	CB_REPORT_ENDED,   /* the command has ended; value: its wait status */
	CB_REPORT_NOBODY,  /* and so has everybody else; the last one */
};

/* What the inner guard writes; each is written at once. */
struct cb_report {
	enum cb_report_kind kind;
	pid_t pid;
	int value;
	struct rusage usage; /* of ENDED: of the command and the children it waited for */
};

/* Becomes the outer guard, in a fresh child of `parent` with all signals blocked, and
 * never returns. `command` is called in the command's process. */
_Noreturn void cb_guard(pid_t parent, int report, void (*command)(void *ctx), void *ctx);

#endif
