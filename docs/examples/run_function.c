/* SPDX-License-Identifier: MIT */
/* Runs a function of this program in a child that may write nothing at all: the way
 * to read a file that nobody trusts, with code that nobody trusts. What the child finds
 * out comes back through a pipe. */
#include <catbox.h>

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

struct work {
	const char *path; /* what to look at */
	int out;          /* where the answer goes */
};

/* In the child. Its value is the child's exit status. */
static int count_lines(void *arg)
{
	const struct work *work = arg;
	FILE *file = fopen(work->path, "r");
	int c, lines = 0;

	if (!file)
		return 1;
	while ((c = getc(file)) != EOF)
		lines += c == '\n';
	fclose(file);
	if (open("/tmp/run_function.out", O_WRONLY | O_CREAT, 0600) >= 0)
		return 2; /* the sandbox has a hole */
	return write(work->out, &lines, sizeof lines) == sizeof lines ? 0 : 3;
}

int main(int argc, char **argv)
{
	struct catbox_result result;
	struct catbox_error err;
	struct work work = { .path = argc > 1 ? argv[1] : argv[0] };
	struct catbox_options options = {
		.size = sizeof options,
		.result_size = sizeof result,
		.function = count_lines,
		.function_arg = &work,
	};
	int rc, lines = 0, ends[2];

	if (pipe(ends))
		return 1;
	work.out = ends[1];
	options.policy = catbox_policy_new(); /* without a rule nothing may be written */
	rc = catbox_run(&options, &result, &err);
	catbox_policy_free(options.policy);
	close(ends[1]);
	if (rc) {
		fprintf(stderr, "run_function: %s\n", err.message);
		return 1;
	}
	if (!result.status && read(ends[0], &lines, sizeof lines) == sizeof lines)
		printf("%d lines, ", lines);
	printf("status %d, %llu violations\n", result.status, result.violations);
	return 0;
}
