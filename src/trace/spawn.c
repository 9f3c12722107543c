/* SPDX-License-Identifier: MIT */
/* Forks the first process of a run. The child only makes calls that are safe
 * after a fork from a threaded program. */
#include "trace/spawn.h"

#include "linux/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define STATUS_FAILED 127 /* seen by nobody: the failure is told by the pipe */

/* The ends of the pipes to the child; -1: there is none. */
struct pipes {
	int go[2], failure[2], report[2], handover[2];
};

struct birth {
	const struct cb_spawn *request;
	struct pipes *pipes;
};

static void say(int pipe, enum cb_spawn_stage stage, int error)
{
	struct cb_spawn_failure failure = { stage, error };
	ssize_t ignored = write(pipe, &failure, sizeof failure);

	(void)ignored;
}

static void fail(int pipe, enum cb_spawn_stage stage, int error)
{
	say(pipe, stage, error);
	_exit(STATUS_FAILED);
}

/* A byte comes; or the parent died or gave up. */
static void await(int go)
{
	char byte;
	ssize_t n;

	while ((n = read(go, &byte, 1)) < 0 && errno == EINTR)
		;
	if (n != 1)
		_exit(STATUS_FAILED);
}

static int load_listening(const struct cb_spawn *request, const struct pipes *p)
{
	struct cb_handover h = { -1, request->wait_killable };

	h.listener = cb_filter_load_listener(request->filter, &h.wait_killable);
	if (h.listener < 0)
		return h.listener;
	if (write(p->handover[1], &h, sizeof h) != sizeof h)
		return -EIO;
	await(p->go[0]);
	close(h.listener);
	close(p->handover[1]);
	return 0;
}

static void take_locks(const struct cb_spawn *request, const struct pipes *p)
{
	static const struct rlimit none = { 0, 0 };
	int rc;

	if (request->no_core)
		setrlimit(RLIMIT_CORE, &none);
	if (request->ruleset >= 0) {
		rc = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ? -errno :
							     cb_landlock_restrict(request->ruleset);
		if (rc)
			fail(p->failure[1], CB_SPAWN_LOCK, -rc);
		close(request->ruleset);
	}
	rc = request->listens ? load_listening(request, p) : cb_filter_load(request->filter);
	if (rc)
		fail(p->failure[1], CB_SPAWN_FILTER, -rc);
}

static void child(void *ctx)
{
	const struct birth *b = ctx;
	const struct cb_spawn *request = b->request;
	const struct pipes *p = b->pipes;

	if (p->report[1] >= 0)
		close(p->report[1]);
	if (request->ignore_sigchld)
		signal(SIGCHLD, SIG_IGN);
	await(p->go[0]);
	say(p->failure[1], CB_SPAWN_OK, 0);
	sigprocmask(SIG_SETMASK, &request->mask, NULL);
	take_locks(request, p);
	if (request->environment)
		environ = request->environment;
	if (request->function) {
		close(p->go[0]); /* an exec would do it */
		close(p->failure[1]);
		for (size_t i = 0; i < request->private_count; i++)
			close(request->private_fds[i]);
		_exit(request->function(request->arg));
	}
	execvp(request->argv[0], request->argv);
	fail(p->failure[1], CB_SPAWN_EXEC, errno);
}

static void close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void close_all(struct pipes *p)
{
	for (int end = 0; end < 2; end++) {
		close_end(&p->go[end]);
		close_end(&p->failure[end]);
		close_end(&p->report[end]);
		close_end(&p->handover[end]);
	}
}

static int make_pipes(struct pipes *p, bool listens)
{
	*p = (struct pipes){ { -1, -1 }, { -1, -1 }, { -1, -1 }, { -1, -1 } };
	if (!pipe2(p->go, O_CLOEXEC) && !pipe2(p->failure, O_CLOEXEC | O_NONBLOCK) &&
	    (!listens || (!pipe2(p->report, O_CLOEXEC) && !pipe2(p->handover, O_CLOEXEC))))
		return 0;
	return -errno;
}

/* In the new process. */
_Noreturn static void be_born(struct birth *b, pid_t parent)
{
	struct pipes *p = b->pipes;
	sigset_t all;

	close_end(&p->go[1]);
	close_end(&p->failure[0]);
	close_end(&p->report[0]);
	close_end(&p->handover[0]);
	if (!b->request->listens) {
		child(b);
		_exit(STATUS_FAILED);
	}
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	cb_guard(parent, p->report[1], child, b);
}

/* The guards make the command's process, and say who that is. */
static int await_command(struct cb_spawned *s)
{
	struct cb_report r;
	ssize_t n;

	while ((n = read(s->report, &r, sizeof r)) < 0 && errno == EINTR)
		;
	if (n != sizeof r || r.kind != CB_REPORT_STARTED)
		return -EAGAIN;
	s->pid = r.pid;
	s->inner = r.value;
	return 0;
}

int cb_spawn(const struct cb_spawn *request, struct cb_spawned *spawned, struct cb_error *err)
{
	struct pipes p;
	struct birth b = { request, &p };
	pid_t pid, self = getpid();
	int rc = make_pipes(&p, request->listens);

	if (rc) {
		close_all(&p);
		errno = -rc;
		return cb_error_sys(err, "cannot make a pipe");
	}
	if (request->before_fork)
		request->before_fork(request->fork_ctx);
	pid = fork();
	if (!pid)
		be_born(&b, self);
	rc = pid < 0 ? -errno : 0;
	if (request->after_fork)
		request->after_fork(request->fork_ctx);
	close_end(&p.go[0]);
	close_end(&p.failure[1]);
	close_end(&p.report[1]);
	close_end(&p.handover[1]);
	*spawned = (struct cb_spawned){ .pid = pid, .go = p.go[1], .failure = p.failure[0],
					.report = p.report[0], .handover = p.handover[0] };
	if (!rc && request->listens) {
		spawned->guard = pid;
		rc = await_command(spawned);
	}
	if (rc) {
		cb_spawned_destroy(spawned);
		errno = -rc;
		return cb_error_sys(err, "cannot fork");
	}
	return 0;
}

static int tell(struct cb_spawned *spawned, struct cb_error *err)
{
	if (write(spawned->go, "", 1) == 1)
		return 0;
	return errno == EPIPE ? CB_GONE : cb_error_sys(err, "cannot tell the child to go on");
}

int cb_spawn_go(struct cb_spawned *spawned, struct cb_error *err)
{
	int rc = tell(spawned, err);

	if (spawned->handover < 0)
		close_end(&spawned->go);
	return rc;
}

static int copy_listener(const struct cb_spawned *spawned, int fd)
{
	int pidfd = (int)syscall(SYS_pidfd_open, spawned->pid, 0), copy = -1;

	if (pidfd >= 0) {
		copy = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
		close(pidfd);
	}
	return copy;
}

int cb_spawn_listener(struct cb_spawned *spawned, int *listener, bool *wait_killable,
		      struct cb_error *err)
{
	struct cb_handover h;
	ssize_t n;
	int rc;

	*listener = -1;
	while ((n = read(spawned->handover, &h, sizeof h)) < 0 && errno == EINTR)
		;
	if (n != sizeof h)
		return 0;
	*listener = copy_listener(spawned, h.listener);
	*wait_killable = h.wait_killable;
	if (*listener < 0)
		return cb_error_sys(err, "cannot take over the seccomp listener of the child");
	rc = tell(spawned, err);
	close_end(&spawned->go);
	return rc;
}

struct cb_spawn_failure cb_spawn_failure(const struct cb_spawned *spawned)
{
	struct cb_spawn_failure failure = { CB_SPAWN_NOTHING, 0 }, next;

	while (read(spawned->failure, &next, sizeof next) == sizeof next)
		failure = next;
	return failure;
}

void cb_spawned_destroy(struct cb_spawned *spawned)
{
	close_end(&spawned->go);
	close_end(&spawned->failure);
	close_end(&spawned->report);
	close_end(&spawned->handover);
}
