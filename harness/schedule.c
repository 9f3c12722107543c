/* SPDX-License-Identifier: MIT */
/* The loop: start what there is room for, wait for a signal, take what ended. */
#include "schedule.h"

#include "base/cleanup.h"
#include "engines.h"
#include "probe.h"
#include "process.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

struct slot {
	struct hn_running running;
	size_t index; /* of its task */
	bool busy;
};

struct loop {
	struct hn_run *run;
	struct hn_probes *probes;
	struct slot *slots;
	size_t next;   /* to start: a place in the order */
	size_t active; /* busy slots */
	pid_t *before; /* children that we had already, by the exec that started us */
	size_t before_count;
	long long failures;
};

/* CHLD and those of INT, TERM, HUP that are not ignored (as in a background job
 * of a script, or under nohup). */
static void fetched_signals(sigset_t *set)
{
	static const int stops[] = { SIGINT, SIGTERM, SIGHUP };

	sigemptyset(set);
	sigaddset(set, SIGCHLD);
	for (size_t i = 0; i < sizeof stops / sizeof *stops; i++) {
		struct sigaction act;

		if (!sigaction(stops[i], NULL, &act) && act.sa_handler != SIG_IGN)
			sigaddset(set, stops[i]);
	}
}

void hn_run_block_signals(void)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, plain = { .sa_handler = SIG_DFL };
	sigset_t set;

	fetched_signals(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigaction(SIGPIPE, &ignore, NULL); /* a reader who left must not cost the report */
	sigaction(SIGCHLD, &plain, NULL);  /* ignored, it would take the children's status */
}

static void finished(struct loop *l, size_t index)
{
	struct hn_outcome *o = &l->run->outcomes[index];

	l->failures += hn_is_bad(o->result.verdict);
	hn_console_finished(l->run->console, l->run->tasks->items[index].label, &o->result,
			    o->kept);
}

/* The first requirement that is not met, as a reason; or NULL. */
static const char *unmet(struct loop *l, const struct hn_case *c)
{
	const char *why = NULL;

	/* command: probes see the same two directories as the case itself */
	setenv("PROBES", l->run->setup->program.probes, 1);
	setenv("FIXTURES", c->suite->fixtures, 1);
	for (size_t i = 0; i < c->own.requires.count && !why; i++)
		why = hn_probe_ask(l->probes, c->own.requires.items[i]);
	return why;
}

static struct slot *free_slot(struct loop *l)
{
	struct slot *s = l->slots;

	while (s->busy)
		s++;
	return s;
}

static void stop_all(struct loop *l)
{
	for (size_t i = 0; i < l->run->jobs; i++)
		if (l->slots[i].busy)
			hn_job_stop(&l->slots[i].running.job);
}

/* Fetches a signal, waiting for one only if told to. */
static void fetch_signal(struct loop *l, bool wait)
{
	struct timespec none = { 0, 0 };
	sigset_t set;
	int number;

	fetched_signals(&set);
	number = wait ? sigwaitinfo(&set, NULL) : sigtimedwait(&set, NULL, &none);
	if (number <= 0 || number == SIGCHLD)
		return;
	if (!l->run->signal)
		l->run->signal = number;
	stop_all(l);
}

/* What is not run any more: skipped at --max-failures, an error on a signal. */
static void give_up(struct loop *l, size_t index)
{
	const struct hn_case *c = l->run->tasks->items[index].c;
	struct hn_result *result = &l->run->outcomes[index].result;

	if (l->run->signal)
		hn_result_add(result, HN_ERRED, HN_PROBLEM_INTERRUPTED, c->suite->path, c->line,
			      "not run: interrupted", NULL);
	else
		hn_result_skip(result, "not run: --max-failures reached");
}

/* Attempts have directories of their own: those of a failed one may be kept. */
static void start_attempt(struct loop *l, size_t index)
{
	const struct hn_task *task = &l->run->tasks->items[index];
	struct hn_outcome *o = &l->run->outcomes[index];
	struct slot *slot = free_slot(l);
	size_t number = index + 1 + (size_t)o->attempts * l->run->tasks->count;
	struct cb_error err;

	hn_console_started(l->run->console, task->label);
	if (hn_case_start(&slot->running, l->run->setup, task, (unsigned int)number, &err)) {
		hn_result_add(&o->result, HN_ERRED, HN_PROBLEM_SETUP, task->c->suite->path,
			      task->c->line, err.message, NULL);
		finished(l, index);
		return;
	}
	slot->index = index;
	slot->busy = true;
	l->active++;
}

static void start_case(struct loop *l, size_t index)
{
	const struct hn_task *task = &l->run->tasks->items[index];
	const char *why = hn_task_excuse(task);

	if (!why)
		why = unmet(l, task->c);

	fetch_signal(l, false); /* a probe may take long, and is cut short by a signal */
	if (l->run->signal) {
		give_up(l, index);
		return;
	}
	if (why) {
		hn_result_skip(&l->run->outcomes[index].result, why);
		finished(l, index);
		return;
	}
	start_attempt(l, index);
}

/* A case that failed, and may be tried again, is. */
static bool try_again(struct loop *l, size_t index)
{
	struct hn_outcome *o = &l->run->outcomes[index];
	bool again = hn_is_bad(o->result.verdict) && o->attempts < l->run->retries &&
		     !l->run->signal;

	if (!again)
		return false;
	if (!o->attempts++)
		cb_buf_adds(&o->earlier, o->result.text.data);
	hn_result_destroy(&o->result);
	o->result = (struct hn_result){ .verdict = HN_PASSED };
	free(o->kept);
	o->kept = NULL;
	start_attempt(l, index);
	return true;
}

/* One that passed in the end is neither good nor bad; one that is known to differ
 * under this engine is like one that is known to fail. */
static void settle(struct hn_outcome *o, const struct hn_task *task)
{
	const char *reason = hn_engines_reason(task->c, task->engine);
	CB_AUTO_BUF struct cb_buf message = CB_BUF_INIT;

	if (reason && o->result.verdict == HN_FAILED) {
		cb_buf_addf(&message, "differs under %s: %s", task->engine, reason);
		hn_result_skip(&o->result, message.data);
	}

	if (!o->attempts || o->result.verdict != HN_PASSED)
		return;
	cb_buf_addf(&message, "passed at attempt %d; first: %.*s", o->attempts + 1,
		    (int)strcspn(o->earlier.data, "\n"), o->earlier.data);
	o->result.verdict = HN_FLAKY;
	cb_buf_sets(&o->result.message, message.data);
	cb_buf_sets(&o->result.text, o->earlier.data);
}

static bool has_ended(const struct loop *l)
{
	return l->run->signal ||
	       (l->run->max_failures && l->failures >= l->run->max_failures);
}

/* The slot whose supervisor that is, or NULL. */
static struct slot *slot_of(const struct loop *l, pid_t supervisor)
{
	for (size_t i = 0; i < l->run->jobs; i++)
		if (l->slots[i].busy && l->slots[i].running.job.supervisor == supervisor)
			return &l->slots[i];
	return NULL;
}

/* A supervisor that was killed left its tree to us: it must not go on while the next
 * case runs. */
static void kill_orphans(const struct loop *l, pid_t dead)
{
	CB_AUTO_FREE pid_t *others = cb_calloc(l->run->jobs + l->before_count, sizeof *others);
	size_t count = 0;

	for (; count < l->before_count; count++)
		others[count] = l->before[count];
	for (size_t i = 0; i < l->run->jobs; i++)
		if (l->slots[i].busy && l->slots[i].running.job.supervisor != dead)
			others[count++] = l->slots[i].running.job.supervisor;
	hn_kill_strays(others, count);
}

static void case_ended(struct loop *l, struct slot *s)
{
	struct hn_outcome *o = &l->run->outcomes[s->index];

	if (hn_case_finish(&s->running, &o->result, &o->kept)) {
		/* its control is over; a signal may have come meanwhile */
		if (l->run->signal)
			hn_job_stop(&s->running.job);
		return;
	}
	s->busy = false;
	l->active--;
	if (!try_again(l, s->index)) {
		settle(o, &l->run->tasks->items[s->index]);
		finished(l, s->index);
	}
}

static void reap(struct loop *l)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
		struct slot *s = slot_of(l, pid);

		if (s && WIFSTOPPED(status)) {
			kill(pid, SIGCONT); /* a case did that: nobody would keep its time */
		} else if (s) {
			if (status)
				kill_orphans(l, pid);
			case_ended(l, s);
		}
	}
}

static size_t next_task(struct loop *l)
{
	size_t place = l->next++;

	return l->run->order ? l->run->order[place] : place;
}

void hn_run_cases(struct hn_run *run)
{
	struct loop l = { .run = run, .probes = hn_probes_new() };
	size_t count = run->tasks->count;

	l.before = hn_children(&l.before_count);
	prctl(PR_SET_CHILD_SUBREAPER, 1); /* for what a dead supervisor leaves */
	l.slots = cb_calloc(run->jobs, sizeof *l.slots);
	while (l.active || (l.next < count && !has_ended(&l))) {
		if (l.active < run->jobs && l.next < count && !has_ended(&l))
			start_case(&l, next_task(&l));
		else
			fetch_signal(&l, true);
		reap(&l);
	}
	while (l.next < count)
		give_up(&l, next_task(&l));
	kill_orphans(&l, 0);
	free(l.before);
	hn_probes_free(l.probes);
	free(l.slots);
}

void hn_outcomes_free(struct hn_outcome *outcomes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		hn_result_destroy(&outcomes[i].result);
		cb_buf_destroy(&outcomes[i].earlier);
		free(outcomes[i].kept);
	}
	free(outcomes);
}
