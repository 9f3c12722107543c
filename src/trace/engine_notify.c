/* SPDX-License-Identifier: MIT */
/* The engine of seccomp user notification: the kernel lets a judged call wait at a
 * listener until it is answered. Nobody is traced, so that nothing is heard of forks,
 * execs and signals; that the run keeps together and when it is over is the matter of
 * its guards (trace/guard.h), whose reports come by a pipe.
 *
 * Before Linux 5.19 a signal takes a waiting call away, and the kernel starts it
 * again: an answer that came too late is kept for that second time, so that nothing
 * is done or told twice. */
#include "trace/engine.h"

#include "base/buf.h"
#include "linux/features.h"
#include "linux/notify.h"
#include "trace/kin.h"
#include "trace/proc.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uthash.h>

#define KILL_AGAIN_MS 5

/* An answer that its caller did not get. */
struct late_answer {
	pid_t tid; /* key */
	struct cb_entry entry;
	long value;
	UT_hash_handle hh;
};

struct cb_engine_state {
	struct cb_spawned *spawned;       /* borrowed */
	int listener;                     /* owned; -1: not yet, or no more */
	bool wait_killable;
	bool holds;                       /* the last occurrence is a call that waits */
	struct cb_notification held;
	struct late_answer *late;         /* by tid; owned */
	bool killing;
	bool over;                        /* nobody is left */
	struct cb_stop_counts counts;
};

static int attach(struct cb_engine_state **state, struct cb_spawned *spawned, struct cb_error *err)
{
	struct cb_engine_state *s = cb_calloc(1, sizeof *s);

	(void)err;
	s->spawned = spawned;
	s->listener = -1;
	*state = s;
	return 0;
}

static int released(struct cb_engine_state *s, unsigned without, struct cb_error *err)
{
	int rc = cb_spawn_listener(s->spawned, &s->listener, &s->wait_killable, err);

	if (!rc && s->listener >= 0 && !(without & CB_WITHOUT_SYNC_WAKE_UP))
		cb_notify_wake_here(s->listener);
	return rc;
}

/* --- late answers */

static void keep(struct cb_engine_state *s, long value)
{
	struct late_answer *l;

	if (s->wait_killable || !cb_proc_state(s->held.tid))
		return;
	l = cb_calloc(1, sizeof *l);
	l->tid = s->held.tid;
	l->entry = s->held.entry;
	l->value = value;
	HASH_ADD_INT(s->late, tid, l);
}

/* The same call comes again: true, with what it was answered. Another call of that
 * thread means that it gave up. */
static bool was_answered(struct cb_engine_state *s, const struct cb_notification *n, long *value)
{
	struct late_answer *l;
	bool same;

	HASH_FIND_INT(s->late, &n->tid, l);
	if (!l)
		return false;
	same = !memcmp(l->entry.args, n->entry.args, sizeof l->entry.args) &&
	       l->entry.number == n->entry.number && l->entry.abi == n->entry.abi;
	*value = l->value;
	HASH_DEL(s->late, l);
	free(l);
	return same;
}

/* --- what comes */

/* 1 if *o is to be told, 0 if not, or -errno. */
static int take_call(struct cb_engine_state *s, struct cb_occurrence *o)
{
	long value;
	int rc = cb_notify_receive(s->listener, &s->held);

	if (rc)
		return rc == CB_GONE ? 0 : rc;
	s->holds = true;
	s->counts.call++;
	if (was_answered(s, &s->held, &value)) {
		s->holds = false;
		rc = cb_notify_return(s->listener, s->held.id, value);
		if (rc == CB_GONE)
			keep(s, value);
		return rc < 0 ? rc : 0;
	}
	*o = (struct cb_occurrence){ .kind = CB_OCCURRED_CALL, .tid = s->held.tid,
				     .entry = s->held.entry };
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

static int wait_for_either(struct cb_engine_state *s, struct cb_occurrence *o, bool block)
{
	struct pollfd fds[2] = { { s->spawned->report, POLLIN, 0 }, { s->listener, POLLIN, 0 } };
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
		return take_call(s, o);
	if (fds[0].revents)
		return take_report(s, o);
	if (fds[1].revents) { /* nobody has the filter any more */
		close(s->listener);
		s->listener = -1;
	}
	return 0;
}

static int next(struct cb_engine_state *s, struct cb_occurrence *o, bool block)
{
	int rc = 0;

	s->holds = false;
	if (s->over) {
		o->kind = CB_OCCURRED_END;
		return 0;
	}
	while (!rc)
		rc = wait_for_either(s, o, block);
	return rc < 0 ? rc : 0;
}

static int answer(struct cb_engine_state *s, pid_t tid, const struct cb_answer *a)
{
	int rc;

	(void)tid;
	s->holds = false;
	if (a->kind == CB_ANSWER_CONTINUE)
		return cb_notify_continue(s->listener, s->held.id);
	if (a->kind == CB_ANSWER_FD) {
		rc = cb_notify_give(s->listener, s->held.id, (int)a->value, a->arg);
		close((int)a->value);
		return rc;
	}
	if (a->kind != CB_ANSWER_RETURN)
		return -ENOTSUP;
	rc = cb_notify_return(s->listener, s->held.id, a->value);
	if (rc == CB_GONE)
		keep(s, a->value);
	return rc;
}

static bool waits(const struct cb_engine_state *s, pid_t tid)
{
	return s->holds && s->held.tid == tid && cb_notify_waits(s->listener, s->held.id);
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
	struct late_answer *l, *after;

	if (!s)
		return;
	HASH_ITER(hh, s->late, l, after) {
		HASH_DEL(s->late, l); /* NOLINT(clang-analyzer-unix.Malloc): loses track of the list */
		free(l);
	}
	if (s->listener >= 0)
		close(s->listener);
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
};
