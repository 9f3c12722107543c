/* SPDX-License-Identifier: MIT */
/* Hooks: moments of a run at which somebody outside is called. Knows when and with
 * what they are called and records that; whom to call is the caller's matter. But
 * for child_initialized, which can end the run before it begins, they only look on. */
#ifndef CB_TRACE_HOOK_H
#define CB_TRACE_HOOK_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

enum cb_hook {
	CB_HOOK_CHILD_INITIALIZED,       /* traced, and not yet told to go on */
	CB_HOOK_CHILD_DIED_UNEXPECTEDLY, /* something came for a process that is dead */
	CB_HOOK_VIOLATION,
	CB_HOOK_PROCESS_START,           /* also of the first one */
	CB_HOOK_PROCESS_EXIT,
	CB_HOOK_FINISHED,                /* nobody is left */
	CB_HOOK_COUNT,
};

/* How a call of a hook ended. */
struct cb_hook_outcome {
	const char *word; /* "ok", or what went wrong in one word */
	int status;       /* of a callback its value, of a command its exit status or signal */
	struct cb_error error; /* a sentence, unless it is ok */
};

/* Somebody who is called. */
struct cb_hook_handler {
	unsigned hooks;   /* bits 1 << enum cb_hook that it wants */
	const char *kind; /* as the log names it: "callback", "command" */
	/* Fills *outcome, which comes as "ok". `event` is borrowed. */
	void (*call)(void *ctx, enum cb_hook hook, pid_t pid, const json_t *event,
		     struct cb_hook_outcome *outcome);
	void *ctx;
};

struct cb_hooks {
	struct cb_hook_handler *handlers; /* owned */
	size_t count;
	unsigned wanted;                  /* by any of them */
	unsigned long long failures;
};

struct cb_run;

const char *cb_hook_name(enum cb_hook hook);

/* The hook of that name, or CB_HOOK_COUNT. */
enum cb_hook cb_hook_from_name(const char *name);

void cb_hooks_add(struct cb_hooks *hooks, const struct cb_hook_handler *handler);
void cb_hooks_destroy(struct cb_hooks *hooks);
bool cb_hook_wanted(const struct cb_run *run, enum cb_hook hook);

/* Calls all who want this hook, in order, and records each call. `event` is what
 * they are told (NULL: the record itself). Goes on after a failure; the result is
 * 0, or -ECANCELED with the first failure's sentence. */
int cb_hook_call(struct cb_run *run, enum cb_hook hook, pid_t pid, const json_t *event,
		 struct cb_error *err);

#endif
