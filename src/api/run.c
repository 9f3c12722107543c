/* SPDX-License-Identifier: MIT */
/* catbox_run: the caller's thread forks and passes signals on; a thread of the
 * run's own traces, so that waiting for tracees takes no child of the caller. */
#include "api/internal.h"

#include "base/cleanup.h"
#include "linux/features.h"
#include "trace/environment.h"
#include "trace/loop.h"
#include "trace/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#define CB_TOLD_DONE 1    /* the tracing thread has ended */
#define CB_TOLD_SUSPEND (1ull << 32) /* the terminal stopped the command */

struct session {
	const struct catbox_options *options;
	struct cb_run run;
	struct cb_filter filter;
	struct cb_features features;
	struct cb_spawned spawned;
	char **environment;     /* of the command, if it is not ours; owned */
	struct cb_log_file log;
	struct cb_outcome outcome;
	struct cb_error error;
	int stats_dir;          /* directory of the counters file; owned */
	int told;               /* eventfd from the tracing thread; owned */
	sigset_t old_mask;      /* of the calling thread */
	struct sigaction old_sigchld;
	int rc;
};

const char *catbox_event_text(const catbox_event *event, const char *key)
{
	return json_string_value(json_object_get((const json_t *)event, key));
}

long long catbox_event_number(const catbox_event *event, const char *key, long long otherwise)
{
	const json_t *value = json_object_get((const json_t *)event, key);

	return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

char *catbox_event_json(const catbox_event *event)
{
	return json_dumps((const json_t *)event, JSON_COMPACT | JSON_REAL_PRECISION(9));
}

static void to_caller(void *ctx, const json_t *event)
{
	const struct session *s = ctx;

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

static void emit_start(struct session *s)
{
	json_t *event = cb_event_new(&s->run.events, "start");
	json_t *argv = json_array();

	for (char *const *a = s->options->argv; a && *a; a++) {
		json_t *holder = json_object();

		cb_event_add_text(holder, "s", *a);
		json_array_append(argv, json_object_get(holder, "s"));
		json_decref(holder);
	}
	cb_event_add_text(event, "version", catbox_version());
	cb_event_add_text(event, "engine", s->run.engine->name);
	cb_event_add_int(event, "pid", s->run.root);
	json_object_set_new(event, "argv", argv);
	json_object_set_new(event, "landlock", cb_lock_describe(&s->run.lock));
	cb_event_emit(&s->run.events, event);
}

__attribute__((format(printf, 2, 3)))
static void note(struct session *s, const char *format, ...)
{
	json_t *event = cb_event_new(&s->run.events, "note");
	CB_AUTO_BUF struct cb_buf text = CB_BUF_INIT;
	va_list ap;

	va_start(ap, format);
	cb_buf_addv(&text, format, ap);
	va_end(ap);
	cb_event_add_text(event, "text", text.data);
	cb_event_emit(&s->run.events, event);
}

/* What holds less, or is slower, than it could be. */
static void note_fallbacks(struct session *s)
{
	const struct cb_run *run = &s->run;

	if (s->features.old)
		note(s, "Linux %s is older than 5.11, the oldest that catbox is made for",
		     s->features.release);
	if (run->lock.off && run->settings->on_violation != CB_ON_VIOLATION_COLLECT)
		note(s, "there is no second lock (%s): what another thread changes between check "
			"and use is not held", run->lock.off);
	if (run->memory.no_vm_readv)
		note(s, "process_vm_readv is not to be had: tracees are read %s",
		     run->memory.no_proc_mem ? "word by word" : "through /proc/TID/mem");
	if (!s->features.openat2)
		note(s, "openat2 is not to be had: paths are walked %s", "a component at a time");
}

static void emit_end(struct session *s)
{
	json_t *event = cb_event_new(&s->run.events, "end");

	cb_event_add_outcome(event, s->outcome.status, s->outcome.signaled);
	cb_event_add_int(event, "violations", (long long)s->run.totals.violations);
	cb_event_add_int(event, "expected", (long long)s->run.totals.expected);
	cb_event_add_int(event, "leftovers", (long long)s->run.totals.leftovers);
	cb_event_add_int(event, "processes", (long long)s->run.totals.processes);
	json_object_set_new(event, "complete", json_boolean(!s->rc && !s->log.error));
	cb_event_emit(&s->run.events, event);
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
	struct cb_loop_hooks hooks = { suspended, arg };
	struct session *s = arg;

	s->rc = s->run.engine->attach(&s->run.state, s->spawned.pid, &s->error);
	if (s->rc)
		explain_refusal(s);
	if (!s->rc) {
		emit_start(s);
		note_fallbacks(s);
		cb_run_note_inherited(&s->run);
		s->run.totals.processes = 1;
		s->rc = cb_spawn_go(&s->spawned, &s->error);
		if (!s->rc)
			s->rc = cb_run_loop(&s->run, &hooks, &s->outcome, &s->error);
		emit_end(s);
	}
	tell(s->told, CB_TOLD_DONE);
	return NULL;
}

/* Stops this process as the terminal stopped the command, and wakes that one
 * up again when somebody continues us. */
static void stop_with_the_command(const struct session *s)
{
	kill(getpid(), SIGSTOP);
	kill(s->run.root, SIGCONT);
}

/* What the terminal sends it sends to the command too; what somebody sends to
 * us alone is passed on, unless it came from the run. */
static void pass_on(const struct session *s, const struct signalfd_siginfo *info)
{
	int signal = (int)info->ssi_signo;

	if (info->ssi_code == SI_KERNEL || signal == SIGTSTP || signal == SIGTTIN ||
	    signal == SIGTTOU || signal == SIGQUIT)
		return;
	kill(s->run.root, signal);
}

static void watch(struct session *s, int signals)
{
	struct pollfd fds[2] = { { s->told, POLLIN, 0 }, { signals, POLLIN, 0 } };
	struct signalfd_siginfo info;
	unsigned long long told = 0;

	while ((told & UINT32_MAX) == 0) {
		if (poll(fds, signals < 0 ? 1 : 2, -1) < 0 && errno != EINTR)
			return;
		if (signals >= 0 && read(signals, &info, sizeof info) == sizeof info)
			pass_on(s, &info);
		told = 0;
		if (read(s->told, &told, sizeof told) != sizeof told)
			told = 0;
		if (told && !(told & UINT32_MAX))
			stop_with_the_command(s);
	}
}

static void forwarded_signals(sigset_t *set)
{
	static const int signals[] = { SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU };

	sigemptyset(set);
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		sigaddset(set, signals[i]);
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
		.mask = s->old_mask,
		.ignore_sigchld = s->old_sigchld.sa_handler == SIG_IGN,
	};
	sigset_t set, all;
	pthread_t thread;
	int rc;

	forwarded_signals(&set);
	if (forward)
		signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	rc = cb_spawn(&request, &s->spawned, &s->error);
	if (rc)
		return rc;
	s->run.root = s->spawned.pid;
	s->run.group = getpgid(s->spawned.pid);
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
		return cb_error_sys(&s->error, "cannot start the tracing thread");
	}
	watch(s, signals);
	pthread_join(thread, NULL);
	return s->rc;
}

/* An ignored SIGCHLD would take the status of the command away from us, and
 * one for every stop (there is none with SA_NOCLDSTOP) costs a wake-up. A
 * caller's handler is left alone. */
static void heed_sigchld(struct session *s)
{
	struct sigaction heed = { .sa_handler = SIG_DFL, .sa_flags = SA_NOCLDSTOP };

	sigaction(SIGCHLD, NULL, &s->old_sigchld);
	if (s->old_sigchld.sa_handler == SIG_IGN || s->old_sigchld.sa_handler == SIG_DFL)
		sigaction(SIGCHLD, &heed, NULL);
}

/* Beside its place, under a name that nobody can have put there, then renamed:
 * the directory may be one that the build writes to. */
static int write_stats(struct session *s)
{
	const char *path = s->options->stats, *slash = path ? strrchr(path, '/') : NULL;
	CB_AUTO_BUF struct cb_buf temporary = CB_BUF_INIT;
	CB_AUTO_FD int fd = -1;
	unsigned long long nonce = 0;
	json_t *stats;
	int rc;

	if (!path || !s->run.state)
		return 0;
	if (getrandom(&nonce, sizeof nonce, 0) < 0)
		nonce = (unsigned long long)getpid();
	cb_buf_addf(&temporary, ".catbox-%016llx", nonce);
	fd = openat(s->stats_dir, temporary.data,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (fd < 0)
		return cb_error_sys(&s->error, "cannot write the counters '%s'", path);
	stats = cb_run_stats(&s->run, &s->outcome);
	rc = json_dumpfd(stats, fd, JSON_INDENT(2));
	json_decref(stats);
	if (rc || renameat(s->stats_dir, temporary.data, s->stats_dir, slash ? slash + 1 : path)) {
		rc = cb_error_sys(&s->error, "cannot write the counters '%s'", path);
		unlinkat(s->stats_dir, temporary.data, 0);
	}
	return rc;
}

static int open_stats_dir(struct session *s)
{
	const char *path = s->options->stats, *slash = strrchr(path, '/');
	CB_AUTO_FREE char *dir = slash ? cb_strndup(path, (size_t)(slash - path) + 1) :
					 cb_strdup(".");

	s->stats_dir = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (s->stats_dir < 0)
		return cb_error_sys(&s->error, "cannot write the counters '%s'", path);
	return 0;
}

/* Why the command did not run, if it did not. */
static int check_started(struct session *s, struct catbox_result *result)
{
	struct cb_spawn_failure failure = cb_spawn_failure(&s->spawned);

	if (failure.stage == CB_SPAWN_EXEC)
		result->exec_error = failure.error;
	errno = failure.error;
	if (failure.stage == CB_SPAWN_LOCK)
		return cb_error_sys(&s->error, "cannot take the Landlock ruleset");
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
}

/* The second lock, and how tracees are read; both may have to be done without. */
static int set_up_fallbacks(struct session *s)
{
	const char *names = s->options->without;
	unsigned without = 0;
	int rc = names ? cb_features_parse_without(names, &without, &s->error) : 0;

	if (rc)
		return rc;
	cb_features_probe(&s->features);
	s->run.memory.no_vm_readv = !s->features.vm_readv || (without & CB_WITHOUT_VM_READV);
	s->run.memory.no_proc_mem = without & CB_WITHOUT_PROC_MEM;
	return cb_lock_init(&s->run.lock, s->run.policy, without & CB_WITHOUT_LANDLOCK, &s->error);
}

static int set_up(struct session *s)
{
	const struct catbox_options *o = s->options;
	int rc = 0;

	if (o->event)
		cb_events_add_sink(&s->run.events, (struct cb_sink){ to_caller, s });
	if (o->log) {
		rc = cb_log_file_open(&s->log, o->log, &s->error);
		if (rc)
			return rc;
		cb_events_add_sink(&s->run.events, cb_log_file_sink(&s->log));
		cb_run_add_output(&s->run, o->log);
	}
	if (o->stats) {
		rc = open_stats_dir(s);
		if (rc)
			return rc;
		cb_run_add_output(&s->run, o->stats);
	}
	rc = set_up_fallbacks(s);
	if (rc)
		return rc;
	if (s->run.settings->no_leak_checks)
		s->environment = cb_environment_without_leak_checks(environ);
	s->run.needs.probes = s->run.lock.scope.signals;
	s->run.only_continue = o->flags & CATBOX_ONLY_CONTINUE;
	s->told = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->told < 0)
		return cb_error_sys(&s->error, "cannot make an eventfd");
	s->filter = cb_filter_of(&s->run.needs);
	return 0;
}

/* After a failure the child is still there: its end of the pipe tells it to
 * go, or it was killed as a tracee of a thread that ended. */
static void reap(struct session *s)
{
	if (s->rc && s->spawned.pid > 0)
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
	free(s->environment);
	cb_run_destroy(&s->run);
}

int catbox_run(const struct catbox_options *options, struct catbox_result *result,
	       struct catbox_error *err)
{
	struct session s = { .options = options, .told = -1, .stats_dir = -1, .log.fd = -1,
			     .spawned = { 0, -1, -1 } };
	int rc;

	memset(result, 0, sizeof *result);
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
		s.rc = write_stats(&s);
	fill_result(&s, result);
	pthread_sigmask(SIG_SETMASK, &s.old_mask, NULL);
	if (s.old_sigchld.sa_handler == SIG_IGN || s.old_sigchld.sa_handler == SIG_DFL)
		sigaction(SIGCHLD, &s.old_sigchld, NULL);
	tear_down(&s);
	return s.rc ? catbox_error_out(err, &s.error) : 0;
}
