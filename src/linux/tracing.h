/* SPDX-License-Identifier: MIT */
/* ptrace(2) with types: what a stopped tracee was stopped for, the call it is
 * about to make, and how to let it go on. The only caller of ptrace(2).
 * Every function that acts on a tracee may find it dead, which is normal:
 * CB_GONE. Other failures are -errno. */
#ifndef CB_LINUX_TRACING_H
#define CB_LINUX_TRACING_H

#include "linux/syscalls.h"

#include <sys/resource.h>
#include <sys/types.h>

#define CB_GONE 1

enum cb_stop_kind {
	CB_STOP_EXITED,  /* gone; value = exit status */
	CB_STOP_KILLED,  /* gone; value = signal */
	CB_STOP_CALL,    /* the filter stopped a system call at its entry */
	CB_STOP_FORK,    /* made a child or thread; value = its tid */
	CB_STOP_EXEC,    /* runs a new program; tid is that of the thread group now */
	CB_STOP_START,   /* first stop of a child, or woken from a group-stop */
	CB_STOP_SIGNAL,  /* value = signal about to be delivered */
	CB_STOP_GROUP,   /* stopped by job control; value = signal */
	CB_STOP_OTHER,   /* nothing to do but go on */
};

struct cb_stop {
	enum cb_stop_kind kind;
	pid_t tid;
	long value;
	bool vfork; /* CB_STOP_FORK by vfork: the child shares the memory */
	bool clone; /* CB_STOP_FORK by another clone: maybe a thread */
	struct rusage usage; /* of one that is gone, with the children it waited for */
};

/* Waits for the next stop of a tracee of this thread. `block` false: does not
 * wait. Returns 0, CB_GONE when nothing is to be reported (not blocking), or
 * -ECHILD when there is nothing left to wait for. */
int cb_stop_next(struct cb_stop *stop, bool block);

/* The call at a CB_STOP_CALL. */
struct cb_entry {
	enum cb_abi abi;
	unsigned long long number;
	unsigned long long args[CB_ARGS];
};

/* Attaches to a process of ours with the options of a run; it is not stopped. */
int cb_tracing_seize(pid_t pid);

/* -ENOSYS: the kernel does not tell (before Linux 5.3). */
int cb_tracing_entry(pid_t tid, struct cb_entry *entry);

/* At a CB_STOP_CALL: the kernel skips the call, and it returns `result`
 * (a negative errno, or a value). */
int cb_tracing_answer(pid_t tid, long result);

/* At a CB_STOP_CALL: changes one argument of the call. */
int cb_tracing_set_arg(pid_t tid, enum cb_abi abi, int index, unsigned long long value);
int cb_tracing_continue(pid_t tid, int signal);

/* Lets go on who was stopped at a judged call. */
int cb_tracing_continue_call(pid_t tid);

/* Requests of ptrace(2) that make somebody a tracer. */
#define CB_TRACEME 0
bool cb_tracing_begins(unsigned long long request);

/* Is there something of this tracee still to be waited for, if only its end? */
bool cb_tracing_is_ours(pid_t tid);

/* Leaves a tracee in its group-stop. */
int cb_tracing_listen(pid_t tid);

/* One word of a tracee's memory, the slowest way and the last resort. */
int cb_tracing_peek(pid_t tid, unsigned long long addr, unsigned long *word);
int cb_tracing_poke(pid_t tid, unsigned long long addr, unsigned long word);

#endif
