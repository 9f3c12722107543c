/* SPDX-License-Identifier: MIT */
/* Calls hooks and records the calls. Knows nothing of whom it calls. */
#include "trace/hook.h"

#include "base/buf.h"
#include "trace/run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[CB_HOOK_COUNT] = {
	[CB_HOOK_CHILD_INITIALIZED] = "child_initialized",
	[CB_HOOK_CHILD_DIED_UNEXPECTEDLY] = "child_died_unexpectedly",
	[CB_HOOK_VIOLATION] = "violation",
	[CB_HOOK_PROCESS_START] = "process_start",
	[CB_HOOK_PROCESS_EXIT] = "process_exit",
	[CB_HOOK_FINISHED] = "finished",
};

const char *cb_hook_name(enum cb_hook hook)
{
	return names[hook];
}

enum cb_hook cb_hook_from_name(const char *name)
{
	enum cb_hook hook = 0;

	while (hook < CB_HOOK_COUNT && strcmp(names[hook], name))
		hook++;
	return hook;
}

void cb_hooks_add(struct cb_hooks *hooks, const struct cb_hook_handler *handler)
{
	hooks->handlers = cb_realloc(hooks->handlers,
				     (hooks->count + 1) * sizeof *hooks->handlers);
	hooks->handlers[hooks->count++] = *handler;
	hooks->wanted |= handler->hooks;
}

void cb_hooks_destroy(struct cb_hooks *hooks)
{
	free(hooks->handlers);
	*hooks = (struct cb_hooks){ 0 };
}

bool cb_hook_wanted(const struct cb_run *run, enum cb_hook hook)
{
	return run->hooks.wanted & 1u << hook;
}

static int call_one(struct cb_run *run, const struct cb_hook_handler *handler, enum cb_hook hook,
		    pid_t pid, const json_t *event, struct cb_error *err)
{
	struct cb_hook_outcome outcome = { .word = "ok" };
	json_t *record = cb_event_new(run->events, "hook");

	cb_event_add_text(record, "hook", names[hook]);
	cb_event_add_int(record, "pid", pid);
	cb_event_add_text(record, "by", handler->kind);
	cb_processor_leave(&run->processor); /* threads and processes inherit where they may run */
	handler->call(handler->ctx, hook, pid, event ? event : record, &outcome);
	cb_event_add_text(record, "outcome", outcome.word);
	cb_event_add_int(record, "status", outcome.status);
	if (outcome.error.code)
		cb_event_add_text(record, "text", outcome.error.message);
	cb_event_emit(run->events, record);
	if (!outcome.error.code)
		return 0;
	run->hooks.failures++;
	return cb_error(err, ECANCELED, "the hook %s failed: %s", names[hook],
			outcome.error.message);
}

int cb_hook_call(struct cb_run *run, enum cb_hook hook, pid_t pid, const json_t *event,
		 struct cb_error *err)
{
	int rc = 0;

	for (size_t i = 0; i < run->hooks.count; i++)
		if (run->hooks.handlers[i].hooks & 1u << hook) {
			int failed = call_one(run, &run->hooks.handlers[i], hook, pid, event,
					      rc ? NULL : err);

			rc = rc ? rc : failed;
		}
	return rc;
}
