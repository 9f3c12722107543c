/* SPDX-License-Identifier: MIT */
/* Saves and restores the terminal of standard input. */
#include "cli/terminal.h"

#include <signal.h>
#include <unistd.h>

void terminal_save(struct terminal *t)
{
	t->ours = tcgetpgrp(0) == getpgrp() && !tcgetattr(0, &t->modes);
}

void terminal_restore(const struct terminal *t)
{
	sigset_t set, old;

	if (!t->ours)
		return;
	sigemptyset(&set); /* a background group that touches the terminal gets SIGTTOU */
	sigaddset(&set, SIGTTOU);
	sigprocmask(SIG_BLOCK, &set, &old);
	tcsetpgrp(0, getpgrp());
	tcsetattr(0, TCSADRAIN, &t->modes);
	sigprocmask(SIG_SETMASK, &old, NULL);
}
