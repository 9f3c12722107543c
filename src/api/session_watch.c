/* SPDX-License-Identifier: MIT */
/* What the caller's thread does meanwhile: passes signals on, keeps the time, and stops
 * with the command. */
#include "api/session.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TICK_MS 100 /* how often the caller is asked whether to go on */

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

/* Ends the run from this thread: the death of its first process makes the tracing
 * thread look. The pidfd never means anybody else. */
static void cancel(struct session *s)
{
	s->run.shared->cancelled = true;
	syscall(SYS_pidfd_send_signal, s->child, SIGKILL, NULL, 0);
}

/* Milliseconds until this thread has something to look at, -1: never. */
static int patience(struct session *s)
{
	struct timespec now;
	long long left = TICK_MS;

	if (s->run.shared->cancelled || (!s->options->tick && !s->options->timeout_ms))
		return -1;
	if (s->options->timeout_ms) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		left = (s->deadline.tv_sec - now.tv_sec) * 1000ll +
		       (s->deadline.tv_nsec - now.tv_nsec) / 1000000 + 1;
	}
	if (left < 0)
		left = 0;
	return s->options->tick && left > TICK_MS ? TICK_MS : (int)(left > INT_MAX ? INT_MAX : left);
}

static void look_at_the_time(struct session *s)
{
	if (s->run.shared->cancelled)
		return;
	s->ticked_off = s->options->tick && s->options->tick(s->options->thread_ctx);
	s->timed_out = !s->ticked_off && s->options->timeout_ms && !patience(s);
	if (s->ticked_off || s->timed_out)
		cancel(s);
}

void catbox_session_watch(struct session *s, int signals)
{
	struct pollfd fds[2] = { { s->told, POLLIN, 0 }, { signals, POLLIN, 0 } };
	struct signalfd_siginfo info;
	unsigned long long told = 0;

	while ((told & UINT32_MAX) == 0) {
		int n = poll(fds, signals < 0 ? 1 : 2, patience(s));

		if (n <= 0)
			look_at_the_time(s);
		if (signals >= 0 && read(signals, &info, sizeof info) == sizeof info)
			pass_on(s, &info);
		told = 0;
		if (read(s->told, &told, sizeof told) != sizeof told)
			told = 0;
		if (told && !(told & UINT32_MAX))
			stop_with_the_command(s);
	}
}

void catbox_session_signals(sigset_t *set)
{
	static const int signals[] = { SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU };

	sigemptyset(set);
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		sigaddset(set, signals[i]);
}
