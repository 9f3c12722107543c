/* SPDX-License-Identifier: MIT */
/* A tracee has our rights, being our child, until one of the run has made a call
 * that can change them (CB_ROW_WATCH): from then on everybody is looked at. */
#include "trace/as_tracee.h"

#include <errno.h>

static void note_once(struct cb_run *run, pid_t tid)
{
	json_t *event;

	if (atomic_exchange(&run->shared->rights_noted, true))
		return;
	event = cb_event_new(run->events, "note");
	cb_event_add_process(event, tid);
	cb_event_add_text(event, "text", "this process has other rights than catbox can take on: "
					 "what it changes of a file's metadata is judged, but not "
					 "held against a race");
	cb_event_emit(run->events, event);
}

/* What the process is for others changes while one thread is somebody else, and must be
 * put back to what it was before the first: one at a time. */
static bool act(struct cb_run *run, const struct cb_identity *who, long (*fn)(void *ctx),
		void *ctx, long *result)
{
	int rc;

	pthread_mutex_lock(&run->shared->acting);
	rc = cb_identity_act(who, fn, ctx, result);
	pthread_mutex_unlock(&run->shared->acting);
	return !rc;
}

bool cb_as_tracee(struct cb_run *run, pid_t tid, long (*fn)(void *ctx), void *ctx, long *result)
{
	struct cb_identity theirs = { .groups = CB_BUF_INIT };
	bool vary = run->shared->rights_vary, known = true;

	if (vary)
		known = !cb_identity_read(&run->ours, 0) && !cb_identity_read(&theirs, tid);
	if (!run->engine->waits(run->state, tid)) { /* what was read may be another's */
		run->call->gone = true;
		*result = -ESRCH;
	} else if (known && (!vary || cb_identity_equal(&run->ours, &theirs))) {
		*result = fn(ctx);
	} else if (known) {
		known = act(run, &theirs, fn, ctx, result);
	}
	if (!known)
		note_once(run, tid);
	cb_identity_destroy(&theirs);
	return known;
}
