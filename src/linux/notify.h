/* SPDX-License-Identifier: MIT */
/* Seccomp user notification (seccomp_unotify(2)) with types: what waits at a
 * listener, and the answers to it. Judges nothing. */
#ifndef CB_LINUX_NOTIFY_H
#define CB_LINUX_NOTIFY_H

#include "linux/tracing.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* What this kernel has of it, each asked for by itself. */
struct cb_notify_features {
	bool usable;        /* notifications whose call can be let go on: Linux 5.5 */
	bool wait_killable; /* no signal but a fatal one ends the wait: Linux 5.19 */
	bool sync_wake_up;  /* whoever answers wakes the caller on its own core: Linux 6.6 */
};

/* Asks in a child, which is waited for. Linux refuses a second listener to those
 * who are under one: *why_not (a constant string; NULL if usable) says so. */
void cb_notify_probe(struct cb_notify_features *features, const char **why_not);

/* A call that waits for its answer. */
struct cb_notification {
	uint64_t id;
	pid_t tid;            /* in our pid namespace; 0: it has none there */
	struct cb_entry entry;
};

/* The next notification. 0, CB_GONE: whoever waited is gone, or -errno. */
int cb_notify_receive(int listener, struct cb_notification *n);

/* Does it still wait? While it does, its tid is that of nobody else. */
bool cb_notify_waits(int listener, uint64_t id);

/* Lets the kernel do the call, or answers it with a value (negative errno). 0, CB_GONE
 * (it was killed, or a signal took it away before the answer), or -errno. */
int cb_notify_continue(int listener, uint64_t id);
int cb_notify_return(int listener, uint64_t id, long value);

/* Answers it with a copy of one of our descriptors, which is made there. */
int cb_notify_give(int listener, uint64_t id, int fd, bool close_on_exec);

/* Asks for wake-ups on the core of whoever answers. False: this kernel has none. */
bool cb_notify_wake_here(int listener);

#endif
