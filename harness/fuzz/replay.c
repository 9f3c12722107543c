/* SPDX-License-Identifier: MIT */
/* Feeds each file of a corpus to the target that this is linked with, in a child
 * of its own, so that one that crashes, leaks (in a sanitizer build) or hangs is
 * named and the others still run.
 * usage: <target> DIRECTORY */
#include "fuzz.h"

#include "base/buf.h"
#include "base/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECONDS_MAX 20 /* of one input, also on a slow machine */
#define INPUT_MAX (1u << 20)

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* In the child: an input in memory of exactly its size. */
static void run_input(int dir, const char *name)
{
	CB_AUTO_BUF struct cb_buf bytes = CB_BUF_INIT;
	uint8_t *exact;
	int rc = cb_buf_read_file(&bytes, dir, name, INPUT_MAX);

	if (rc) {
		fprintf(stderr, "%s: %s\n", name, strerror(-rc));
		exit(1);
	}
	alarm(SECONDS_MAX);
	exact = cb_alloc(bytes.len);
	memcpy(exact, bytes.data, bytes.len);
	LLVMFuzzerTestOneInput(exact, bytes.len);
	free(exact);
}

static bool passes(int dir, const char *name)
{
	int status = 0;
	pid_t child;

	fflush(NULL);
	child = fork();
	if (!child) {
		run_input(dir, name);
		exit(0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child) {
		perror("replay");
		exit(1);
	}
	if (WIFSIGNALED(status))
		printf("FAIL  %s: %s\n", name, strsignal(WTERMSIG(status)));
	else if (status)
		printf("FAIL  %s: exit status %d\n", name, WEXITSTATUS(status));
	return !status;
}

/* The corpus in order of names; ends with NULL. */
static char **list(const char *path)
{
	DIR *dir = opendir(path);
	char **names = cb_calloc(1, sizeof *names);
	struct dirent *e;
	size_t n = 0;

	while (dir && (e = readdir(dir))) {
		if (*e->d_name == '.')
			continue;
		names = cb_realloc(names, (n + 2) * sizeof *names);
		names[n++] = cb_strdup(e->d_name);
		names[n] = NULL;
	}
	if (dir)
		closedir(dir);
	if (n)
		qsort(names, n, sizeof *names, by_name);
	return names;
}

int main(int argc, char *argv[])
{
	int dir = argc == 2 ? open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	int passed = 0, failed = 0;
	char **names;

	if (dir < 0) {
		fprintf(stderr, "usage: %s DIRECTORY\n", argv[0]);
		return 2;
	}
	names = list(argv[1]);
	LLVMFuzzerInitialize(&argc, &argv);
	for (char **name = names; *name; name++) {
		if (passes(dir, *name))
			passed++;
		else
			failed++;
		free(*name);
	}
	free(names);
	close(dir);
	printf("%d passed, %d failed, 0 skipped\n", passed, failed);
	return failed || !passed;
}
