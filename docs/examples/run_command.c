/* SPDX-License-Identifier: MIT */
/* Runs a command where only one directory may be written, and says what it tried.
 * usage: run_command DIRECTORY COMMAND [ARG...] */
#include <catbox.h>

#include <stdio.h>
#include <string.h>

static void on_event(const catbox_event *event, void *ctx)
{
	(void)ctx;
	if (!strcmp(catbox_event_text(event, "event"), "violation"))
		printf("refused: %s %s\n", catbox_event_text(event, "syscall"),
		       catbox_event_text(event, "real"));
}

int main(int argc, char **argv)
{
	struct catbox_result result;
	struct catbox_error err;
	struct catbox_options options = {
		.size = sizeof options,
		.result_size = sizeof result,
		.argv = argv + 2,
		.event = on_event,
	};
	int rc;

	if (argc < 3) {
		fprintf(stderr, "usage: run_command DIRECTORY COMMAND [ARG...]\n");
		return 2;
	}
	options.policy = catbox_policy_new();
	rc = catbox_policy_write(options.policy, argv[1], "the first argument", &err);
	if (!rc)
		rc = catbox_policy_net(options.policy, "none", &err);
	if (!rc)
		rc = catbox_run(&options, &result, &err);
	catbox_policy_free(options.policy);
	if (rc) {
		fprintf(stderr, "run_command: %s\n", err.message);
		return 1;
	}
	if (result.exec_error)
		printf("cannot run %s: %s\n", argv[2], strerror(result.exec_error));
	printf("status %d, signal %d, %llu violations\n", result.status, result.signal,
	       result.violations);
	return 0;
}
