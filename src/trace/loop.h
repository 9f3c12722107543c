/* SPDX-License-Identifier: MIT */
/* The life of a run: from the first process to the last, with the time that
 * processes get which outlive the command. */
#ifndef CB_TRACE_LOOP_H
#define CB_TRACE_LOOP_H

#include "trace/run.h"

/* How the command ended. */
struct cb_outcome {
	int status;      /* exit status, or the signal */
	bool signaled;
	bool stopped;    /* the run was ended at a violation */
	struct rusage usage; /* of the command and the children it waited for */
};

/* Told from outside, while the loop runs in its thread. */
struct cb_loop_hooks {
	/* The terminal stopped the command: whoever called should stop as well. */
	void (*suspended)(void *ctx);
	void *ctx;
};

/* Fills a run for a frozen policy. On failure nothing is left to destroy. */
int cb_run_init(struct cb_run *run, const struct cb_policy *policy, struct cb_error *err);
void cb_run_destroy(struct cb_run *run);

/* Notes which regular files the inherited descriptors have open for writing,
 * and tells of those >= 3 that the policy would refuse. */
void cb_run_note_inherited(struct cb_run *run);

/* A path that catbox itself writes, and the build may not. Copies. */
void cb_run_add_output(struct cb_run *run, const char *path);

/* Traces to the end. 0 and *outcome, or a negative errno with a sentence. */
int cb_run_loop(struct cb_run *run, const struct cb_loop_hooks *hooks,
		struct cb_outcome *outcome, struct cb_error *err);

/* Calls the hook process_start for the first process, which is no child of another. */
void cb_run_tell_first(struct cb_run *run);

/* The counters as JSON; the caller drops it. */
json_t *cb_run_stats(const struct cb_run *run, const struct cb_outcome *outcome);

#endif
