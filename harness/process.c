/* SPDX-License-Identifier: MIT */
/* Children: clean signals, all descendants found and ended, answers read. */
#include "process.h"

#include "base/cleanup.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#define ANSWER_MAX (64u << 10)
#define SLICE_MS 200 /* between looks for a signal that waits */
#define CHILDREN_MAX (1u << 20)
#define QUICK_ROUNDS 100
#define KILL_MAX_MS 20000 /* until what was killed has died */

void hn_signals_reset(void)
{
	struct sigaction act = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (int n = 1; n < NSIG; n++)
		sigaction(n, &act, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

long long hn_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000ll + t.tv_nsec / 1000000;
}

static void sleep_ms(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

/* --- descendants */

struct relative {
	pid_t pid, parent, group;
	char state;
	char comm[64];
};

static bool read_stat(const char *pid, struct relative *r)
{
	CB_AUTO_BUF struct cb_buf text = CB_BUF_INIT;
	char path[64];
	char *open, *close;

	snprintf(path, sizeof path, "/proc/%.20s/stat", pid);
	if (cb_buf_read_file(&text, AT_FDCWD, path, 4096))
		return false;
	open = strchr(text.data, '(');
	close = strrchr(text.data, ')'); /* a name may hold anything */
	if (!open || !close || sscanf(close + 1, " %c %d %d", &r->state, &r->parent, &r->group) != 3)
		return false;
	r->pid = (pid_t)atoi(pid);
	snprintf(r->comm, sizeof r->comm, "%.*s", (int)(close - open - 1), open + 1);
	return true;
}

/* All processes, as an array with `*count` elements (owned by the caller). */
static struct relative *read_processes(size_t *count)
{
	struct relative *all = NULL;
	DIR *proc = opendir("/proc");
	struct dirent *d;

	*count = 0;
	while (proc && (d = readdir(proc))) {
		struct relative r;

		if (!isdigit((unsigned char)*d->d_name) || !read_stat(d->d_name, &r))
			continue;
		all = cb_realloc(all, (*count + 1) * sizeof *all);
		all[(*count)++] = r;
	}
	if (proc)
		closedir(proc);
	return all;
}

/* Processes with all they made, which are left alone. */
struct spared {
	const pid_t *pids;
	size_t count;
};

static bool is_spared(const struct spared *s, pid_t pid)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->pids[i] == pid)
			return true;
	return false;
}

/* Of the calling process, and of none that is spared? */
static bool is_ours(const struct relative *all, size_t count, const struct relative *r,
		    const struct spared *spared)
{
	pid_t self = getpid();

	for (int depth = 0; depth < 1000; depth++) {
		const struct relative *parent = NULL;

		if (is_spared(spared, r->pid))
			return false;
		if (r->parent == self)
			return true;
		for (size_t i = 0; i < count && !parent; i++)
			if (all[i].pid == r->parent)
				parent = &all[i];
		if (!parent)
			return false;
		r = parent;
	}
	return false;
}

/* A whole group dies at once: no member can leave a child behind in between. Our
 * own group is also that of others. */
static void kill_with_group(const struct relative *r)
{
	if (r->group > 1 && r->group != getpgrp())
		kill(-r->group, SIGKILL);
	kill(r->pid, SIGKILL);
}

/* Sends SIGKILL to all living descendants; returns how many there were. */
static int kill_once(struct cb_buf *names, const struct spared *spared)
{
	size_t count;
	CB_AUTO_FREE struct relative *all = read_processes(&count);
	int living = 0;

	for (size_t i = 0; i < count; i++) {
		if (all[i].state == 'Z' || all[i].state == 'X' ||
		    !is_ours(all, count, &all[i], spared))
			continue;
		living++;
		if (names && names->len < 300)
			cb_buf_addf(names, "%s%s[%d]", names->len ? ", " : "", all[i].comm,
				    (int)all[i].pid);
		kill_with_group(&all[i]);
	}
	return living;
}

/* Takes the exit of every dead child. False when none is left at all. */
static bool reap(void)
{
	pid_t pid;

	do
		pid = waitpid(-1, NULL, WNOHANG | __WALL);
	while (pid > 0 || (pid < 0 && errno == EINTR));
	return pid == 0;
}

pid_t *hn_children(size_t *count)
{
	CB_AUTO_BUF struct cb_buf list = CB_BUF_INIT;
	pid_t *children = NULL;
	char *end;

	*count = 0;
	if (cb_buf_read_file(&list, AT_FDCWD, "/proc/thread-self/children", CHILDREN_MAX))
		return NULL;
	for (char *at = list.data; ; at = end) {
		long pid = strtol(at, &end, 10);

		if (end == at)
			return children;
		children = cb_realloc(children, (*count + 1) * sizeof *children);
		children[(*count)++] = (pid_t)pid;
	}
}

/* Kills the children that there are now, in far less time than it takes to look at
 * all processes: one that forks and ends, and whose child does so too, in a session
 * of its own, is gone before its turn comes there. Each becomes our child. */
static void kill_children(void)
{
	size_t count;
	CB_AUTO_FREE pid_t *children = hn_children(&count);

	for (size_t i = 0; i < count; i++)
		kill(children[i], SIGKILL);
}

int hn_count_descendants(void)
{
	static const struct spared none = { NULL, 0 };
	size_t count;
	CB_AUTO_FREE struct relative *all = read_processes(&count);
	int ours = 0;

	for (size_t i = 0; i < count; i++)
		ours += is_ours(all, count, &all[i], &none);
	return ours;
}

void hn_kill_strays(const pid_t *spared, size_t count)
{
	const struct spared s = { spared, count };
	long long until = hn_now_ms() + KILL_MAX_MS;

	while (kill_once(NULL, &s) && hn_now_ms() < until)
		sleep_ms(2);
}

int hn_kill_descendants(long long grace_ms, struct cb_buf *names)
{
	static const struct spared none = { NULL, 0 };
	long long start = hn_now_ms();
	int found = 0;

	while (reap()) {
		if (hn_now_ms() - start < grace_ms) {
			sleep_ms(5);
			continue;
		}
		/* what is born between the look and the kill is met next time */
		if (!found)
			found = kill_once(names, &none);
		else
			kill_once(NULL, &none);
		for (int i = 0; i < QUICK_ROUNDS && reap(); i++)
			kill_children();
		if (hn_now_ms() - start > grace_ms + KILL_MAX_MS)
			break; /* something unkillable, in the kernel: do not hang with it */
	}
	return found;
}

/* --- answers */

static void run_child(char *const argv[], int out, int err)
{
	int null = open("/dev/null", O_RDONLY);

	hn_signals_reset();
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (null < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
		_exit(126);
	execvp(argv[0], argv);
	_exit(errno == ENOENT ? 127 : 126);
}

/* Reads what there is; false at the end of the file. */
static bool drain(int fd, struct cb_buf *to)
{
	char chunk[4096];
	ssize_t n = read(fd, chunk, sizeof chunk);

	if (n > 0 && to->len < ANSWER_MAX)
		cb_buf_add(to, chunk, (size_t)n);
	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

int hn_told_to_stop(void)
{
	static const int stops[] = { SIGINT, SIGTERM, SIGHUP };
	sigset_t set;

	if (sigpending(&set))
		return 0;
	for (size_t i = 0; i < sizeof stops / sizeof *stops; i++)
		if (sigismember(&set, stops[i]))
			return stops[i];
	return 0;
}

static void collect(struct hn_answer *answer, int out, int err, long long deadline)
{
	struct pollfd fds[2] = { { out, POLLIN, 0 }, { err, POLLIN, 0 } };
	struct cb_buf *bufs[2] = { &answer->out, &answer->err };

	while (fds[0].fd >= 0 || fds[1].fd >= 0) {
		long long left = deadline - hn_now_ms();

		if (left <= 0 || hn_told_to_stop()) {
			answer->timed_out = 1;
			return;
		}
		if (poll(fds, 2, left < SLICE_MS ? (int)left : SLICE_MS) < 0 && errno != EINTR)
			return;
		for (int i = 0; i < 2; i++)
			if (fds[i].fd >= 0 && fds[i].revents && !drain(fds[i].fd, bufs[i]))
				fds[i].fd = -1;
	}
}

/* Waits until the deadline, then kills. */
static void finish(pid_t child, struct hn_answer *answer, long long deadline)
{
	while (waitpid(child, &answer->status, WNOHANG) == 0) {
		if (answer->timed_out || hn_now_ms() > deadline || hn_told_to_stop()) {
			answer->timed_out = 1;
			kill(-child, SIGKILL);
			kill(child, SIGKILL);
			waitpid(child, &answer->status, 0);
			return;
		}
		sleep_ms(2);
	}
	kill(-child, SIGKILL);
}

int hn_ask_program(char *const argv[], long long timeout_ms, struct hn_answer *answer,
		   struct cb_error *err)
{
	long long deadline = hn_now_ms() + timeout_ms;
	int out[2], error[2];
	pid_t child;

	*answer = (struct hn_answer){ -1, 0, CB_BUF_INIT, CB_BUF_INIT };
	cb_buf_clear(&answer->out);
	cb_buf_clear(&answer->err);
	if (pipe2(out, O_CLOEXEC))
		return cb_error_sys(err, "cannot make a pipe");
	if (pipe2(error, O_CLOEXEC)) {
		close(out[0]);
		close(out[1]);
		return cb_error_sys(err, "cannot make a pipe");
	}
	child = fork();
	if (!child)
		run_child(argv, out[1], error[1]);
	close(out[1]);
	close(error[1]);
	if (child > 0) {
		collect(answer, out[0], error[0], deadline);
		finish(child, answer, deadline);
	}
	close(out[0]);
	close(error[0]);
	return child < 0 ? cb_error_sys(err, "cannot start '%s'", argv[0]) : 0;
}

void hn_answer_destroy(struct hn_answer *answer)
{
	cb_buf_destroy(&answer->out);
	cb_buf_destroy(&answer->err);
}
