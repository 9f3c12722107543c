/* SPDX-License-Identifier: MIT */
/* The ptrace engine: every process and thread of the run is a tracee of the
 * calling thread. Signals, group-stops and the bookkeeping of threads are dealt
 * with here; only what others must know comes out. A stop is let go on by
 * go_on(), one at a judged call by go_on_call(), so that none is left hanging. */
#include "trace/engine.h"

#include "base/buf.h"
#include "trace/proc.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <uthash.h>

struct tracee {
	pid_t tid;         /* key */
	pid_t tgid;        /* 0: not known, its parent's event has not been seen yet */
	bool announced;    /* CHILD has been told, or it is a thread */
	bool ended;        /* gone before it was announced: kept for its parent's event */
	struct cb_occurrence end; /* of such a one: its EXIT */
	UT_hash_handle hh;
};

struct cb_engine_state {
	struct tracee *tracees; /* all, by tid; owned */
	pid_t root;
	pid_t held;             /* stopped for the last occurrence; 0: none */
	int held_signal;        /* to deliver when it goes on */
	enum cb_abi held_abi;   /* of the call that it makes */
	struct cb_occurrence later; /* to be told next, if its tid is not 0 */
	struct cb_stop_counts counts;
	bool killing;           /* whoever starts now is one too many */
};

static struct tracee *find(const struct cb_engine_state *s, pid_t tid)
{
	struct tracee *t;

	HASH_FIND_INT(s->tracees, &tid, t);
	return t;
}

static struct tracee *add(struct cb_engine_state *s, pid_t tid, pid_t tgid)
{
	struct tracee *t = cb_calloc(1, sizeof *t);

	t->tid = tid;
	t->tgid = tgid;
	HASH_ADD_INT(s->tracees, tid, t);
	return t;
}

/* One whose parent died before its event was seen counts as a process. */
static bool is_process(const struct tracee *t)
{
	return !t->tgid || t->tid == t->tgid;
}

static void forget(struct cb_engine_state *s, struct tracee *t)
{
	HASH_DEL(s->tracees, t); /* NOLINT(clang-analyzer-unix.Malloc): loses track of the list */
	free(t);
}

static int attach(struct cb_engine_state **state, struct cb_spawned *spawned,
		  struct cb_error *err)
{
	struct cb_engine_state *s;
	pid_t root = spawned->pid;
	int rc = cb_tracing_seize(root);

	if (rc == CB_GONE)
		return cb_error(err, ESRCH, "the child was gone before it could be traced");
	if (rc) {
		errno = -rc;
		return cb_error_sys(err, "cannot trace the child with ptrace");
	}
	s = cb_calloc(1, sizeof *s);
	s->root = root;
	add(s, root, root)->announced = true;
	*state = s;
	return 0;
}

static int go_on(pid_t tid, int signal)
{
	int rc = cb_tracing_continue(tid, signal);

	return rc == CB_GONE ? 0 : rc;
}

/* The same after a judged call. */
static int go_on_call(pid_t tid)
{
	int rc = cb_tracing_continue_call(tid);

	return rc == CB_GONE ? 0 : rc;
}

/* A child often stops before its parent's event; then it is not announced yet.
 * What is known of an ended one with that tid was another. */
static void started(struct cb_engine_state *s, pid_t tid)
{
	struct tracee *t = find(s, tid);

	if (!t)
		t = add(s, tid, 0);
	t->ended = false;
	if (s->killing) /* its parent may be dead, and then nobody announces it */
		kill(tid, SIGKILL);
}

/* A child: by fork and vfork a process, by any other clone maybe a thread. */
static bool child_made(struct cb_engine_state *s, const struct cb_stop *stop,
		       struct cb_occurrence *o)
{
	pid_t tid = (pid_t)stop->value;
	struct tracee *t = find(s, tid);

	if (!tid || (t && t->announced))
		return false;
	*o = (struct cb_occurrence){ .kind = CB_OCCURRED_CHILD, .tid = tid, .parent = stop->tid };
	if (t && t->ended) { /* it came and went before we were told of it */
		s->later = t->end;
		forget(s, t);
		return !stop->clone;
	}
	if (!t && !cb_tracing_is_ours(tid)) /* killed before its first stop, and waited for */
		return false;
	if (!t)
		t = add(s, tid, 0);
	t->tgid = stop->clone ? cb_proc_tgid(tid) : tid;
	t->announced = true;
	return t->tid == t->tgid;
}

/* An exec ends all other threads, and the one that called it takes the id of
 * the leader (ptrace(2), "execve(2) under ptrace"). */
static void exec_done(struct cb_engine_state *s, pid_t tgid)
{
	struct tracee *t, *next;

	HASH_ITER(hh, s->tracees, t, next)
		if (t->tgid == tgid && t->tid != tgid)
			forget(s, t);
	if (!find(s, tgid))
		add(s, tgid, tgid)->announced = true;
}

static bool gone(struct cb_engine_state *s, const struct cb_stop *stop, struct cb_occurrence *o)
{
	struct tracee *t = find(s, stop->tid);
	bool process = t && is_process(t);

	*o = (struct cb_occurrence){
		.kind = CB_OCCURRED_EXIT,
		.tid = stop->tid,
		.status = (int)stop->value,
		.signaled = stop->kind == CB_STOP_KILLED,
		.usage = stop->usage,
	};
	if (t && !t->announced) {
		t->ended = true;
		t->end = *o;
		return false;
	}
	if (t)
		forget(s, t);
	return process;
}

static bool group_stopped(struct cb_engine_state *s, const struct cb_stop *stop,
			  struct cb_occurrence *o)
{
	s->counts.group++;
	cb_tracing_listen(stop->tid);
	*o = (struct cb_occurrence){ .kind = CB_OCCURRED_SUSPEND, .tid = stop->tid };
	return stop->tid == s->root && stop->value != SIGSTOP;
}

/* Whose default is a core file (signal(7)). */
static bool dumps_core(int signal)
{
	static const int dumping[] = { SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS,
				       SIGFPE,	SIGSEGV, SIGXCPU, SIGXFSZ, SIGSYS };

	for (size_t i = 0; i < sizeof dumping / sizeof *dumping; i++)
		if (signal == dumping[i])
			return true;
	return false;
}

/* Deals with one stop. Returns 1 if *o is to be told, 0 if not, or -errno. */
static int handle(struct cb_engine_state *s, const struct cb_stop *stop, struct cb_occurrence *o)
{
	int rc;

	switch (stop->kind) {
	case CB_STOP_CALL:
		s->counts.call++;
		*o = (struct cb_occurrence){ .kind = CB_OCCURRED_CALL, .tid = stop->tid };
		rc = cb_tracing_entry(stop->tid, &o->entry);
		if (rc < 0)
			return rc;
		if (rc == CB_GONE) {
			o->kind = CB_OCCURRED_GONE;
			return 1;
		}
		s->held = stop->tid;
		s->held_abi = o->entry.abi;
		return 1;
	case CB_STOP_FORK:
		s->counts.fork++;
		if (!child_made(s, stop, o))
			return go_on(stop->tid, 0);
		s->held = stop->tid;
		return 1;
	case CB_STOP_EXEC:
		s->counts.exec++;
		exec_done(s, stop->tid);
		*o = (struct cb_occurrence){ .kind = CB_OCCURRED_EXEC, .tid = stop->tid };
		s->held = stop->tid;
		return 1;
	case CB_STOP_START:
		s->counts.start++;
		started(s, stop->tid);
		return go_on(stop->tid, 0);
	case CB_STOP_SIGNAL:
		s->counts.signal++;
		if (!dumps_core((int)stop->value))
			return go_on(stop->tid, (int)stop->value);
		*o = (struct cb_occurrence){ .kind = CB_OCCURRED_CORE, .tid = stop->tid };
		s->held = stop->tid;
		s->held_signal = (int)stop->value;
		return 1;
	case CB_STOP_GROUP:
		return group_stopped(s, stop, o);
	case CB_STOP_EXITED:
	case CB_STOP_KILLED:
		return gone(s, stop, o);
	case CB_STOP_OTHER:
		s->counts.other++;
		break;
	}
	return go_on(stop->tid, 0);
}

static int next(struct cb_engine_state *s, struct cb_occurrence *o, bool block)
{
	struct cb_stop stop;
	int rc;

	if (s->held) {
		rc = go_on(s->held, s->held_signal);
		s->held = s->held_signal = 0;
		if (rc)
			return rc;
	}
	if (s->later.tid) {
		*o = s->later;
		s->later.tid = 0;
		return 0;
	}
	do {
		rc = cb_stop_next(&stop, block);
		if (rc == CB_GONE || rc == -ECHILD) {
			o->kind = rc == CB_GONE ? CB_OCCURRED_IDLE : CB_OCCURRED_END;
			return 0;
		}
		if (!rc)
			rc = handle(s, &stop, o);
	} while (!rc);
	return rc < 0 ? rc : 0;
}

static int answer(struct cb_engine_state *s, pid_t tid, const struct cb_answer *a)
{
	int rc = 0;

	if (a->kind == CB_ANSWER_RETURN)
		rc = cb_tracing_answer(tid, a->value);
	else if (a->kind == CB_ANSWER_CHANGE)
		rc = cb_tracing_set_arg(tid, s->held_abi, a->arg, (unsigned long long)a->value);
	s->held = 0;
	return rc ? rc : go_on_call(tid);
}

/* A stopped tracee stays one, dead or alive, until it is waited for. */
static bool waits(const struct cb_engine_state *s, pid_t tid)
{
	return s->held == tid;
}

static bool belongs(const struct cb_engine_state *s, pid_t id)
{
	const struct tracee *t = find(s, id);

	return t && !t->ended;
}

static void each(const struct cb_engine_state *s, void (*fn)(pid_t pid, void *ctx), void *ctx)
{
	for (const struct tracee *t = s->tracees; t; t = t->hh.next)
		if (is_process(t) && !t->ended)
			fn(t->tid, ctx);
}

static void kill_one(pid_t pid, void *ctx)
{
	(void)ctx;
	kill(pid, SIGKILL);
}

static void kill_all(struct cb_engine_state *s)
{
	s->killing = true;
	each(s, kill_one, NULL);
}

static const struct cb_stop_counts *counts(const struct cb_engine_state *s)
{
	return &s->counts;
}

static void state_free(struct cb_engine_state *s)
{
	struct tracee *t, *after;

	if (!s)
		return;
	HASH_ITER(hh, s->tracees, t, after)
		forget(s, t);
	free(s);
}

const struct cb_engine cb_engine_ptrace = {
	.name = "ptrace",
	.traces = true,
	.tells_lives = true,
	.changes_arguments = true,
	.attach = attach,
	.next = next,
	.answer = answer,
	.waits = waits,
	.belongs = belongs,
	.each = each,
	.kill_all = kill_all,
	.counts = counts,
	.free = state_free,
};
