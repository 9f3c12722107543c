/* SPDX-License-Identifier: MIT */
/* Runs a command and says what its whole process tree cost: waits for it and for
 * everything it left behind, then writes "CPU_SECONDS WALL_SECONDS" to a file (-o)
 * or to descriptor 3. Its exit status is the command's.
 *
 * The CPU time is RUSAGE_CHILDREN: user + system of every descendant that was
 * waited for. As a subreaper this program inherits the orphans, so none is missed
 * but those whose parent ignores SIGCHLD. A tracee counts once: the kernel adds a
 * child's times when its parent reaps it, and wait() by a tracer that is not the
 * parent adds nothing (wait_task_zombie in kernel/exit.c).
 * With -m a third word follows: the greatest resident set, in KiB, of the command
 * itself or of one that it reaped. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int fail(const char *what)
{
	fprintf(stderr, "cputime: %s: %s\n", what, strerror(errno));
	return 125;
}

static void run(char *const argv[])
{
	execvp(argv[0], argv);
	fprintf(stderr, "cputime: %s: %s\n", argv[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

/* Waits for all there is; the status of the one asked for. */
static int reap_all(pid_t command, long *max_rss)
{
	struct rusage usage;
	int status, answer = 125;
	pid_t pid;

	for (;;) {
		pid = wait4(-1, &status, __WALL, &usage);
		if (pid < 0 && errno == EINTR)
			continue;
		if (pid < 0)
			return answer;
		if (pid != command)
			continue;
		answer = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		*max_rss = usage.ru_maxrss;
	}
}

static int report(int fd, double wall, long max_rss)
{
	struct rusage usage;
	char rss[32] = "";

	if (getrusage(RUSAGE_CHILDREN, &usage))
		return fail("getrusage");
	if (max_rss)
		snprintf(rss, sizeof rss, " %ld", max_rss);
	if (dprintf(fd, "%.6f %.6f%s\n", seconds(usage.ru_utime) + seconds(usage.ru_stime),
		    wall, rss) < 0)
		return fail("cannot write the result");
	return 0;
}

static int usage(void)
{
	fprintf(stderr, "usage: cputime [-m] [-o FILE] [--] COMMAND [ARG...]\n");
	return 125;
}

int main(int argc, char **argv)
{
	int fd = 3, option, status;
	bool with_rss = false;
	long max_rss = 0;
	double start;
	pid_t pid;

	while ((option = getopt(argc, argv, "+mo:")) != -1) {
		if (option == 'm')
			with_rss = true;
		else if (option != 'o')
			return usage();
		else if ((fd = open(optarg, O_WRONLY | O_CREAT | O_TRUNC, 0644)) < 0)
			return fail(optarg);
	}
	if (optind >= argc)
		return usage();
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return fail("no -o, and descriptor 3 is not open");
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0))
		return fail("prctl");
	signal(SIGCHLD, SIG_DFL);
	start = now();
	pid = fork();
	if (pid < 0)
		return fail("fork");
	if (!pid)
		run(argv + optind);
	status = reap_all(pid, &max_rss);
	return report(fd, now() - start, with_rss ? max_rss : 0) ? 125 : status;
}
