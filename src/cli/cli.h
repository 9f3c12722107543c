/* SPDX-License-Identifier: MIT */
/* The commands of catbox, one file each. */
#ifndef CB_CLI_CLI_H
#define CB_CLI_CLI_H

#include <catbox.h>

/* Exit statuses (catbox(1)). */
enum {
	EXIT_VIOLATION = 120,
	EXIT_OWN_FAILURE = 125,
	EXIT_NOT_EXECUTABLE = 126,
	EXIT_NOT_FOUND = 127,
};

struct command {
	const char *name;
	int (*run)(int argc, char **argv); /* argv[0] is the command's name */
	const char *usage;
	const char *purpose;
};

int command_run(int argc, char **argv);
int command_fakeroot(int argc, char **argv);
int command_check(int argc, char **argv);
int command_explain(int argc, char **argv);
int command_doctor(int argc, char **argv);
int command_syscalls(int argc, char **argv);

/* Prints "catbox: <sentence>" and returns EXIT_OWN_FAILURE. */
int complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Loads a policy file into a policy and prints its complaints to stderr.
 * 0, or EXIT_OWN_FAILURE. */
int load_policy(catbox_policy *policy, const char *path);

#endif
