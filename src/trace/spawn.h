/* SPDX-License-Identifier: MIT */
/* Makes the first process of a run: it waits until it is traced and told to go
 * on, takes both locks and runs the command. Signal mask, dispositions, umask,
 * limits, environment and descriptors reach the command as they were. */
#ifndef CB_TRACE_SPAWN_H
#define CB_TRACE_SPAWN_H

#include "base/error.h"
#include "linux/filter.h"
#include "linux/tracing.h"
#include "trace/guard.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct cb_spawn {
	char *const *argv;               /* the command; borrowed */
	int (*function)(void *arg);      /* or a function, whose value is the exit status */
	void *arg;
	const struct cb_filter *filter;  /* borrowed */
	char **environment;              /* borrowed; NULL: ours */
	int ruleset;                     /* of Landlock, borrowed; -1: none */
	bool listens;                    /* the filter asks a listener; guards keep the run together */
	bool wait_killable;              /* ask for it, see cb_filter_listen */
	bool no_core;                    /* nobody would see a core file come: there is none */
	sigset_t mask;                   /* what the command shall start with */
	bool ignore_sigchld;             /* SIGCHLD was ignored when we were called */
	const int *private_fds;          /* what a function shall not find open; borrowed */
	size_t private_count;            /* (negative ones are none) */
	void (*before_fork)(void *ctx);  /* both in the calling thread; or NULL */
	void (*after_fork)(void *ctx);   /* also if it failed */
	void *fork_ctx;
};

/* What stopped the child before the command ran. */
enum cb_spawn_stage { CB_SPAWN_NOTHING, CB_SPAWN_OK, CB_SPAWN_LOCK, CB_SPAWN_FILTER, CB_SPAWN_EXEC };

struct cb_spawned {
	pid_t pid;
	int go;      /* one byte written here lets it go on; closing it ends it; owned */
	int failure; /* struct cb_spawn_failure comes out of here, CB_SPAWN_OK when it goes on; owned */

	/* of one that listens, else 0 and -1 */
	pid_t guard;  /* the outer guard, a child of ours to be waited for */
	pid_t inner;  /* the inner one, whose descendants are the run */
	int report;   /* struct cb_report come out of here; owned */
	int handover; /* a struct cb_handover comes out of here; owned */
};

/* What the child says of its listener. It waits for one more byte through `go`
 * until that has been taken over. */
struct cb_handover {
	int listener;       /* a descriptor of the child */
	bool wait_killable; /* see cb_filter_listen */
};

#define CB_SPAWNED_INIT { .go = -1, .failure = -1, .report = -1, .handover = -1 }

struct cb_spawn_failure {
	enum cb_spawn_stage stage;
	int error; /* positive errno */
};

int cb_spawn(const struct cb_spawn *request, struct cb_spawned *spawned, struct cb_error *err);

/* 0; CB_GONE: it is dead already; or a negative errno. */
int cb_spawn_go(struct cb_spawned *spawned, struct cb_error *err);

/* Takes over the listener of a child that was told to go on; the caller closes it.
 * *listener is -1 if the child failed before (cb_spawn_failure says how). */
int cb_spawn_listener(struct cb_spawned *spawned, int *listener, bool *wait_killable,
		      struct cb_error *err);

/* After the process is gone, once: why it did not run. CB_SPAWN_OK: it did;
 * CB_SPAWN_NOTHING: it died before it had been told to go on. */
struct cb_spawn_failure cb_spawn_failure(const struct cb_spawned *spawned);
void cb_spawned_destroy(struct cb_spawned *spawned);

#endif
