/* SPDX-License-Identifier: MIT */
/* Hooks that are commands: /bin/sh -c COMMAND, unconfined, in a group of its own. A
 * process of ours stands between: its exit signal is none, so that its status is to be
 * had even where the caller ignores SIGCHLD, and no wait of the caller's takes it. */
#include "api/hook.h"

#include "base/cleanup.h"
#include "trace/kin.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define STATUS_NO_SHELL 127
#define DEATH_OF_PARENT SIGTERM /* what the kernel sends for that to the process between */

/* One call. */
struct call {
	const struct catbox_hook_commands *commands;
	const char *command;
	char *const *environment;
	int input; /* the event, to be read from the start; -1: there is none */
	pid_t caller;
};

/* What is left of a hook when catbox was killed: all that hangs on this process. */
static void kill_all(void)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	cb_kin_kill(getpid());
	_exit(STATUS_NO_SHELL);
}

/* Waits for the shell, or for the caller's end. */
static int status_of(pid_t pid, const sigset_t *awaited)
{
	int status;

	while (waitpid(pid, &status, WNOHANG) != pid)
		if (sigwaitinfo(awaited, NULL) == DEATH_OF_PARENT)
			kill_all();
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* In the process between, which shares nothing but may have been made in a program
 * with threads: only calls that are safe in a signal handler. */
static void between(const struct call *c)
{
	char *const argv[] = { "sh", "-c", (char *)c->command, NULL };
	sigset_t awaited;
	pid_t pid;

	sigemptyset(&awaited);
	sigaddset(&awaited, SIGCHLD);
	sigaddset(&awaited, DEATH_OF_PARENT);
	sigprocmask(SIG_BLOCK, &awaited, NULL);
	setpgid(0, 0);
	if (prctl(PR_SET_PDEATHSIG, DEATH_OF_PARENT) || getppid() != c->caller)
		_exit(STATUS_NO_SHELL); /* the caller was killed meanwhile */
	signal(SIGCHLD, SIG_DFL);
	pid = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		sigprocmask(SIG_SETMASK, &c->commands->mask, NULL);
		if (c->input < 0 || dup2(c->input, 0) < 0)
			_exit(STATUS_NO_SHELL);
		if (dup2(2, 1) < 0)
			close(1);
		execve("/bin/sh", argv, c->environment);
		_exit(STATUS_NO_SHELL);
	}
	_exit(pid < 0 ? STATUS_NO_SHELL : status_of(pid, &awaited));
}

static void describe(struct cb_hook_outcome *outcome, const struct call *c)
{
	if (outcome->status > 128)
		outcome->word = "killed";
	else if (outcome->status)
		outcome->word = "failed";
	if (outcome->status)
		cb_error(&outcome->error, ECANCELED, "'%s' ended with status %d", c->command,
			 outcome->status);
}

static long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ll + now.tv_nsec / 1000000;
}

/* Did it end in time? */
static bool ends(int pidfd, unsigned timeout_ms)
{
	struct pollfd fd = { pidfd, POLLIN, 0 };
	long long end = now_ms() + timeout_ms, left;
	int n = 0;

	while ((left = end - now_ms()) > 0 && n <= 0)
		n = poll(&fd, 1, left > 1000 ? 1000 : (int)left);
	return n > 0;
}

static void wait_for(pid_t pid, const struct call *c, struct cb_hook_outcome *outcome)
{
	CB_AUTO_FD int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	bool in_time = pidfd < 0 || ends(pidfd, c->commands->timeout_ms);
	siginfo_t how = { .si_code = CLD_EXITED };
	int status = 0;

	if (!in_time) {
		kill(-pid, SIGKILL);
		kill(pid, SIGKILL); /* it may not have made its group yet */
	}
	while (waitid(P_PID, (id_t)pid, &how, WEXITED | WNOWAIT | __WALL) && errno == EINTR)
		;
	if (how.si_code != CLD_EXITED)
		kill(-pid, SIGKILL); /* whom the shell would leave behind */
	waitpid(pid, &status, __WALL);
	outcome->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	if (in_time) {
		describe(outcome, c);
		return;
	}
	outcome->word = "timeout";
	cb_error(&outcome->error, ETIMEDOUT, "'%s' did not end within %u ms and was killed",
		 c->command, c->commands->timeout_ms);
}

static void start(const struct call *c, struct cb_hook_outcome *outcome)
{
	pid_t pid = (pid_t)syscall(SYS_clone, 0, NULL, NULL, NULL, NULL);

	if (!pid)
		between(c);
	if (pid > 0) {
		wait_for(pid, c, outcome);
		return;
	}
	outcome->word = "failed";
	cb_error_sys(&outcome->error, "cannot start '%s'", c->command);
}

/* A file without a name that holds the event; or -1. */
static int input_of(const json_t *event)
{
	int fd = memfd_create("catbox-event", MFD_CLOEXEC);

	if (fd < 0)
		return -1;
	if (json_dumpfd(event, fd, JSON_COMPACT | JSON_REAL_PRECISION(9)) ||
	    write(fd, "\n", 1) != 1 || lseek(fd, 0, SEEK_SET)) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Ours, with two variables more. The array is to be freed, and so are its first two. */
static char **environment_of(enum cb_hook hook, pid_t pid)
{
	static const char *const names[] = { "CATBOX_EVENT=", "CATBOX_PID=" };
	CB_AUTO_BUF struct cb_buf event = CB_BUF_INIT, number = CB_BUF_INIT;
	size_t n = 2;
	char **e;

	while (environ && environ[n - 2])
		n++;
	e = cb_calloc(n + 1, sizeof *e);
	cb_buf_addf(&event, "%s%s", names[0], cb_hook_name(hook));
	cb_buf_addf(&number, "%s%d", names[1], pid);
	e[0] = cb_buf_steal(&event);
	e[1] = cb_buf_steal(&number);
	n = 2;
	for (char **v = environ; v && *v; v++)
		if (strncmp(*v, names[0], strlen(names[0])) && strncmp(*v, names[1], strlen(names[1])))
			e[n++] = *v;
	return e;
}

static void call(void *ctx, enum cb_hook hook, pid_t pid, const json_t *event,
		 struct cb_hook_outcome *outcome)
{
	const struct catbox_hook_command *command = ctx;
	CB_AUTO_FD int input = input_of(event);
	char **environment = environment_of(hook, pid);
	struct call c = {
		.commands = command->all,
		.command = command->command,
		.environment = environment,
		.input = input,
		.caller = getpid(),
	};

	start(&c, outcome);
	free(environment[0]);
	free(environment[1]);
	free(environment);
}

static int take(struct catbox_hook_command *command, const char *text, enum cb_hook *hook,
		struct cb_error *err)
{
	const char *equals = strchr(text, '=');
	CB_AUTO_FREE char *name = cb_strndup(text, equals ? (size_t)(equals - text) : strlen(text));

	*hook = cb_hook_from_name(name);
	if (*hook == CB_HOOK_COUNT)
		return cb_error(err, EINVAL, "no hook is called '%s' (child_initialized, "
				"child_died_unexpectedly, violation, process_start, process_exit, "
				"finished)", name);
	if (!equals || !equals[1])
		return cb_error(err, EINVAL, "the hook '%s' has no command (EVENT=COMMAND)", name);
	command->command = equals + 1;
	return 0;
}

int catbox_hooks_add_commands(struct cb_hooks *hooks, struct catbox_hook_commands *commands,
			      const char *const *texts, struct cb_error *err)
{
	size_t n = 0;
	int rc = 0;

	while (texts[n])
		n++;
	commands->list = cb_calloc(n + 1, sizeof *commands->list);
	for (size_t i = 0; i < n && !rc; i++) {
		struct catbox_hook_command *command = &commands->list[i];
		enum cb_hook hook;

		command->all = commands;
		rc = take(command, texts[i], &hook, err);
		if (!rc)
			cb_hooks_add(hooks, &(struct cb_hook_handler){ 1u << hook, "command", call,
								       command });
	}
	return rc;
}

void catbox_hook_commands_destroy(struct catbox_hook_commands *commands)
{
	free(commands->list);
	commands->list = NULL;
}
