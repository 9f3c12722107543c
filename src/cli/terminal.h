/* SPDX-License-Identifier: MIT */
/* The terminal as it was before a run: modes and foreground group, since what
 * is killed does not put them back. */
#ifndef CB_CLI_TERMINAL_H
#define CB_CLI_TERMINAL_H

#include <stdbool.h>
#include <termios.h>

struct terminal {
	bool ours; /* stdin is a terminal, and we are in its foreground */
	struct termios modes;
};

void terminal_save(struct terminal *t);
void terminal_restore(const struct terminal *t);

#endif
