/* SPDX-License-Identifier: MIT */
/* The engine of seccomp user notification: the kernel lets a judged call wait at a
 * listener until it is answered. Nobody is traced, so that nothing is heard of forks,
 * execs and signals; that the run keeps together and when it is over is the matter of
 * its guards (trace/guard.h), whose reports come by a pipe.
 *
 * Several threads may serve the calls (trace/listening.h): then the one that attached
 * the engine hears the reports alone, and each of the others has a state of its own. */
#include "trace/engine.h"

#include "base/buf.h"
#include "linux/features.h"
#include "trace/kin.h"
#include "trace/listening.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define KILL_AGAIN_MS 5

/* What one thread has of the engine. */
struct cb_engine_state {
	struct cb_spawned *spawned;         /* borrowed */
	struct cb_listening *listening;     /* owned by the one that hears the reports */
	struct cb_engine_state *keeper;     /* of a supervisor: the state of that one; else NULL */
	struct cb_held held;                /* the last occurrence, if it is a call that waits */
	struct cb_stop_counts counts;       /* those of supervisors are added when they leave */

	/* of the one that hears the reports */
	int alert;                          /* eventfd: a supervisor wants it to look; owned; -1:
					     * there is none, and it takes the calls */
	bool killing;
	bool over;                          /* nobody is left */
};

static struct cb_engine_state *new_state(struct cb_spawned *spawned, struct cb_listening *l)
{
	struct cb_engine_state *s = cb_calloc(1, sizeof *s);

	s->spawned = spawned;
	s->listening = l;
	s->alert = -1;
	cb_listening_enter(l, &s->held);
	return s;
}

static int attach(struct cb_engine_state **state, struct cb_spawned *spawned, struct cb_error *err)
{
	struct cb_listening *l = cb_calloc(1, sizeof *l);

	(void)err;
	cb_listening_init(l);
	*state = new_state(spawned, l);
	return 0;
}

static int released(struct cb_engine_state *s, unsigned without, struct cb_error *err)
{
	struct cb_listening *l = s->listening;
	int rc = cb_spawn_listener(s->spawned, &l->fd, &l->wait_killable, err);

	if (!rc && l->fd >= 0 && !(without & CB_WITHOUT_SYNC_WAKE_UP))
		cb_notify_wake_here(l->fd);
	return rc;
}

/* --- what comes */

/* 1 if *o is to be told: what was taken is a call to be judged. */
static int tell_call(struct cb_engine_state *s, struct cb_occurrence *o, int taken)
{
	if (taken <= 0)
		return taken;
	*o = (struct cb_occurrence){ .kind = CB_OCCURRED_CALL, .tid = s->held.call.tid,
				     .entry = s->held.call.entry };
	s->counts.call++;
	return 1;
}

static int take_report(struct cb_engine_state *s, struct cb_occurrence *o)
{
	struct cb_report r;
	ssize_t n = read(s->spawned->report, &r, sizeof r);

	if (n < 0 && errno == EINTR)
		return 0;
	if (n != sizeof r)
		return -EOWNERDEAD;
	*o = (struct cb_occurrence){ .tid = r.pid };
	switch (r.kind) {
	case CB_REPORT_STOPPED:
		o->kind = CB_OCCURRED_SUSPEND;
		return r.value != SIGSTOP;
	case CB_REPORT_ENDED:
		o->kind = CB_OCCURRED_EXIT;
		o->usage = r.usage;
		o->signaled = WIFSIGNALED(r.value);
		o->status = o->signaled ? WTERMSIG(r.value) : WEXITSTATUS(r.value);
		return 1;
	case CB_REPORT_NOBODY:
		s->over = true;
		o->kind = CB_OCCURRED_END;
		return 1;
	case CB_REPORT_STARTED:
		break;
	}
	return 0;
}

static void kill_one(pid_t pid, void *ctx)
{
	(void)ctx;
	kill(pid, SIGKILL);
}

static void kill_all(struct cb_engine_state *s)
{
	s->killing = true;
	cb_kin_each(s->spawned->inner, kill_one, NULL);
}

static int take_alert(struct cb_engine_state *s, struct cb_occurrence *o)
{
	unsigned long long count;

	if (read(s->alert, &count, sizeof count) != sizeof count)
		return 0;
	o->kind = CB_OCCURRED_ALERT;
	return 1;
}

/* Whoever takes the calls hears of those, the others' keeper of them. */
static int wait_for_either(struct cb_engine_state *s, struct cb_occurrence *o, bool block)
{
	bool takes_calls = s->alert < 0;
	struct cb_listening *l = s->listening;
	struct pollfd fds[2] = { { s->spawned->report, POLLIN, 0 },
				 { takes_calls ? l->fd : s->alert, POLLIN, 0 } };
	int n = poll(fds, 2, !block ? 0 : s->killing ? KILL_AGAIN_MS : -1);

	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	if (!n && s->killing) /* who was just being made when the others were killed */
		kill_all(s);
	if (!n && !block) {
		o->kind = CB_OCCURRED_IDLE;
		return 1;
	}
	if (fds[1].revents & POLLIN)
		return takes_calls ? tell_call(s, o, cb_listening_take(l, &s->held)) :
				     take_alert(s, o);
	if (fds[0].revents)
		return take_report(s, o);
	if (fds[1].revents) { /* nobody has the filter any more */
		close(l->fd);
		l->fd = -1;
	}
	return 0;
}

static int wait_for_call(struct cb_engine_state *s, struct cb_occurrence *o)
{
	int rc = cb_listening_wait(s->listening, &s->held);

	if (!rc && cb_listening_is_over(s->listening)) {
		o->kind = CB_OCCURRED_END;
		return 1;
	}
	return tell_call(s, o, rc);
}

static int next(struct cb_engine_state *s, struct cb_occurrence *o, bool block)
{
	int rc = 0;

	if (s->held.holds)
		cb_listening_let_go(s->listening, &s->held);
	if (s->over) {
		o->kind = CB_OCCURRED_END;
		return 0;
	}
	while (!rc)
		rc = s->keeper ? wait_for_call(s, o) : wait_for_either(s, o, block);
	return rc < 0 ? rc : 0;
}

static int answer(struct cb_engine_state *s, pid_t tid, const struct cb_answer *a)
{
	(void)tid;
	return cb_listening_answer(s->listening, &s->held, a);
}

static bool waits(const struct cb_engine_state *s, pid_t tid)
{
	return s->held.holds && s->held.call.tid == tid &&
	       cb_notify_waits(s->listening->fd, s->held.call.id);
}

/* --- several threads */

static int join(struct cb_engine_state *s, struct cb_engine_state **supervisor,
		struct cb_error *err)
{
	struct cb_listening *l = s->listening;

	if (l->dismissal < 0)
		l->dismissal = eventfd(0, EFD_CLOEXEC);
	if (s->alert < 0)
		s->alert = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (l->dismissal < 0 || s->alert < 0)
		return cb_error_sys(err, "cannot make an eventfd for the supervisors");
	*supervisor = new_state(s->spawned, l);
	(*supervisor)->keeper = s;
	return 0;
}

static void alert(struct cb_engine_state *supervisor)
{
	unsigned long long one = 1;
	ssize_t ignored = write(supervisor->keeper->alert, &one, sizeof one);

	(void)ignored; /* then there is one already */
}

static void dismiss(struct cb_engine_state *s)
{
	cb_listening_dismiss(s->listening);
}

static bool belongs(const struct cb_engine_state *s, pid_t id)
{
	return cb_kin_descends(id, s->spawned->inner);
}

static void each(const struct cb_engine_state *s, void (*fn)(pid_t pid, void *ctx), void *ctx)
{
	cb_kin_each(s->spawned->inner, fn, ctx);
}

static const struct cb_stop_counts *counts(const struct cb_engine_state *s)
{
	return &s->counts;
}

static void state_free(struct cb_engine_state *s)
{
	if (!s)
		return;
	cb_listening_leave(s->listening, &s->held);
	if (s->keeper) {
		s->keeper->counts.call += s->counts.call;
	} else {
		cb_listening_destroy(s->listening);
		free(s->listening);
	}
	if (s->alert >= 0)
		close(s->alert);
	free(s);
}

const struct cb_engine cb_engine_notify = {
	.name = "notify",
	.listens = true,
	.attach = attach,
	.released = released,
	.next = next,
	.answer = answer,
	.waits = waits,
	.belongs = belongs,
	.each = each,
	.kill_all = kill_all,
	.counts = counts,
	.free = state_free,
	.join = join,
	.alert = alert,
	.dismiss = dismiss,
};
