/* SPDX-License-Identifier: MIT */
/* catbox doctor and catbox syscalls. */
#include "cli/cli.h"

#include <string.h>

int command_doctor(int argc, char **argv)
{
	struct catbox_error err;

	if (argc == 2 && !strcmp(argv[1], "--help")) {
		puts("usage: catbox doctor\n\n"
		     "Prints what the kernel offers and tries a denial in a directory of its own\n"
		     "in /tmp. Exit status 0: this machine can sandbox; 125: it cannot, with one\n"
		     "sentence why.");
		return 0;
	}
	if (argc != 1)
		return complain("doctor takes no argument: '%s'", argv[1]);
	return catbox_doctor(stdout, &err) ? complain("%s", err.message) : 0;
}

int command_syscalls(int argc, char **argv)
{
	bool json = argc == 2 && !strcmp(argv[1], "--json");

	if (argc == 2 && !strcmp(argv[1], "--help")) {
		puts("usage: catbox syscalls [--json]\n\n"
		     "Prints the table: number, name, effect, and the group by which a policy's\n"
		     "system: may name it, or the reason why it is not judged. `pass` is not\n"
		     "judged, `ENOSYS` is answered so.");
		return 0;
	}
	if (argc > 1 && !json)
		return complain("syscalls: unknown option '%s'", argv[1]);
	catbox_syscalls(stdout, json);
	return 0;
}
