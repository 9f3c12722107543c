/* SPDX-License-Identifier: MIT */
/* Hooks that are functions of the caller. */
#include "api/hook.h"

#include <errno.h>

static catbox_hook function_of(const struct catbox_options *o, enum cb_hook hook)
{
	switch (hook) {
	case CB_HOOK_CHILD_INITIALIZED:
		return o->child_initialized;
	case CB_HOOK_CHILD_DIED_UNEXPECTEDLY:
		return o->child_died_unexpectedly;
	case CB_HOOK_VIOLATION:
		return o->violation;
	case CB_HOOK_PROCESS_START:
		return o->process_start;
	case CB_HOOK_PROCESS_EXIT:
		return o->process_exit;
	case CB_HOOK_FINISHED:
		return o->finished;
	case CB_HOOK_COUNT:
		break;
	}
	return NULL;
}

static void call(void *ctx, enum cb_hook hook, pid_t pid, const json_t *event,
		 struct cb_hook_outcome *outcome)
{
	const struct catbox_options *o = ctx;

	outcome->status = function_of(o, hook)(pid, (const catbox_event *)event, o->hook_ctx);
	if (!outcome->status)
		return;
	outcome->word = "failed";
	cb_error(&outcome->error, ECANCELED, "it returned %d", outcome->status);
}

void catbox_hooks_add_functions(struct cb_hooks *hooks, const struct catbox_options *options)
{
	struct cb_hook_handler handler = { 0, "callback", call, (void *)options };

	for (enum cb_hook hook = 0; hook < CB_HOOK_COUNT; hook++)
		if (function_of(options, hook))
			handler.hooks |= 1u << hook;
	if (handler.hooks)
		cb_hooks_add(hooks, &handler);
}
