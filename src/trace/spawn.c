/* SPDX-License-Identifier: MIT */
/* Forks the first process of a run. The child only makes calls that are safe
 * after a fork from a threaded program. */
#include "trace/spawn.h"

#include "linux/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#define STATUS_FAILED 127 /* seen by nobody: the failure is told by the pipe */

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

static void child(const struct cb_spawn *request, int go, int failure)
{
	char byte;
	int rc;

	if (request->ignore_sigchld)
		signal(SIGCHLD, SIG_IGN);
	while ((rc = (int)read(go, &byte, 1)) < 0 && errno == EINTR)
		;
	if (rc != 1) /* the parent died or gave up */
		_exit(STATUS_FAILED);
	say(failure, CB_SPAWN_OK, 0);
	sigprocmask(SIG_SETMASK, &request->mask, NULL);
	if (request->ruleset >= 0) {
		rc = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ? -errno :
							     cb_landlock_restrict(request->ruleset);
		if (rc)
			fail(failure, CB_SPAWN_LOCK, -rc);
		close(request->ruleset);
	}
	rc = cb_filter_load(request->filter);
	if (rc)
		fail(failure, CB_SPAWN_FILTER, -rc);
	if (request->environment)
		environ = request->environment;
	if (request->function) {
		close(go); /* an exec would do it */
		close(failure);
		for (size_t i = 0; i < request->private_count; i++)
			close(request->private_fds[i]);
		_exit(request->function(request->arg));
	}
	execvp(request->argv[0], request->argv);
	fail(failure, CB_SPAWN_EXEC, errno);
}

int cb_spawn(const struct cb_spawn *request, struct cb_spawned *spawned, struct cb_error *err)
{
	int go[2], failure[2], error;
	pid_t pid;

	if (pipe2(go, O_CLOEXEC))
		return cb_error_sys(err, "cannot make a pipe");
	if (pipe2(failure, O_CLOEXEC | O_NONBLOCK)) {
		close(go[0]);
		close(go[1]);
		return cb_error_sys(err, "cannot make a pipe");
	}
	if (request->before_fork)
		request->before_fork(request->fork_ctx);
	pid = fork();
	if (!pid) {
		close(go[1]);
		close(failure[0]);
		child(request, go[0], failure[1]);
	}
	error = errno;
	if (request->after_fork)
		request->after_fork(request->fork_ctx);
	errno = error;
	close(go[0]);
	close(failure[1]);
	*spawned = (struct cb_spawned){ .pid = pid, .go = go[1], .failure = failure[0] };
	if (pid < 0) {
		cb_spawned_destroy(spawned);
		return cb_error_sys(err, "cannot fork");
	}
	return 0;
}

int cb_spawn_go(struct cb_spawned *spawned, struct cb_error *err)
{
	ssize_t n = write(spawned->go, "", 1);

	int error = errno;

	close(spawned->go);
	spawned->go = -1;
	errno = error;
	if (n < 0 && error == EPIPE)
		return CB_GONE;
	return n == 1 ? 0 : cb_error_sys(err, "cannot tell the child to go on");
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
	if (spawned->go >= 0)
		close(spawned->go);
	if (spawned->failure >= 0)
		close(spawned->failure);
	spawned->go = spawned->failure = -1;
}
