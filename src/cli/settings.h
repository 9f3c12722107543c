/* SPDX-License-Identifier: MIT */
/* The options that make a policy, in the order they were given: shared by run
 * and explain. */
#ifndef CB_CLI_SETTINGS_H
#define CB_CLI_SETTINGS_H

#include "cli/cli.h"

/* One recorded option: its letter and its argument (borrowed from argv). */
struct setting {
	int option; /* 'p', 'w', 'W' (--also-write), 'n', 's' (--set), 'L' (--log-events), 'R' (--log-reads), 'c', 'f' (--fake, value or NULL), 'r' (--real-owner), 'E' (--engine), 'S' (--stop) */
	const char *value;
};

/* Makes the policy they mean: --set first, then files and rules as given; the
 * default rules if there is no -p and no -w. NULL after a complaint. */
catbox_policy *make_policy(const struct setting *settings, int count);

#endif
