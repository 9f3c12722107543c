/* SPDX-License-Identifier: MIT */
/* What /proc says about a tracee. Nothing is kept: it is read when asked. */
#ifndef CB_TRACE_PROC_H
#define CB_TRACE_PROC_H

#include "base/buf.h"

#include <stdbool.h>
#include <sys/types.h>

struct cb_proc_names {
	pid_t tgid;
	pid_t ppid;
	char comm[64];     /* raw bytes */
	struct cb_buf exe; /* path of the program; empty if unknown */
};

/* The thread group of a thread; the tid itself when it cannot be read. */
pid_t cb_proc_tgid(pid_t tid);

/* Fills *names as far as can be read; the caller destroys names->exe. */
void cb_proc_names(pid_t tid, struct cb_proc_names *names);

/* The state letter of a thread (proc(5): R, S, Z, ...), or 0: there is none. */
char cb_proc_state(pid_t tid);

/* May this thread signal that process, by their user ids (kill(2))? */
bool cb_proc_may_signal(pid_t tid, pid_t pid);

/* Is a process alive (not a zombie) in this process group, anywhere? */
bool cb_proc_group_lives(pid_t group);

/* The process behind a pidfd (or an open /proc/PID directory) of a tracee:
 * its pid, 0 if that process is gone, -EBADF if the descriptor is not open,
 * -EINVAL if it is something else, -EPERM if it cannot be told. */
pid_t cb_proc_pidfd(pid_t tid, int fd);

/* The pid namespace of a thread, 0 for our own; 0: it cannot be told. */
ino_t cb_proc_pid_namespace(pid_t tid);

/* A copy of a tracee's descriptor, by pidfd_getfd(2); -1: not to be had. The caller
 * closes it. */
int cb_proc_copy_fd(pid_t tid, int fd);

/* Open flags of a tracee's descriptor, or -errno. */
int cb_proc_fd_flags(pid_t tid, int fd);

/* A line "Key:\tvalue" of a /proc file; false if there is none. */
bool cb_proc_value(const char *text, const char *key, char *out, size_t size);

#endif
