/* SPDX-License-Identifier: MIT */
/* catbox_run: the caller's thread forks and passes signals on; a thread of the
 * run's own traces, so that waiting for tracees takes no child of the caller. */
#include "api/session.h"

#include "api/engine.h"
#include "api/stats.h"
#include "base/cleanup.h"
#include "trace/environment.h"
#include "trace/pretend.h"
#include "trace/supervisors.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define HOOK_TIMEOUT_MS 30000

static void to_caller(void *ctx, const json_t *event)
{
	struct session *s = ctx;

	cb_processor_leave(&s->run.processor); /* as for hooks */
	s->options->event((const catbox_event *)event, s->options->event_ctx);
}

static void tell(int fd, unsigned long long what)
{
	ssize_t ignored = write(fd, &what, sizeof what);

	(void)ignored;
}

static void suspended(void *ctx)
{
	tell(((struct session *)ctx)->told, CB_TOLD_SUSPEND);
}

static json_t *start_event(struct session *s)
{
	json_t *event = cb_event_new(s->run.events, "start");
	json_t *argv = json_array();

	for (char *const *a = s->options->argv; a && *a; a++) {
		json_t *holder = json_object();

		cb_event_add_text(holder, "s", *a);
		json_array_append(argv, json_object_get(holder, "s"));
		json_decref(holder);
	}
	cb_event_add_text(event, "version", catbox_version());
	cb_event_add_text(event, "engine", s->run.engine->name);
	if (s->engine_why)
		cb_event_add_text(event, "engine_why", s->engine_why);
	cb_event_add_int(event, "supervisors", s->run.supervisors);
	cb_event_add_int(event, "pid", s->run.root);
	json_object_set_new(event, "argv", argv);
	json_object_set_new(event, "landlock", cb_lock_describe(&s->run.lock));
	return event;
}

/* All is set up for tracing: says so, and asks whether the child shall run. */
static int start(struct session *s)
{
	json_t *event = start_event(s);
	int rc;

	json_incref(event);
	cb_event_emit(s->run.events, event);
	rc = cb_hook_call(&s->run, CB_HOOK_CHILD_INITIALIZED, s->run.root, event, &s->error);
	json_decref(event);
	return rc;
}

void catbox_session_note(struct session *s, const char *format, ...)
{
	json_t *event = cb_event_new(s->run.events, "note");
	CB_AUTO_BUF struct cb_buf text = CB_BUF_INIT;
	va_list ap;

	va_start(ap, format);
	cb_buf_addv(&text, format, ap);
	va_end(ap);
	cb_event_add_text(event, "text", text.data);
	cb_event_emit(s->run.events, event);
}

/* What holds less, or is slower, than it could be. */
static void note_fallbacks(struct session *s)
{
	const struct cb_run *run = &s->run;

	if (s->features.old)
		catbox_session_note(s, "Linux %s is older than 5.11, the oldest that catbox is made for",
		     s->features.release);
	if (run->lock.off && run->settings->on_violation != CB_ON_VIOLATION_COLLECT &&
	    !run->settings->unconfined)
		catbox_session_note(s, "there is no second lock (%s): what another thread changes between check "
			"and use is not held", run->lock.off);
	if (run->memory.no_vm_readv)
		catbox_session_note(s, "process_vm_readv is not to be had: tracees are read %s",
		     run->memory.no_proc_mem ? "word by word" : "through /proc/TID/mem");
	if (s->single_why)
		catbox_session_note(s, "there is one supervisor, not %u: %s", s->options->supervisors,
			s->single_why);
	for (size_t i = 0; i < s->dropped.len; i += strlen(s->dropped.data + i) + 1)
		catbox_session_note(s, "%s", s->dropped.data + i);
	if (!s->features.openat2)
		catbox_session_note(s, "openat2 is not to be had: paths are walked %s", "a component at a time");
}

static json_t *end_event(struct session *s)
{
	json_t *event = cb_event_new(s->run.events, "end");

	cb_event_add_outcome(event, s->outcome.status, s->outcome.signaled);
	cb_event_add_int(event, "violations", (long long)s->run.totals.violations);
	cb_event_add_int(event, "expected", (long long)s->run.totals.expected);
	cb_event_add_int(event, "leftovers", (long long)s->run.totals.leftovers);
	if (s->run.pretend)
		cb_event_add_int(event, "faked", (long long)s->run.totals.faked);
	if (s->run.engine->tells_lives)
		cb_event_add_int(event, "processes", (long long)s->run.totals.processes);
	json_object_set_new(event, "complete", json_boolean(!s->rc && !s->log.error));
	return event;
}

/* The end is the last event: what the hook does is told before it. */
static void finish(struct session *s)
{
	if (cb_hook_wanted(&s->run, CB_HOOK_FINISHED)) {
		json_t *event = end_event(s);

		cb_hook_call(&s->run, CB_HOOK_FINISHED, s->run.root, event, NULL);
		json_decref(event);
	}
	cb_event_emit(s->run.events, end_event(s));
}

/* Lets the child go and traces to the end. If somebody has killed it while it waited
 * for us, then that is what we told was for the dead. */
static int live(struct session *s)
{
	struct cb_loop_hooks hooks = { suspended, s };
	int rc;

	cb_run_tell_first(&s->run);
	rc = cb_spawn_go(&s->spawned, &s->error);
	if (!rc && s->run.engine->released)
		rc = s->run.engine->released(s->run.state, s->without, &s->error);
	if (rc == 0 || rc == CB_GONE)
		rc = cb_run_loop(&s->run, &hooks, &s->outcome, &s->error);
	s->failure = cb_spawn_failure(&s->spawned);
	if (!rc && s->failure.stage == CB_SPAWN_NOTHING && !s->run.shared->cancelled)
		cb_hook_call(&s->run, CB_HOOK_CHILD_DIED_UNEXPECTEDLY, s->run.root, NULL, NULL);
	return rc;
}

/* A process that is traced has children that are traced: not by us. */
static void explain_refusal(struct session *s)
{
	const struct cb_features *f = &s->features;

	if (f->tracer)
		cb_error(&s->error, EPERM, "cannot sandbox: this process is itself traced, by "
			 "process %d (catbox does not run inside catbox, strace or a debugger)",
			 f->tracer);
	else if (f->yama_scope > 1)
		cb_error(&s->error, EPERM, "cannot trace the child with ptrace: Yama forbids it "
			 "(/proc/sys/kernel/yama/ptrace_scope is %d; 0 or 1 would do)",
			 f->yama_scope);
	else if (s->rc == -EPERM || s->rc == -ENOSYS)
		cb_error(&s->error, -s->rc, "cannot trace the child with ptrace: %s (a container "
			 "whose seccomp profile refuses ptrace, or an emulator?)",
			 strerror(-s->rc));
}

/* The tracing thread: takes the child over and stays to the end. */
static void *trace(void *arg)
{
	struct session *s = arg;

	s->rc = s->run.engine->attach(&s->run.state, &s->spawned, &s->error);
	if (s->rc && s->run.engine->traces)
		explain_refusal(s);
	if (!s->rc) {
		s->rc = start(s);
		note_fallbacks(s);
		cb_run_note_inherited(&s->run);
		s->run.totals.processes = 1;
		if (!s->rc)
			s->rc = live(s);
		if (!s->rc)
			s->rc = catbox_session_save_state(s);
		if (!s->rc)
			s->rc = catbox_session_save_manifest(s);
		finish(s);
	}
	tell(s->told, CB_TOLD_DONE);
	return NULL;
}

/* The guards end after everybody else; SIGTERM is their order to see to that. */
static void dismiss_guards(struct session *s)
{
	int status = 0;

	if (!s->spawned.guard)
		return;
	if (s->rc)
		kill(s->spawned.guard, SIGTERM);
	if (waitpid(s->spawned.guard, &status, __WALL) == s->spawned.guard && status && !s->rc)
		s->rc = cb_error(&s->error, EOWNERDEAD,
				 "a process that keeps the run together was killed, and so is the run");
}

static int fork_and_trace(struct session *s)
{
	bool forward = s->options->flags & CATBOX_FORWARD_SIGNALS;
	CB_AUTO_FD int signals = -1;
	struct cb_spawn request = {
		.argv = s->options->argv,
		.function = s->options->function,
		.arg = s->options->function_arg,
		.filter = &s->filter,
		.environment = s->environment,
		.ruleset = s->run.lock.ruleset,
		.listens = s->run.engine->listens,
		.wait_killable = !(s->without & CB_WITHOUT_WAIT_KILLABLE),
		.no_core = !s->run.engine->tells_lives && s->run.lock.off,
		.mask = s->old_mask,
		.ignore_sigchld = s->sigchld_changed,
		.before_fork = s->options->before_fork,
		.after_fork = s->options->after_fork,
		.fork_ctx = s->options->thread_ctx,
	};
	int private[] = { s->run.resolver.self_fds, s->run.resolver.root, s->log.fd, s->stats_dir,
			  s->told, -1 };
	sigset_t set, all;
	pthread_t thread;
	int rc;

	catbox_session_signals(&set);
	if (forward)
		signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	private[5] = signals;
	request.private_fds = private;
	request.private_count = sizeof private / sizeof *private;
	rc = cb_spawn(&request, &s->spawned, &s->error);
	if (rc)
		return rc;
	s->run.root = s->spawned.pid;
	s->run.group = getpgid(s->spawned.pid);
	s->child = (int)syscall(SYS_pidfd_open, s->spawned.pid, 0);
	sigfillset(&all); /* the thread inherits: no signal is for it, but a blocked */
	sigdelset(&all, SIGCHLD); /* one is queued, where an ignored one is dropped */
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	rc = pthread_create(&thread, NULL, trace, s);
	if (forward) {
		sigorset(&all, &s->old_mask, &set);
		pthread_sigmask(SIG_SETMASK, &all, NULL);
	} else {
		pthread_sigmask(SIG_SETMASK, &s->old_mask, NULL);
	}
	if (rc) {
		errno = rc;
		s->rc = cb_error_sys(&s->error, "cannot start the tracing thread");
		dismiss_guards(s);
		return s->rc;
	}
	catbox_session_watch(s, signals);
	pthread_join(thread, NULL);
	dismiss_guards(s);
	return s->rc;
}

/* An ignored SIGCHLD takes the status of children away from whoever waits for them as
 * their parent; a tracer gets it all the same (wait(2), Linux: do_notify_parent). */
static void heed_sigchld(struct session *s)
{
	struct sigaction heed = { .sa_handler = SIG_DFL, .sa_flags = SA_NOCLDSTOP };

	sigaction(SIGCHLD, NULL, &s->old_sigchld);
	s->sigchld_changed = s->run.engine->heeds_sigchld &&
			     s->old_sigchld.sa_handler == SIG_IGN;
	if (s->sigchld_changed)
		sigaction(SIGCHLD, &heed, NULL);
}

/* Why the command did not run, if it did not. */
static int check_started(struct session *s, struct catbox_result *result)
{
	struct cb_spawn_failure failure = s->failure;

	if (failure.stage == CB_SPAWN_EXEC)
		result->exec_error = failure.error;
	errno = failure.error;
	if (failure.stage == CB_SPAWN_LOCK)
		return cb_error_sys(&s->error, "cannot take the Landlock ruleset");
	if (failure.stage == CB_SPAWN_FILTER && failure.error == EBUSY)
		return cb_error(&s->error, EBUSY, "cannot sandbox with the engine notify: this "
				"process is already under a seccomp listener (catbox inside catbox? "
				"the engine ptrace may be free)");
	if (failure.stage == CB_SPAWN_FILTER && s->run.engine->listens)
		return cb_error(&s->error, failure.error, "cannot sandbox with the engine notify: a "
				"seccomp listener is refused here (%s; by a sandbox around this one?)",
				strerror(failure.error));
	if (failure.stage == CB_SPAWN_FILTER)
		return cb_error_sys(&s->error, "cannot load the seccomp filter");
	return 0;
}

static void fill_result(const struct session *s, struct catbox_result *result)
{
	result->status = s->outcome.signaled ? 0 : s->outcome.status;
	result->signal = s->outcome.signaled ? s->outcome.status : 0;
	result->stopped = s->outcome.stopped;
	result->violations = s->run.totals.violations;
	result->expected = s->run.totals.expected;
	result->leftovers = s->run.totals.leftovers;
	result->timed_out = s->timed_out;
	result->hook_failures = s->run.hooks.failures;
	result->usage = s->outcome.usage;
}

/* The second lock, and how tracees are read; both may have to be done without. */
static int set_up_fallbacks(struct session *s)
{
	const char *names = s->options->without;
	int rc = names ? cb_features_parse_without(names, &s->without, &s->error) : 0;

	if (rc)
		return rc;
	cb_features_probe(&s->features);
	s->run.memory.no_vm_readv = !s->features.vm_readv || (s->without & CB_WITHOUT_VM_READV);
	s->run.memory.no_proc_mem = s->without & CB_WITHOUT_PROC_MEM;
	return cb_lock_init(&s->run.lock, s->run.policy, s->without & CB_WITHOUT_LANDLOCK, &s->error);
}

static int set_up_hooks(struct session *s)
{
	const struct catbox_options *o = s->options;

	catbox_hooks_add_functions(&s->run.hooks, o);
	if (!o->hook_commands)
		return 0;
	s->commands = (struct catbox_hook_commands){
		.timeout_ms = o->hook_timeout_ms ? o->hook_timeout_ms : HOOK_TIMEOUT_MS,
		.mask = s->old_mask,
	};
	return catbox_hooks_add_commands(&s->run.hooks, &s->commands, o->hook_commands,
					 &s->error);
}

/* One, unless somebody asks for more: see README.md for what they bring. */
static void set_up_supervisors(struct session *s)
{
	const char *limit = cb_supervisors_limit(&s->run);

	if (s->options->supervisors < 2)
		return;
	if (limit)
		s->single_why = limit;
	else
		s->run.supervisors = (int)s->options->supervisors;
}

static void set_up_end(struct session *s)
{
	const struct catbox_options *o = s->options;

	s->run.cancellable = o->tick || o->timeout_ms;
	clock_gettime(CLOCK_MONOTONIC, &s->deadline);
	s->deadline.tv_sec += o->timeout_ms / 1000;
	s->deadline.tv_nsec += o->timeout_ms % 1000 * 1000000l;
}

static int set_up(struct session *s)
{
	const struct catbox_options *o = s->options;
	int rc = 0;

	if (o->event)
		cb_events_add_sink(s->run.events, (struct cb_sink){ to_caller, s });
	if (o->log) {
		rc = cb_log_file_open(&s->log, o->log, &s->error);
		if (rc)
			return rc;
		cb_events_add_sink(s->run.events, cb_log_file_sink(&s->log));
		cb_run_add_output(&s->run, o->log);
	}
	if (o->stats) {
		rc = catbox_stats_open(o->stats, &s->stats_dir, &s->error);
		if (rc)
			return rc;
		cb_run_add_output(&s->run, o->stats);
	}
	rc = set_up_hooks(s);
	if (!rc)
		rc = catbox_session_open_files(s);
	if (!rc)
		rc = set_up_fallbacks(s);
	if (rc)
		return rc;
	s->run.engine = cb_engine_choose(s->run.settings->engine, &s->features, &s->engine_why);
	set_up_supervisors(s);
	if (s->run.settings->no_leak_checks)
		s->environment = cb_environment_without_leak_checks(environ);
	s->run.needs.probes = s->run.lock.scope.signals;
	s->run.needs.execs = (s->run.settings->log_exec || s->run.settings->fake) &&
			     !s->run.engine->tells_lives;
	s->run.only_continue = o->flags & CATBOX_ONLY_CONTINUE;
	s->told = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->told < 0)
		return cb_error_sys(&s->error, "cannot make an eventfd");
	s->filter = cb_filter_of(&s->run.needs);
	if (s->run.engine->listens)
		s->filter = cb_filter_asking(&s->filter);
	set_up_end(s);
	return 0;
}

/* After a failure the child is still there: its end of the pipe tells it to
 * go, or it was killed as a tracee of a thread that ended. */
static void reap(struct session *s)
{
	if (s->rc && s->spawned.pid > 0 && !s->spawned.guard)
		waitpid(s->spawned.pid, NULL, __WALL);
}

static void tear_down(struct session *s)
{
	int rc = cb_log_file_close(&s->log);

	if (rc && !s->rc) {
		errno = -rc;
		s->rc = cb_error_sys(&s->error, "cannot write the log '%s'", s->options->log);
	}
	cb_spawned_destroy(&s->spawned);
	reap(s);
	if (s->told >= 0)
		close(s->told);
	if (s->stats_dir >= 0)
		close(s->stats_dir);
	if (s->child >= 0)
		close(s->child);
	free(s->environment);
	if (s->run.engine->listens)
		cb_filter_destroy(&s->filter);
	cb_fake_file_close(&s->state);
	cb_save_close(&s->manifest);
	cb_buf_destroy(&s->dropped);
	catbox_hook_commands_destroy(&s->commands);
	cb_run_destroy(&s->run);
}

/* With options and result of our own, so of the full size. */
static int run(const struct catbox_options *options, struct catbox_result *result,
	       struct catbox_error *err)
{
	struct session s = { .options = options, .told = -1, .stats_dir = -1, .log.fd = -1,
			     .child = -1, .spawned = CB_SPAWNED_INIT, .state = CB_FAKE_FILE_NONE,
			     .manifest = CB_SAVE_INIT };
	int rc;

	catbox_policy_freeze(options->policy);
	rc = cb_run_init(&s.run, options->policy->rules, &s.error);
	if (rc)
		return catbox_error_out(err, &s.error);
	pthread_sigmask(SIG_SETMASK, NULL, &s.old_mask);
	heed_sigchld(&s);
	s.rc = set_up(&s);
	if (!s.rc)
		s.rc = fork_and_trace(&s);
	if (!s.rc)
		s.rc = check_started(&s, result);
	if (!s.rc)
		s.rc = catbox_session_write_stats(&s);
	if (s.ticked_off)
		s.rc = cb_error(&s.error, ECANCELED, "the run was ended by its caller");
	fill_result(&s, result);
	pthread_sigmask(SIG_SETMASK, &s.old_mask, NULL);
	if (s.sigchld_changed)
		sigaction(SIGCHLD, &s.old_sigchld, NULL);
	tear_down(&s);
	return s.rc ? catbox_error_out(err, &s.error) : 0;
}

int catbox_run(const struct catbox_options *options, struct catbox_result *result,
	       struct catbox_error *err)
{
	struct catbox_result full = { 0 };
	struct catbox_options known;
	struct cb_error inner = { 0 };
	int rc = catbox_options_take(&known, options, &inner);

	if (rc)
		return catbox_error_out(err, &inner);
	rc = run(&known, &full, err);
	memcpy(result, &full, known.result_size);
	return rc;
}
