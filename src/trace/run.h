/* SPDX-License-Identifier: MIT */
/* One run of one command, as one of its threads sees it: the one that keeps it, which
 * judges too where there is no other, or one of several supervisors. */
#ifndef CB_TRACE_RUN_H
#define CB_TRACE_RUN_H

#include "linux/identity.h"
#include "linux/processor.h"
#include "policy/policy.h"
#include "trace/call.h"
#include "trace/engine.h"
#include "trace/event.h"
#include "trace/hook.h"
#include "trace/lock.h"
#include "trace/shared.h"

/* A file known by what it is, not by name. */
struct cb_file_id {
	dev_t dev;
	ino_t ino;
};

struct cb_run_totals {
	unsigned long long violations;
	unsigned long long expected;
	unsigned long long leftovers;
	unsigned long long faked;       /* calls whose effect was recorded in place of it */
	unsigned long long processes;   /* made in all, the first one included */
	unsigned long long evaluations; /* times the policy was asked */
	unsigned long long bytes_read;  /* copied from the memory of tracees */
};

struct cb_pretend; /* pretend.h */

struct cb_run {
	/* --- of all threads, guarded as shared.h says */
	struct cb_shared *shared;              /* owned by the one that keeps the run */
	struct cb_events *events;              /* of shared */

	/* --- this thread's own */
	struct cb_policy_scratch *scratch;     /* owned */
	struct cb_memory memory;               /* how tracees are read here */
	struct cb_resolver resolver;
	struct cb_call *call;                  /* the one being judged; reused; owned */
	struct cb_engine_state *state;         /* owned */
	struct cb_run_totals totals;           /* of supervisors: added up when they have ended */
	unsigned long long *calls_by_row;      /* judged calls, by row of the table; owned */
	struct cb_processor processor;         /* of the thread that traces */
	struct cb_identity ours;               /* scratch: the tracing thread's rights; owned */
	pid_t ptrace_noted;                    /* who was last told why ptrace(2) fails */

	/* --- where one thread does everything (cb_supervisors_limit) */
	struct cb_pretend *pretend;            /* NULL: nothing is pretended; owned */
	struct cb_hooks hooks;

	/* --- the same in all threads, from the first call on */
	const struct cb_policy *policy;        /* borrowed, frozen */
	const struct cb_settings *settings;    /* of policy */
	struct cb_needs needs;
	struct cb_lock lock;                   /* the second one */
	const struct cb_engine *engine;
	int supervisors;                       /* threads that judge; 1: this one */
	struct cb_file_id *inherited;          /* files and devices open for writing at the start; owned */
	size_t inherited_count;
	struct cb_file_id *read_only;          /* what has no name and was given for reading; owned */
	size_t read_only_count;
	char **outputs;                        /* canonical paths that catbox writes; owned */
	size_t output_count;

	bool unprivileged;                     /* file capabilities would matter */
	pid_t root;                            /* the first process */
	pid_t group;                           /* the process group it was started in */
	bool cancellable;                      /* somebody may cancel it: never wait for long */
	bool only_continue;                    /* nothing is judged: what do the stops alone cost? */
};

/* The run as one more thread sees it, which has set up all that stays the same; needs
 * an engine state. On failure nothing is left to destroy. */
int cb_run_view_init(struct cb_run *view, const struct cb_run *run, struct cb_error *err);

/* Adds what it has counted to the run's totals. */
void cb_run_view_destroy(struct cb_run *view, struct cb_run *run);

/* Judges a call: fills *answer and records events. 0, CB_GONE, or -errno. */
int cb_judge(struct cb_run *run, pid_t tid, const struct cb_entry *entry,
	     struct cb_answer *answer);

/* Is a file that catbox writes below this directory? */
bool cb_holds_output(const struct cb_run *run, const struct cb_place *place);

/* What a place is besides its path (enum cb_object), for built-in rules. */
unsigned cb_object_of(const struct cb_run *run, const struct cb_place *place);

/* A signal comes that may end a process with a core file: sees to it that none
 * is written where the policy refuses it. */
void cb_core_prevent(struct cb_run *run, pid_t tid);

/* Tells of an exec that is allowed and about to happen, for engines that do not. */
void cb_exec_foresee(struct cb_run *run, const struct cb_call *call);

/* --- calls that aim at a process */

enum cb_target {
	CB_TARGET_NONE,    /* the row has no such argument */
	CB_TARGET_INSIDE,  /* it belongs to the run, or the kernel refuses it anyway */
	CB_TARGET_OUTSIDE, /* it does not: *target says whom */
	CB_TARGET_MISSING, /* there is no such process: ESRCH */
	CB_TARGET_SHARED,  /* a process group with members on both sides */
};

enum cb_target cb_target_of(const struct cb_run *run, const struct cb_call *call,
			    long long *target);

/* Signal 0 to somebody outside, asked with the caller's rights, as the second lock
 * would refuse it. Returns the call's result, or 1: the kernel should answer. */
long cb_target_probe(struct cb_run *run, pid_t caller, long long target);

/* Carries out kill(2) on the members of the run of a shared group, those that
 * the caller may signal. Returns the call's result. */
long cb_target_signal_members(const struct cb_run *run, pid_t caller, pid_t group, int signal);

#endif
