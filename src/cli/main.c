/* SPDX-License-Identifier: MIT */
/* catbox: a build sandbox. This file picks the command; the commands are
 *
 *   run.c        run a command confined
 *   fakeroot.c   run a command as a pretended root; also under the name fakeroot
 *   check.c      check policy files
 *   explain.c    what a policy says of one action
 *   info.c       doctor, syscalls
 *
 * All they do goes through <catbox.h>. */
#include "cli/cli.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const struct command commands[] = {
	{ "run", command_run, "run [options] [--] COMMAND [ARG...]", "run a command confined" },
	{ "fakeroot", command_fakeroot, "fakeroot [options] [--] [COMMAND [ARG...]]",
	  "run a command as a pretended root, not confined" },
	{ "check", command_check, "check POLICY...", "check policy files" },
	{ "explain", command_explain, "explain [-p FILE] [-w PATH] EFFECT PATH",
	  "say what the policy says of an action, and by which rule" },
	{ "doctor", command_doctor, "doctor", "find out whether this machine can sandbox" },
	{ "syscalls", command_syscalls, "syscalls [--json]", "print the table of system calls" },
};

#define COMMANDS (sizeof commands / sizeof *commands)

int complain(const char *fmt, ...)
{
	va_list ap;

	fputs("catbox: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return EXIT_OWN_FAILURE;
}

int load_policy(catbox_policy *policy, const char *path)
{
	struct catbox_error err;
	char *complaints;
	int rc = catbox_policy_load(policy, path, &complaints, &err);

	if (complaints)
		fputs(complaints, stderr);
	free(complaints);
	return rc ? complain("%s", err.message) : 0;
}

static void usage(FILE *out)
{
	fputs("usage: catbox COMMAND ...\n\n", out);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(out, "  catbox %-46s %s\n", commands[i].usage, commands[i].purpose);
	fputs("  catbox --version | --help\n\n"
	      "`catbox COMMAND --help` says more; see also catbox(1), catbox-policy(5).\n", out);
}

/* Started as fakeroot, or as one of the alternatives for that name? */
static bool is_fakeroot(const char *program)
{
	const char *slash = program ? strrchr(program, '/') : NULL;
	const char *name = slash ? slash + 1 : program;

	return name && (!strcmp(name, "fakeroot") || !strcmp(name, "fakeroot-catbox"));
}

int main(int argc, char **argv)
{
	if (is_fakeroot(argv[0]))
		return command_fakeroot(argc, argv);
	if (argc < 2) {
		usage(stderr);
		return EXIT_OWN_FAILURE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		usage(stdout);
		return 0;
	}
	if (!strcmp(argv[1], "--version")) {
		printf("catbox %s\n", catbox_version());
		return 0;
	}
	for (size_t i = 0; i < COMMANDS; i++) {
		if (!strcmp(argv[1], commands[i].name)) {
			char name[32]; /* what getopt names in its complaints */

			snprintf(name, sizeof name, "catbox %s", commands[i].name);
			argv[1] = name;
			return commands[i].run(argc - 1, argv + 1);
		}
	}
	return complain("unknown command '%s' (see: catbox --help)", argv[1]);
}
