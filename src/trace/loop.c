/* SPDX-License-Identifier: MIT */
/* The loop: takes what the engine delivers, has calls judged, records what
 * processes do, and gives those that outlive the command their time. */
#include "trace/loop.h"

#include "base/cleanup.h"
#include "linux/procname.h"
#include "trace/pretend.h"
#include "trace/proc.h"
#include "trace/supervisors.h"

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

/* An event of which there is a hook: logged if that is asked for, then told. What is
 * not logged has no number (seq 0). */
static void emit_and_tell(struct cb_run *run, json_t *event, bool logged, enum cb_hook hook,
			  pid_t pid)
{
	json_incref(event);
	if (logged)
		cb_event_emit(run->events, event);
	else
		json_decref(event);
	cb_hook_call(run, hook, pid, event, NULL);
	json_decref(event);
}

static void record_child(struct cb_run *run, const struct cb_occurrence *o)
{
	json_t *event;

	run->totals.processes++;
	if (!run->settings->log_processes && !cb_hook_wanted(run, CB_HOOK_PROCESS_START))
		return;
	event = cb_event_new(run->events, "process");
	cb_event_add_process(event, o->tid);
	cb_event_add_int(event, "ppid", o->parent);
	emit_and_tell(run, event, run->settings->log_processes, CB_HOOK_PROCESS_START, o->tid);
}

void cb_run_tell_first(struct cb_run *run)
{
	json_t *event;

	if (!cb_hook_wanted(run, CB_HOOK_PROCESS_START))
		return;
	event = cb_event_new(run->events, "process");
	cb_event_add_process(event, run->root);
	emit_and_tell(run, event, false, CB_HOOK_PROCESS_START, run->root);
}

static void record_exit(struct cb_run *run, const struct cb_occurrence *o)
{
	json_t *event;

	if (!run->settings->log_processes && !cb_hook_wanted(run, CB_HOOK_PROCESS_EXIT))
		return;
	event = cb_event_new(run->events, "exit");
	cb_event_add_int(event, "pid", o->tid);
	cb_event_add_outcome(event, o->status, o->signaled);
	emit_and_tell(run, event, run->settings->log_processes, CB_HOOK_PROCESS_EXIT, o->tid);
}

/* argv as /proc shows it: strings that end with NUL each. */
static void add_argv(json_t *event, pid_t pid)
{
	CB_AUTO_BUF struct cb_buf text = CB_BUF_INIT;
	json_t *argv = json_array();
	struct cb_proc_name name;

	if (!cb_buf_read_file(&text, AT_FDCWD, cb_proc_name(&name, pid, "cmdline"), 4u << 20)) {
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
	event = cb_event_new(run->events, "exec");
	cb_event_add_process(event, o->tid);
	add_argv(event, o->tid);
	cb_event_emit(run->events, event);
}

/* Would this program have run with more rights than who called it? */
static const char *lost_privilege(const struct cb_run *run, pid_t pid)
{
	struct cb_proc_name name;
	struct stat st, who;

	if (stat(cb_proc_name(&name, pid, "exe"), &st))
		return NULL;
	if (st.st_mode & (S_ISUID | S_ISGID)) {
		/* its directory belongs to its effective ids */
		if (!stat(cb_proc_name(&name, pid, ""), &who) &&
		    (((st.st_mode & S_ISUID) && st.st_uid != who.st_uid) ||
		     ((st.st_mode & S_ISGID) && st.st_gid != who.st_gid)))
			return "a setuid or setgid program runs without its privilege "
			       "(no_new_privs is set)";
	}
	if (run->unprivileged &&
	    getxattr(cb_proc_name(&name, pid, "exe"), "security.capability", NULL, 0) > 0)
		return "a program runs without its file capabilities (no_new_privs is set)";
	return NULL;
}

static void note_privilege(struct cb_run *run, pid_t pid)
{
	const char *text = lost_privilege(run, pid);
	json_t *event;

	if (!text)
		return;
	event = cb_event_new(run->events, "note");
	cb_event_add_process(event, pid);
	cb_event_add_text(event, "text", text);
	cb_event_emit(run->events, event);
}

static void record_leftover(pid_t pid, void *ctx)
{
	struct cb_run *run = ctx;
	char state = cb_proc_state(pid);
	json_t *event;

	if (!state || state == 'Z') /* it has ended just now */
		return;
	event = cb_event_new(run->events, "leftover");
	cb_event_add_process(event, pid);
	cb_event_add_text(event, "action", run->settings->wait_leftovers ? "wait" : "kill");
	cb_event_emit(run->events, event);
	run->totals.leftovers++;
}

static void kill_all(struct loop *l)
{
	l->phase = PHASE_KILLING;
	l->run->shared->closing = true;
	l->run->engine->kill_all(l->run->state);
}

static void command_ended(struct loop *l, const struct cb_occurrence *o)
{
	l->outcome->status = o->status;
	l->outcome->signaled = o->signaled;
	l->outcome->usage = o->usage;
	if (l->phase != PHASE_RUNNING)
		return;
	if (l->run->shared->cancelled) {
		kill_all(l);
		return;
	}
	l->phase = PHASE_GRACE;
	clock_gettime(CLOCK_MONOTONIC, &l->ended);
	l->poll_us = POLL_MIN_US;
}

/* The command has ended and nothing happened just now. */
static void idle(struct loop *l)
{
	struct timespec pause = { 0, l->poll_us * 1000l };

	if (l->run->shared->cancelled) {
		kill_all(l);
		return;
	}
	if (l->phase == PHASE_GRACE && ms_since(&l->ended) >= GRACE_MS) {
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

/* A call came, or was to be answered, of somebody who is dead by now. Whom we have
 * killed ourselves does not count. */
static void died(struct loop *l, pid_t tid)
{
	if (l->phase != PHASE_KILLING && !l->run->shared->cancelled)
		cb_hook_call(l->run, CB_HOOK_CHILD_DIED_UNEXPECTEDLY, cb_proc_tgid(tid), NULL,
			     NULL);
}

/* Whether to wait for the next occurrence as long as it takes. */
static bool blocks(const struct loop *l)
{
	return l->phase != PHASE_GRACE && !(l->phase == PHASE_WAITING && l->run->cancellable);
}

/* A violation, in this thread or another, asks for the end. */
static bool heed_stop(struct loop *l)
{
	if (!l->run->shared->stop || l->outcome->stopped)
		return false;
	l->outcome->stopped = true;
	kill_all(l);
	return true;
}

static int judge(struct loop *l, const struct cb_occurrence *o)
{
	struct cb_run *run = l->run;
	int rc;

	if (l->phase == PHASE_KILLING) { /* it came after the others were killed */
		run->engine->kill_all(run->state);
		return 0;
	}
	rc = cb_supervise(run, o);
	if (!heed_stop(l) && rc == CB_GONE)
		died(l, o->tid);
	return rc == CB_GONE ? 0 : rc;
}

static int take(struct loop *l, const struct cb_occurrence *o)
{
	switch (o->kind) {
	case CB_OCCURRED_CALL:
		return judge(l, o);
	case CB_OCCURRED_CHILD:
		record_child(l->run, o);
		if (l->run->pretend)
			cb_pretend_child(l->run, o->tid);
		if (l->phase == PHASE_KILLING)
			l->run->engine->kill_all(l->run->state);
		return 0;
	case CB_OCCURRED_EXEC:
		if (l->run->only_continue)
			return 0;
		record_exec(l->run, o);
		if (l->run->pretend)
			cb_pretend_exec(l->run, o->tid);
		cb_reads_record_exec(l->run, o->tid);
		note_privilege(l->run, o->tid);
		return 0;
	case CB_OCCURRED_CORE:
		cb_core_prevent(l->run, o->tid);
		return 0;
	case CB_OCCURRED_EXIT:
		record_exit(l->run, o);
		if (l->run->pretend)
			cb_pretend_exit(l->run, o->tid);
		if (o->tid == l->run->root)
			command_ended(l, o);
		return 0;
	case CB_OCCURRED_GONE:
		died(l, o->tid);
		return 0;
	case CB_OCCURRED_SUSPEND:
		if (l->hooks && l->hooks->suspended)
			l->hooks->suspended(l->hooks->ctx);
		return 0;
	case CB_OCCURRED_IDLE:
		idle(l);
		return 0;
	case CB_OCCURRED_ALERT:
		heed_stop(l);
		return l->run->shared->failure;
	case CB_OCCURRED_END:
		return 0;
	}
	return 0;
}

static int engine_failed(const struct cb_run *run, int rc, struct cb_error *err)
{
	errno = -rc;
	if (rc == -ENOSYS)
		return cb_error_sys(err, "tracing failed: the kernel does not say which call a "
					 "process was stopped at (PTRACE_GET_SYSCALL_INFO, Linux 5.3)");
	if (rc == -EOWNERDEAD)
		return cb_error(err, EOWNERDEAD, "a process that keeps the run together was killed, "
						 "and so is the run");
	return cb_error_sys(err, "engine %s failed", run->engine->name);
}

int cb_run_loop(struct cb_run *run, const struct cb_loop_hooks *hooks,
		struct cb_outcome *outcome, struct cb_error *err)
{
	struct loop l = { .run = run, .hooks = hooks, .outcome = outcome };
	struct cb_occurrence o = { .kind = CB_OCCURRED_IDLE };
	struct cb_supervisors supervisors;
	int rc = cb_supervisors_start(&supervisors, run, err);

	if (rc) {
		run->engine->kill_all(run->state);
		return rc;
	}
	if (run->engine->traces)
		cb_processor_stay(&run->processor);
	while (!rc && o.kind != CB_OCCURRED_END) {
		cb_processor_turn(&run->processor);
		rc = run->engine->next(run->state, &o, blocks(&l));
		if (!rc)
			rc = take(&l, &o);
	}
	if (rc)
		kill_all(&l);
	cb_processor_leave(&run->processor);
	run->processor.wanted = false;
	cb_supervisors_end(&supervisors);
	return rc ? engine_failed(run, rc, err) : 0;
}
