/* SPDX-License-Identifier: MIT */
/* Hooks, as functions and as commands. */
#include "api_test.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- hooks */

struct calls {
	char order[2000];
	int fails;  /* what child_initialized returns */
	int kills;  /* child_initialized or violation kills the process */
	int pid;
	int hooks_logged, hook_texts;
};

static void note_call(struct calls *c, const char *name)
{
	strncat(c->order, name, sizeof c->order - strlen(c->order) - 2);
	strcat(c->order, " ");
}

static int on_initialized(int pid, const catbox_event *event, void *ctx)
{
	struct calls *c = ctx;

	c->pid = pid;
	note_call(c, catbox_event_number(event, "pid", 0) == pid ? "initialized" : "wrong-pid");
	if (c->kills == 1)
		kill(pid, SIGKILL);
	return c->fails;
}

static int on_died(int pid, const catbox_event *event, void *ctx)
{
	(void)event;
	note_call(ctx, pid == ((struct calls *)ctx)->pid ? "died" : "died-other");
	return 0;
}

static int on_violation(int pid, const catbox_event *event, void *ctx)
{
	note_call(ctx, catbox_event_text(event, "real"));
	if (((struct calls *)ctx)->kills == 2)
		kill(pid, SIGKILL);
	return 1; /* fails, and nothing comes of it */
}

static int on_start(int pid, const catbox_event *event, void *ctx)
{
	(void)event;
	note_call(ctx, pid == ((struct calls *)ctx)->pid ? "start" : "start-child");
	return 0;
}

static int on_exit_hook(int pid, const catbox_event *event, void *ctx)
{
	(void)event;
	note_call(ctx, pid == ((struct calls *)ctx)->pid ? "exit" : "exit-child");
	return 0;
}

static int on_finished(int pid, const catbox_event *event, void *ctx)
{
	(void)pid;
	note_call(ctx, catbox_event_text(event, "event"));
	return 0;
}

static void count_hooks(const catbox_event *event, void *ctx)
{
	struct calls *c = ctx;

	if (strcmp(catbox_event_text(event, "event"), "hook"))
		return;
	c->hooks_logged++;
	c->hook_texts += catbox_event_text(event, "text") != NULL;
}

void test_hooks(void)
{
	char *argv[] = { "sh", "-c", "true & wait; true >/usr/no; :", NULL };
	char *touch[] = { "touch", "unrun", NULL };
	struct calls c = { .fails = 0 };
	struct catbox_options o = {
		.argv = argv, .child_initialized = on_initialized, .child_died_unexpectedly = on_died,
		.violation = on_violation, .process_start = on_start, .process_exit = on_exit_hook,
		.finished = on_finished, .hook_ctx = &c, .event = count_hooks, .event_ctx = &c,
	};
	struct catbox_result r;
	int rc = run(&o, &r);

	ok(!rc && !strcmp(c.order, "initialized start start-child exit-child /usr/no exit end "),
	   "hooks in their order: %s", c.order);
	ok(c.hooks_logged == 7 && c.hook_texts == 1 && r.hook_failures == 1,
	   "each call is logged, and a failure counts (%d, %d)", c.hooks_logged, c.hook_texts);
	c = (struct calls){ .fails = 9 };
	o.argv = touch;
	ok(run(&o, &r) == -ECANCELED && strstr(error.message, "child_initialized failed: it returned 9") &&
	   !there("unrun") && is_dead(c.pid), "child_initialized fails: %s", error.message);
	ok(!strcmp(c.order, "initialized end "), "and what is called then: %s", c.order);
	c = (struct calls){ .kills = 1 };
	ok(!run(&o, &r) && r.signal == SIGKILL && !there("unrun") && strstr(c.order, " died "),
	   "child_initialized kills the child: %s", c.order);
	c = (struct calls){ .kills = 2 };
	o.argv = argv;
	ok(!run(&o, &r) && r.signal == SIGKILL && strstr(c.order, "/usr/no died exit end"),
	   "violation kills the process: %s", c.order);
}

void test_hook_commands(void)
{
	char *argv[] = { "touch", "inside", NULL };
	const char *hooks[] = { "child_initialized=cat >event; echo rubbish; echo $CATBOX_EVENT $CATBOX_PID >var",
				"child_initialized=touch second", NULL };
	const char *unknown[] = { "started=true", NULL }, *empty[] = { "finished=", NULL };
	const char *hangs[] = { "child_initialized=sleep 600 & echo $! >sleeper; wait", NULL };
	const char *closes[] = { "finished=exec <&- >&- 2>&-; kill -9 $$", NULL };
	struct calls c = { .fails = 0 };
	struct catbox_options o = { .argv = argv, .hook_commands = hooks, .event = count_hooks,
				    .event_ctx = &c };
	struct catbox_result r;
	char text[4096] = "";
	FILE *file;

	ok(!run(&o, &r) && !r.status && there("inside") && there("second") && c.hooks_logged == 2,
	   "two commands at one moment");
	file = fopen("event", "re");
	ok(file && fgets(text, sizeof text, file) && strstr(text, "\"event\":\"start\""),
	   "the event on stdin");
	if (file)
		fclose(file);
	file = fopen("var", "re");
	ok(file && fgets(text, sizeof text, file) && !strncmp(text, "child_initialized ", 18) &&
	   atoi(text + 18) > 1, "the variables: %.40s", text);
	if (file)
		fclose(file);
	unlink("inside");
	o.hook_commands = unknown;
	ok(run(&o, &r) == -EINVAL && strstr(error.message, "'started'"), "no hook of that name");
	o.hook_commands = empty;
	ok(run(&o, &r) == -EINVAL && strstr(error.message, "no command"), "a hook without a command");
	o.hook_commands = hangs;
	o.hook_timeout_ms = 300;
	ok(run(&o, &r) == -ECANCELED && strstr(error.message, "within 300 ms") && !there("inside"),
	   "a command that hangs: %s", error.message);
	ok(is_dead(read_pid("sleeper")), "and what it has started is killed too");
	o.hook_commands = closes;
	ok(!run(&o, &r) && !r.status && r.hook_failures == 1, "a command that is killed");
}
