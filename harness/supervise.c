/* SPDX-License-Identifier: MIT */
/* The supervisor. All signals it cares about stay blocked and are fetched, so
 * there is no handler and no race. */
#include "supervise.h"

#include "base/cleanup.h"
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#define TERM_GRACE_MS 3000      /* between TERM and KILL at the timeout */
#define INTERRUPT_GRACE_MS 1000 /* the same, when somebody waits at a terminal */
#define SURVIVOR_GRACE_MS 500   /* what was killed with its tracer is dying */
#define TICK_MS 200             /* how often output and processes are looked at */

struct watch {
	const struct hn_launch *launch;
	pid_t harness, program;
	long long processes; /* on the machine, at the start */
	bool ended;
	struct hn_ending ending;
};

/* --- the program's side */

static void redirect(const struct hn_launch *l)
{
	int flags = O_WRONLY | O_CREAT | O_APPEND;
	int in = open("/dev/null", O_RDONLY);
	int out = open(l->stdout_path, flags, 0644);
	int err = open(l->stderr_path, flags, 0644);

	if (in < 0 || out < 0 || err < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 ||
	    dup2(err, 2) < 0)
		_exit(125);
	close_range(3, ~0u, 0);
}

static void run_program(const struct hn_launch *l, pid_t supervisor)
{
	struct rlimit core;

	setsid();
	/* a supervisor that is killed takes the tracer with it, and that the tracees */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != supervisor)
		_exit(125);
	umask(022);
	if (!getrlimit(RLIMIT_CORE, &core)) {
		core.rlim_cur = 0; /* a core in the work directory is no build's file */
		setrlimit(RLIMIT_CORE, &core);
	}
	redirect(l);
	hn_signals_reset();
	if (!chdir(l->cwd))
		execve(l->argv[0], l->argv, l->envp);
	fprintf(stderr, "catbox-harness: cannot run %s in %s: %s\n", l->argv[0], l->cwd,
		strerror(errno));
	_exit(125);
}

/* --- the supervisor's side */

static void reap(struct watch *w)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG | __WALL)) > 0)
		if (pid == w->program) {
			w->ended = true;
			w->ending.status = status;
		}
}

static bool is_flooded(const struct hn_launch *l)
{
	struct stat st;

	return (!stat(l->stdout_path, &st) && st.st_size > l->output_max) ||
	       (!stat(l->stderr_path, &st) && st.st_size > l->output_max);
}

/* Processes and threads on this machine, 0 if that cannot be known. */
static long long all_processes(void)
{
	CB_AUTO_BUF struct cb_buf text = CB_BUF_INIT;
	long long count;

	if (cb_buf_read_file(&text, AT_FDCWD, "/proc/loadavg", 4096) ||
	    sscanf(text.data, "%*s %*s %*s %*d/%lld", &count) != 1)
		return 0;
	return count;
}

/* The exact answer takes time, and is looked for only if it may be yes. */
static bool is_crowded(const struct watch *w)
{
	int max = w->launch->processes_max;

	return max && all_processes() - w->processes > max && hn_count_descendants() > max;
}

/* Sleeps until a signal or the given time; true if it was told to stop: by the harness,
 * or because that died. A case may know our number too. */
static bool doze(const struct watch *w, long long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };
	siginfo_t info;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	return sigtimedwait(&set, &info, &t) == SIGTERM &&
	       (info.si_pid == w->harness || getppid() != w->harness);
}

/* Until the program ends, or there is a reason to end it. */
static void watch_program(struct watch *w, long long start)
{
	for (;;) {
		long long left = start + w->launch->timeout_ms - hn_now_ms();

		reap(w);
		if (w->ended)
			return;
		if (left <= 0)
			w->ending.timed_out = true;
		else if (is_flooded(w->launch))
			w->ending.flooded = true;
		else if (is_crowded(w))
			w->ending.crowded = true;
		else if (doze(w, left < TICK_MS ? left : TICK_MS))
			w->ending.interrupted = true;
		if (hn_ending_is_forced(&w->ending))
			return;
	}
}

/* TERM, a while to use it, and KILL by the caller. */
static void end_program(struct watch *w)
{
	long long grace = w->ending.interrupted ? INTERRUPT_GRACE_MS : TERM_GRACE_MS;
	long long until = hn_now_ms() + grace;

	kill(-w->program, SIGTERM);
	while (!w->ended && hn_now_ms() < until) {
		doze(w, until - hn_now_ms());
		reap(w);
	}
	if (!w->ended)
		kill(w->program, SIGKILL); /* its tracees die with it */
}

/* The harness has them blocked already; INT too, for a terminal sends it to all. */
static void block_signals(void)
{
	static const int numbers[] = { SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGQUIT };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		sigaddset(&set, numbers[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static long long now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000ll + t.tv_nsec / 1000;
}

/* Of all that was waited for: orphans come to us, so that none is missed but those
 * whose parent ignores SIGCHLD. A tracee counts once: the kernel adds a child's
 * times when its parent reaps it (wait_task_zombie in kernel/exit.c). */
static long long children_cpu_us(void)
{
	struct rusage u;

	if (getrusage(RUSAGE_CHILDREN, &u))
		return 0;
	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000ll + u.ru_utime.tv_usec +
	       u.ru_stime.tv_usec;
}

static void supervise(const struct hn_launch *launch, int fd, pid_t harness)
{
	struct watch w = { .launch = launch, .harness = harness, .ending = { .status = -1 } };
	CB_AUTO_BUF struct cb_buf names = CB_BUF_INIT;
	long long start = hn_now_ms(), start_us = now_us();
	pid_t self = getpid();
	bool stopped;
	ssize_t n;

	block_signals();
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != harness)
		_exit(1);
	w.processes = all_processes();
	w.program = fork();
	if (!w.program)
		run_program(launch, self);
	if (w.program < 0)
		_exit(1);
	watch_program(&w, start);
	stopped = !w.ended;
	if (stopped)
		end_program(&w);
	w.ending.ms = hn_now_ms() - start;
	w.ending.wall_us = now_us() - start_us;
	w.ending.survivors = hn_kill_descendants(stopped ? 0 : SURVIVOR_GRACE_MS, &names);
	w.ending.cpu_us = children_cpu_us();
	snprintf(w.ending.names, sizeof w.ending.names, "%s", names.data ? names.data : "");
	n = write(fd, &w.ending, sizeof w.ending);
	_exit(n != (ssize_t)sizeof w.ending);
}

/* --- the harness's side */

bool hn_ending_is_forced(const struct hn_ending *e)
{
	return e->timed_out || e->flooded || e->crowded || e->interrupted;
}

int hn_job_start(struct hn_job *job, const struct hn_launch *launch, struct cb_error *err)
{
	pid_t harness = getpid();
	int fds[2];

	*job = (struct hn_job){ -1, -1 };
	if (pipe2(fds, O_CLOEXEC))
		return cb_error_sys(err, "cannot make a pipe");
	job->supervisor = fork();
	if (!job->supervisor)
		supervise(launch, fds[1], harness);
	close(fds[1]);
	if (job->supervisor < 0) {
		int rc = cb_error_sys(err, "cannot start a process");

		close(fds[0]);
		return rc;
	}
	job->fd = fds[0];
	return 0;
}

void hn_job_stop(const struct hn_job *job)
{
	if (job->supervisor > 0)
		kill(job->supervisor, SIGTERM);
}

int hn_job_finish(struct hn_job *job, struct hn_ending *ending, struct cb_error *err)
{
	ssize_t n = read(job->fd, ending, sizeof *ending);

	close(job->fd);
	*job = (struct hn_job){ -1, -1 };
	if (n != (ssize_t)sizeof *ending)
		return cb_error(err, EIO, "the supervisor of this case died: perhaps the case killed it");
	return 0;
}
