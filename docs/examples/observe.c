/* SPDX-License-Identifier: MIT */
/* Looks on while a command runs: counts processes, names what was read and refused. All
 * of these functions only look on; the policy alone decides. The one that can do more is
 * child_initialized, which may still say that the command shall not run.
 * usage: observe [--refuse] COMMAND [ARG...] */
#include <catbox.h>

#include <stdio.h>
#include <string.h>

struct seen {
	int refuse;
	int started, ended, violations, reads;
};

static int child_initialized(int pid, const catbox_event *event, void *ctx)
{
	const struct seen *seen = ctx;

	(void)pid;
	printf("engine %s, %s\n", catbox_event_text(event, "engine"),
	       seen->refuse ? "not this time" : "go");
	return seen->refuse;
}

static int process_start(int pid, const catbox_event *event, void *ctx)
{
	(void)pid;
	(void)event;
	((struct seen *)ctx)->started++;
	return 0;
}

static int process_exit(int pid, const catbox_event *event, void *ctx)
{
	(void)pid;
	(void)event;
	((struct seen *)ctx)->ended++;
	return 0;
}

static int violation(int pid, const catbox_event *event, void *ctx)
{
	(void)pid;
	printf("refused: %s\n", catbox_event_text(event, "real"));
	((struct seen *)ctx)->violations++;
	return 0;
}

static int finished(int pid, const catbox_event *event, void *ctx)
{
	const struct seen *seen = ctx;

	(void)pid;
	printf("%d started, %d ended, %d refused, some files read: %s, %lld processes in all\n",
	       seen->started, seen->ended, seen->violations, seen->reads ? "yes" : "no",
	       catbox_event_number(event, "processes", 0));
	return 0;
}

static void on_event(const catbox_event *event, void *ctx)
{
	if (!strcmp(catbox_event_text(event, "event"), "read"))
		((struct seen *)ctx)->reads++;
}

int main(int argc, char **argv)
{
	struct seen seen = { .refuse = argc > 1 && !strcmp(argv[1], "--refuse") };
	struct catbox_result result;
	struct catbox_error err;
	struct catbox_options options = {
		.size = sizeof options,
		.result_size = sizeof result,
		.argv = argv + 1 + seen.refuse,
		.event = on_event,
		.event_ctx = &seen,
		.child_initialized = child_initialized,
		.process_start = process_start,
		.process_exit = process_exit,
		.violation = violation,
		.finished = finished,
		.hook_ctx = &seen,
	};
	int rc;

	if (argc < 2 + seen.refuse)
		return 2;
	options.policy = catbox_policy_new();
	rc = catbox_policy_log(options.policy, "reads", &err);
	if (!rc)
		rc = catbox_run(&options, &result, &err);
	catbox_policy_free(options.policy);
	if (rc)
		printf("observe: %s\n", err.message);
	return rc ? 1 : 0;
}
