/* SPDX-License-Identifier: MIT */
/* The loop: takes what the engine delivers, has calls judged, records what
 * processes do, and gives those that outlive the command their time. */
#include "trace/loop.h"

#include "base/cleanup.h"
#include "trace/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#define GRACE_MS 2000      /* what processes get to end after the command */
#define POLL_MIN_US 200    /* polling is only done within that time */
#define POLL_MAX_US 10000

/* What becomes of processes once the command has ended. */
enum phase {
	PHASE_RUNNING, /* the command runs */
	PHASE_GRACE,   /* it has ended, and others get a moment */
	PHASE_WAITING, /* leftovers: wait */
	PHASE_KILLING, /* leftovers: kill, or a stop */
};

struct loop {
	struct cb_run *run;
	const struct cb_loop_hooks *hooks;
	struct cb_outcome *outcome;
	enum phase phase;
	struct timespec ended; /* when the command did */
	unsigned poll_us;
};

static long ms_since(const struct timespec *then)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - then->tv_sec) * 1000 + (now.tv_nsec - then->tv_nsec) / 1000000;
}

static void record_child(struct cb_run *run, const struct cb_occurrence *o)
{
	json_t *event;

	run->totals.processes++;
	if (!run->settings->log_processes)
		return;
	event = cb_event_new(&run->events, "process");
	cb_event_add_process(event, o->tid);
	cb_event_add_int(event, "ppid", o->parent);
	cb_event_emit(&run->events, event);
}

static void record_exit(struct cb_run *run, const struct cb_occurrence *o)
{
	json_t *event;

	if (!run->settings->log_processes)
		return;
	event = cb_event_new(&run->events, "exit");
	cb_event_add_int(event, "pid", o->tid);
	cb_event_add_outcome(event, o->status, o->signaled);
	cb_event_emit(&run->events, event);
}

/* argv as /proc shows it: strings that end with NUL each. */
static void add_argv(json_t *event, pid_t pid)
{
	CB_AUTO_BUF struct cb_buf text = CB_BUF_INIT;
	json_t *argv = json_array();
	char path[48];

	snprintf(path, sizeof path, "/proc/%d/cmdline", pid);
	if (!cb_buf_read_file(&text, AT_FDCWD, path, 4u << 20)) {
		for (size_t i = 0; i < text.len; i += strlen(text.data + i) + 1) {
			json_t *holder = json_object();

			cb_event_add_text(holder, "s", text.data + i);
			json_array_append(argv, json_object_get(holder, "s"));
			json_decref(holder);
		}
	}
	json_object_set_new(event, "argv", argv);
}

static void record_exec(struct cb_run *run, const struct cb_occurrence *o)
{
	json_t *event;

	if (!run->settings->log_exec)
		return;
	event = cb_event_new(&run->events, "exec");
	cb_event_add_process(event, o->tid);
	add_argv(event, o->tid);
	cb_event_emit(&run->events, event);
}

/* Would this program have run with more rights than who called it? */
static const char *lost_privilege(const struct cb_run *run, pid_t pid)
{
	char exe[32], self[32];
	struct stat st, who;

	snprintf(exe, sizeof exe, "/proc/%d/exe", pid);
	if (stat(exe, &st))
		return NULL;
	if (st.st_mode & (S_ISUID | S_ISGID)) {
		snprintf(self, sizeof self, "/proc/%d", pid); /* belongs to its effective ids */
		if (!stat(self, &who) && (((st.st_mode & S_ISUID) && st.st_uid != who.st_uid) ||
					  ((st.st_mode & S_ISGID) && st.st_gid != who.st_gid)))
			return "a setuid or setgid program runs without its privilege "
			       "(no_new_privs is set)";
	}
	if (run->unprivileged && getxattr(exe, "security.capability", NULL, 0) > 0)
		return "a program runs without its file capabilities (no_new_privs is set)";
	return NULL;
}

static void note_privilege(struct cb_run *run, pid_t pid)
{
	const char *text = lost_privilege(run, pid);
	json_t *event;

	if (!text)
		return;
	event = cb_event_new(&run->events, "note");
	cb_event_add_process(event, pid);
	cb_event_add_text(event, "text", text);
	cb_event_emit(&run->events, event);
}

static void record_leftover(pid_t pid, void *ctx)
{
	struct cb_run *run = ctx;
	char state = cb_proc_state(pid);
	json_t *event;

	if (!state || state == 'Z') /* it has ended just now */
		return;
	event = cb_event_new(&run->events, "leftover");
	cb_event_add_process(event, pid);
	cb_event_add_text(event, "action", run->settings->wait_leftovers ? "wait" : "kill");
	cb_event_emit(&run->events, event);
	run->totals.leftovers++;
}

static void kill_all(struct loop *l)
{
	l->phase = PHASE_KILLING;
	l->run->engine->kill_all(l->run->state);
}

static void command_ended(struct loop *l, const struct cb_occurrence *o)
{
	l->outcome->status = o->status;
	l->outcome->signaled = o->signaled;
	if (l->phase != PHASE_RUNNING)
		return;
	l->phase = PHASE_GRACE;
	clock_gettime(CLOCK_MONOTONIC, &l->ended);
	l->poll_us = POLL_MIN_US;
}

/* The command has ended and nothing happened just now. */
static void idle(struct loop *l)
{
	struct timespec pause = { 0, l->poll_us * 1000l };

	if (ms_since(&l->ended) >= GRACE_MS) {
		l->run->engine->each(l->run->state, record_leftover, l->run);
		if (l->run->settings->wait_leftovers)
			l->phase = PHASE_WAITING;
		else
			kill_all(l);
		return;
	}
	nanosleep(&pause, NULL);
	l->poll_us = l->poll_us * 2 < POLL_MAX_US ? l->poll_us * 2 : POLL_MAX_US;
}

static int judge(struct loop *l, const struct cb_occurrence *o)
{
	struct cb_run *run = l->run;
	struct cb_answer answer;
	int rc;

	if (l->phase == PHASE_KILLING) { /* it came after the others were killed */
		run->engine->kill_all(run->state);
		return 0;
	}
	answer = (struct cb_answer){ .kind = CB_ANSWER_CONTINUE };
	rc = run->only_continue ? 0 : cb_judge(run, o->tid, &o->entry, &answer);
	if (!rc)
		rc = run->engine->answer(run->state, o->tid, &answer);
	if (run->stop && !l->outcome->stopped) {
		l->outcome->stopped = true;
		kill_all(l);
	}
	return rc == CB_GONE ? 0 : rc;
}

static int take(struct loop *l, const struct cb_occurrence *o)
{
	switch (o->kind) {
	case CB_OCCURRED_CALL:
		return judge(l, o);
	case CB_OCCURRED_CHILD:
		record_child(l->run, o);
		if (l->phase == PHASE_KILLING)
			l->run->engine->kill_all(l->run->state);
		return 0;
	case CB_OCCURRED_EXEC:
		if (!l->run->only_continue) {
			record_exec(l->run, o);
			note_privilege(l->run, o->tid);
		}
		return 0;
	case CB_OCCURRED_CORE:
		cb_core_prevent(l->run, o->tid);
		return 0;
	case CB_OCCURRED_EXIT:
		record_exit(l->run, o);
		if (o->tid == l->run->root)
			command_ended(l, o);
		return 0;
	case CB_OCCURRED_SUSPEND:
		if (l->hooks && l->hooks->suspended)
			l->hooks->suspended(l->hooks->ctx);
		return 0;
	case CB_OCCURRED_IDLE:
		idle(l);
		return 0;
	case CB_OCCURRED_END:
		return 0;
	}
	return 0;
}

int cb_run_loop(struct cb_run *run, const struct cb_loop_hooks *hooks,
		struct cb_outcome *outcome, struct cb_error *err)
{
	struct loop l = { .run = run, .hooks = hooks, .outcome = outcome };
	struct cb_occurrence o = { .kind = CB_OCCURRED_IDLE };
	int rc = 0;

	while (!rc && o.kind != CB_OCCURRED_END) {
		rc = run->engine->next(run->state, &o, l.phase != PHASE_GRACE);
		if (!rc)
			rc = take(&l, &o);
	}
	if (rc) {
		run->engine->kill_all(run->state);
		errno = -rc;
		return cb_error_sys(err, rc == -ENOSYS ?
					 "tracing failed: the kernel does not say which call a process "
					 "was stopped at (PTRACE_GET_SYSCALL_INFO, Linux 5.3)" :
					 "tracing failed");
	}
	return 0;
}
