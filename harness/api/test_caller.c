/* SPDX-License-Identifier: MIT */
/* The caller of runs: what it has stays as it is; several runs at once; how they end
 * before their time. */
#include "api_test.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- a caller who has a life of its own */

static void handler(int signal)
{
	(void)signal;
}

static bool same_action(int signal, void (*expected)(int))
{
	struct sigaction now;

	sigaction(signal, NULL, &now);
	return now.sa_handler == expected && (now.sa_flags & SA_RESTART) &&
	       !(now.sa_flags & SA_NOCLDSTOP);
}

static void set_action(int signal, void (*function)(int))
{
	struct sigaction action = { .sa_handler = function, .sa_flags = SA_RESTART };

	sigaction(signal, &action, NULL);
}

void test_caller(void)
{
	static const struct {
		const char *name;
		void (*function)(int);
	} of_sigchld[] = { { "default", SIG_DFL }, { "ignored", SIG_IGN }, { "handled", handler } };
	char *argv[] = { "sh", "-c", "(exit 3); (true); exit 5", NULL };
	const char *hooks[] = { "finished=exit 4", NULL };
	struct catbox_options o = { .argv = argv, .hook_commands = hooks };
	struct catbox_result r;
	sigset_t mask, after;

	sigemptyset(&mask);
	sigaddset(&mask, SIGWINCH);
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	set_action(SIGUSR1, handler);
	set_action(SIGTERM, handler);
	for (size_t i = 0; i < 3; i++) {
		const char *name = of_sigchld[i].name;
		int fds = open_descriptors(), status = -1;
		bool ignored = of_sigchld[i].function == SIG_IGN;
		pid_t child;

		set_action(SIGCHLD, of_sigchld[i].function);
		child = fork();
		if (!child)
			_exit(42);
		ok(!run(&o, &r) && r.status == 5, "SIGCHLD %s: the command's status", name);
		ok(r.hook_failures == 1, "SIGCHLD %s: a hook's status", name);
		o.flags = CATBOX_FORWARD_SIGNALS;
		ok(!run(&o, &r) && r.status == 5, "SIGCHLD %s: the same with signals forwarded", name);
		o.flags = 0;
		ok(same_action(SIGCHLD, of_sigchld[i].function), "SIGCHLD %s: and stays so", name);
		while (waitpid(child, &status, 0) < 0 && errno == EINTR)
			;
		ok(ignored ? status == -1 : WEXITSTATUS(status) == 42,
		   "SIGCHLD %s: a child of the caller is left to it", name);
		ok(waitpid(-1, NULL, __WALL) < 0 && errno == ECHILD, "SIGCHLD %s: nobody is left", name);
		ok(open_descriptors() == fds, "SIGCHLD %s: no descriptor is left", name);
	}
	ok(same_action(SIGUSR1, handler) && same_action(SIGTERM, handler), "handlers stay");
	pthread_sigmask(SIG_SETMASK, NULL, &after);
	ok(!memcmp(&mask, &after, sizeof mask / 16), "the signal mask stays");
	sigemptyset(&mask);
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	set_action(SIGCHLD, SIG_DFL);
}

/* --- several at once */

#define THREADS 6
#define ROUNDS 8

struct worker {
	pthread_t thread;
	catbox_policy *policy;
	int number, right;
};

static void *work(void *arg)
{
	struct worker *w = arg;
	char script[80];
	char *argv[] = { "sh", "-c", script, NULL };

	for (int i = 0; i < ROUNDS; i++) {
		struct catbox_options o = { .size = sizeof o, .argv = argv, .policy = w->policy };
		struct catbox_result r;

		snprintf(script, sizeof script, "(true); (true >/usr/no) 2>/dev/null; exit %d",
			 w->number * 10 + i);
		w->right += !catbox_run(&o, &r, NULL) && r.status == w->number * 10 + i &&
			    r.violations == 1;
	}
	return NULL;
}

void test_threads(void (*of_sigchld)(int), const char *name)
{
	struct worker workers[THREADS] = { 0 };
	catbox_policy *policy = usual_policy();
	int right = 0;

	set_action(SIGCHLD, of_sigchld);
	catbox_policy_freeze(policy);
	for (int i = 0; i < THREADS; i++) {
		workers[i].policy = policy;
		workers[i].number = i;
		pthread_create(&workers[i].thread, NULL, work, &workers[i]);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(workers[i].thread, NULL);
		right += workers[i].right;
	}
	ok(right == THREADS * ROUNDS, "%d of %d runs at once, SIGCHLD %s", right, THREADS * ROUNDS,
	   name);
	ok(same_action(SIGCHLD, of_sigchld), "SIGCHLD stays %s", name);
	set_action(SIGCHLD, SIG_DFL);
	catbox_policy_free(policy);
}

/* --- ends */

static int sleep_long(void *arg)
{
	(void)arg;
	sleep(600);
	return 0;
}

static int tick_after(void *ctx)
{
	return --*(int *)ctx < 0;
}

void test_ends(void)
{
	char *tree[] = { "sh", "-c", "sleep 600 & echo $! >grandchild; trap '' TERM; wait", NULL };
	char *left[] = { "sh", "-c", "sleep 600 & echo $! >grandchild", NULL };
	catbox_policy *waits = usual_policy();
	struct catbox_options o = { .argv = tree, .timeout_ms = 400 };
	struct catbox_result r;
	char *complaints;
	int ticks = 3;

	ok(!run(&o, &r) && r.timed_out && r.signal == SIGKILL, "a timeout");
	ok(is_dead(read_pid("grandchild")), "and nobody is left");
	unlink("grandchild");
	catbox_policy_load_text(waits, "text", "leftovers: wait", 15, &complaints, NULL);
	o = (struct catbox_options){ .argv = left, .timeout_ms = 2500, .policy = waits };
	ok(!run(&o, &r) && r.timed_out && !r.signal && !r.status && r.leftovers == 1,
	   "a timeout while leftovers are waited for");
	ok(is_dead(read_pid("grandchild")), "and nobody is left");
	catbox_policy_free(waits);
	o = (struct catbox_options){ .function = sleep_long, .tick = tick_after, .thread_ctx = &ticks };
	ok(run(&o, &r) == -ECANCELED && r.signal == SIGKILL && ticks == -1 && !r.timed_out,
	   "tick ends a run: %s", error.message);
	o = (struct catbox_options){ .function = seven, .timeout_ms = 60000 };
	ok(!run(&o, &r) && !r.timed_out && r.status == 7, "a timeout that does not come");
}

void test_killed(void)
{
	char *argv[] = { "sh", "-c", "echo $$ >victim; exec sleep 600", NULL };
	pid_t caller = fork(), victim;

	if (!caller) {
		struct catbox_options o = { .argv = argv };
		struct catbox_result r;

		_exit(run(&o, &r) ? 1 : 0);
	}
	victim = read_pid("victim");
	kill(caller, SIGKILL);
	waitpid(caller, NULL, 0);
	ok(victim > 1 && is_dead(victim), "when the caller is killed, so is the command");
}
