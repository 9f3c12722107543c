/* SPDX-License-Identifier: MIT */
/* Makes the first process of a run: it waits until it is traced and told to go
 * on, takes both locks and runs the command. Signal mask, dispositions, umask,
 * limits, environment and descriptors reach the command as they were. */
#ifndef CB_TRACE_SPAWN_H
#define CB_TRACE_SPAWN_H

#include "base/error.h"
#include "linux/filter.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

struct cb_spawn {
	char *const *argv;               /* the command; borrowed */
	int (*function)(void *arg);      /* or a function, whose value is the exit status */
	void *arg;
	const struct cb_filter *filter;  /* borrowed */
	char **environment;              /* borrowed; NULL: ours */
	int ruleset;                     /* of Landlock, borrowed; -1: none */
	sigset_t mask;                   /* what the command shall start with */
	bool ignore_sigchld;             /* SIGCHLD was ignored when we were called */
};

/* What stopped the child before the command ran. */
enum cb_spawn_stage { CB_SPAWN_OK, CB_SPAWN_LOCK, CB_SPAWN_FILTER, CB_SPAWN_EXEC };

struct cb_spawned {
	pid_t pid;
	int go;      /* one byte written here lets it go on; closing it ends it; owned */
	int failure; /* a struct cb_spawn_failure may come out of here; owned */
};

struct cb_spawn_failure {
	enum cb_spawn_stage stage;
	int error; /* positive errno */
};

int cb_spawn(const struct cb_spawn *request, struct cb_spawned *spawned, struct cb_error *err);
int cb_spawn_go(struct cb_spawned *spawned, struct cb_error *err);

/* After the process is gone: why it did not run (stage CB_SPAWN_OK: it did). */
struct cb_spawn_failure cb_spawn_failure(const struct cb_spawned *spawned);
void cb_spawned_destroy(struct cb_spawned *spawned);

#endif
