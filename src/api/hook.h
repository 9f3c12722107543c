/* SPDX-License-Identifier: MIT */
/* The callers of hooks: functions of the options, and commands. */
#ifndef CB_API_HOOK_H
#define CB_API_HOOK_H

#include "api/internal.h"
#include "trace/hook.h"

#include <signal.h>

struct catbox_hook_commands;

struct catbox_hook_command {
	const struct catbox_hook_commands *all;
	const char *command; /* for the shell; borrowed */
};

/* Commands, and how they are run. Lives as long as the run, at one place. */
struct catbox_hook_commands {
	struct catbox_hook_command *list; /* owned */
	unsigned timeout_ms;              /* of one call */
	sigset_t mask;                    /* what they start with */
};

/* Adds the hooks of the options that are functions; `options` is borrowed. */
void catbox_hooks_add_functions(struct cb_hooks *hooks, const struct catbox_options *options);

/* Adds commands, texts "EVENT=COMMAND" that end with NULL (borrowed). -EINVAL with a
 * sentence about one that is wrong; to be destroyed in any case. */
int catbox_hooks_add_commands(struct cb_hooks *hooks, struct catbox_hook_commands *commands,
			      const char *const *texts, struct cb_error *err);
void catbox_hook_commands_destroy(struct catbox_hook_commands *commands);

#endif
