/* SPDX-License-Identifier: MIT */
/* One catbox_run, as far as its files know of each other. */
#ifndef CB_API_SESSION_H
#define CB_API_SESSION_H

#include "api/hook.h"
#include "api/internal.h"
#include "base/save.h"
#include "fake/file.h"
#include "linux/features.h"
#include "trace/loop.h"
#include "trace/spawn.h"

#include <signal.h>
#include <time.h>

#define CB_TOLD_DONE 1    /* the tracing thread has ended */
#define CB_TOLD_SUSPEND (1ull << 32) /* the terminal stopped the command */

struct session {
	const struct catbox_options *options;
	struct cb_run run;
	struct cb_filter filter;
	const char *engine_why; /* this engine, if there was a choice */
	const char *single_why; /* one supervisor, if more were asked for */
	struct cb_features features;
	unsigned without;       /* enum cb_without */
	struct cb_spawned spawned;
	struct cb_spawn_failure failure; /* why the command did not run */
	char **environment;     /* of the command, if it is not ours; owned */
	struct cb_log_file log;
	struct cb_outcome outcome;
	struct cb_error error;
	struct cb_fake_file state;
	struct cb_save manifest;
	struct cb_buf dropped;  /* what of the state is out of date: sentences, each with its NUL */
	int stats_dir;          /* directory of the counters file; owned */
	int told;               /* eventfd from the tracing thread; owned */
	int child;              /* pidfd of the first process; owned */
	struct catbox_hook_commands commands;
	struct timespec deadline; /* CLOCK_MONOTONIC, if there is a timeout */
	bool timed_out;
	bool ticked_off;        /* the caller asked for the end */
	sigset_t old_mask;      /* of the calling thread */
	struct sigaction old_sigchld; /* if the engine heeds it */
	bool sigchld_changed;
	int rc;
};

/* A `note` event. */
__attribute__((format(printf, 2, 3)))
void catbox_session_note(struct session *s, const char *format, ...);

/* --- files that a run reads and leaves (session_files.c); 0 or -errno with s->error */

/* What is pretended, from an earlier run, and where a manifest will go. */
int catbox_session_open_files(struct session *s);
int catbox_session_save_state(struct session *s);

/* Of what a command has made that succeeded: of the rest nobody makes a package. */
int catbox_session_save_manifest(struct session *s);
int catbox_session_write_stats(struct session *s);

/* --- the caller's thread while the other one traces (session_watch.c) */

/* Those that are passed on to the command. */
void catbox_session_signals(sigset_t *set);

/* Until the tracing thread says that it is done. `signals`: a signalfd, or -1. */
void catbox_session_watch(struct session *s, int signals);

#endif
