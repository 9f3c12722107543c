/* SPDX-License-Identifier: MIT */
/* The guards. Everything here runs between fork and exec of a program that may
 * have threads: only what is async-signal-safe. */
#include "trace/guard.h"

#include "trace/kin.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEATH_OF_PARENT SIGTERM /* what the kernel sends to a guard for that */

/* Keeps no descriptor but `keep` (-1: none), and no terminal. */
static void detach(const char *name, int keep)
{
	int null = open("/dev/null", O_RDWR);

	signal(SIGCHLD, SIG_DFL); /* the caller's may leave out those who are stopped */
	setsid();
	prctl(PR_SET_NAME, name, 0, 0, 0);
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	if (keep < 0) {
		syscall(SYS_close_range, 3u, ~0u, 0u); /* Linux 5.9 */
	} else {
		if (keep > 3)
			syscall(SYS_close_range, 3u, (unsigned)keep - 1, 0u);
		syscall(SYS_close_range, (unsigned)keep + 1, ~0u, 0u);
	}
}

/* Takes over what is orphaned below, and learns of its parent's end. */
static void take_office(pid_t parent)
{
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) ||
	    prctl(PR_SET_PDEATHSIG, DEATH_OF_PARENT, 0, 0, 0) || getppid() != parent)
		_exit(1);
}

static void await(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, DEATH_OF_PARENT);
	if (sigwaitinfo(&set, NULL) == DEATH_OF_PARENT)
		cb_kin_kill(getpid());
}

static void tell(int report, enum cb_report_kind kind, pid_t pid, int value,
		 const struct rusage *usage)
{
	struct cb_report r = { .kind = kind, .pid = pid, .value = value };
	ssize_t ignored;

	if (usage)
		r.usage = *usage;
	ignored = write(report, &r, sizeof r);

	(void)ignored; /* nobody reads any more: we shall be told to end */
}

/* Waits for whoever ended. False: nobody is left. */
static bool reap(pid_t *pid, int *status, struct rusage *usage)
{
	do
		*pid = wait4(-1, status, WNOHANG | WUNTRACED | __WALL, usage);
	while (*pid < 0 && errno == EINTR);
	return *pid >= 0;
}

_Noreturn static void inner(pid_t parent, int report, void (*command)(void *ctx), void *ctx)
{
	struct rusage usage;
	pid_t child, pid;
	int status;

	take_office(parent);
	child = fork();
	if (!child) {
		command(ctx);
		_exit(1);
	}
	if (child < 0)
		_exit(1);
	detach("catbox-guard", report);
	tell(report, CB_REPORT_STARTED, child, getpid(), NULL);
	while (reap(&pid, &status, &usage)) {
		if (!pid)
			await();
		else if (pid == child && WIFSTOPPED(status))
			tell(report, CB_REPORT_STOPPED, pid, WSTOPSIG(status), NULL);
		else if (pid == child)
			tell(report, CB_REPORT_ENDED, pid, status, &usage);
	}
	tell(report, CB_REPORT_NOBODY, 0, 0, NULL);
	_exit(0);
}

_Noreturn void cb_guard(pid_t parent, int report, void (*command)(void *ctx), void *ctx)
{
	pid_t self = getpid(), guard, pid;
	int status;

	take_office(parent);
	guard = fork();
	if (!guard)
		inner(self, report, command, ctx);
	if (guard < 0)
		_exit(1);
	detach("catbox-guard2", -1);
	while (reap(&pid, &status, NULL)) {
		if (!pid)
			await();
		else if (pid == guard && !WIFSTOPPED(status)) /* whoever is left then is left alone */
			cb_kin_kill(self);
	}
	_exit(0);
}
