/* SPDX-License-Identifier: MIT */
/* catbox: run a command or a function so that it cannot change what a policy
 * does not allow, and learn what it tried.
 *
 * Every function that can fail returns 0 or a negative errno, and then fills
 * the struct catbox_error it was given (which may be NULL). Nothing here keeps
 * state between calls; several runs may go on at once in several threads. */
#ifndef CATBOX_H
#define CATBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CATBOX_VERSION "0.1.0" /* of this header; catbox_version() is the library's */

#define CATBOX_API __attribute__((visibility("default")))

struct catbox_error {
	int code;           /* positive errno value */
	char message[1024]; /* one sentence, no newline */
};

/* --- policies */

/* Rules and settings. The caller owns it, until catbox_policy_free. */
typedef struct catbox_policy catbox_policy;

CATBOX_API catbox_policy *catbox_policy_new(void);
CATBOX_API void catbox_policy_free(catbox_policy *policy); /* NULL is fine */

/* The value of ${NAME} in rules that are added later. Copies both. */
CATBOX_API void catbox_policy_set(catbox_policy *policy, const char *name, const char *value);

/* Adds a policy file. Complaints, lines "file:line:col: error: ..." and
 * warnings, are handed over in *complaints (free it; NULL if there are none). */
CATBOX_API int catbox_policy_load(catbox_policy *policy, const char *path, char **complaints,
				  struct catbox_error *err);

/* Makes a path writable: relative to the cwd, an existing directory with all
 * below it, or ~REGEX. `origin` is how events name the rule. Copies. */
CATBOX_API int catbox_policy_write(catbox_policy *policy, const char *path, const char *origin,
				   struct catbox_error *err);

/* Adds the default rules: the cwd, /tmp, /var/tmp, /dev/shm, $TMPDIR. */
CATBOX_API int catbox_policy_default(catbox_policy *policy, struct catbox_error *err);

/* "all", "loopback" or "none". */
CATBOX_API int catbox_policy_net(catbox_policy *policy, const char *mode,
				 struct catbox_error *err);

/* Adds to what is logged: "violations", "exec", "net" or "processes". */
CATBOX_API int catbox_policy_log(catbox_policy *policy, const char *events,
				 struct catbox_error *err);

/* What a violation leads to: "deny", "collect" (it may happen) or "stop". */
CATBOX_API int catbox_policy_on_violation(catbox_policy *policy, const char *what,
					  struct catbox_error *err);

/* No more rules: a policy that was run or asked stays as it is. Called by
 * catbox_run and catbox_policy_decide when it was not before; call it yourself
 * before sharing a policy between threads. */
CATBOX_API void catbox_policy_freeze(catbox_policy *policy);

struct catbox_verdict {
	bool deny;
	bool expected;    /* an expect: rule: denied, but no violation */
	char rule[512];   /* file:line, "option -w", "built-in", "no match" */
};

/* What the policy says of an effect ("create", "connect", "system", ...) on an
 * absolute path, an address, or the name of a system call. */
CATBOX_API int catbox_policy_decide(catbox_policy *policy, const char *effect,
				    const char *subject, struct catbox_verdict *verdict,
				    struct catbox_error *err);

/* --- runs */

/* An event, valid only while it is handed to you. */
typedef struct catbox_event catbox_event;

/* A field as text, or NULL if it has none of that name or it is a number. */
CATBOX_API const char *catbox_event_text(const catbox_event *event, const char *key);

/* A field as number; `otherwise` if there is none. */
CATBOX_API long long catbox_event_number(const catbox_event *event, const char *key,
					 long long otherwise);

/* The whole event as one line of JSON; free it. */
CATBOX_API char *catbox_event_json(const catbox_event *event);

enum {
	/* Forward TERM, HUP and INT that are sent to this process to the command,
	 * and stop with it when the terminal does. The calling thread must be the
	 * only one that has these signals unblocked. */
	CATBOX_FORWARD_SIGNALS = 1 << 0,

	/* For measurements alone: the same calls are stopped, and go on unjudged. Only
	 * the second lock holds; nothing is denied by rules, nothing recorded. */
	CATBOX_ONLY_CONTINUE = 1 << 1,
};

struct catbox_options {
	size_t size;              /* sizeof(struct catbox_options) */
	char *const *argv;        /* the command, looked up in PATH; or */
	int (*function)(void *);  /* a function: called in the child, returns its exit status */
	void *function_arg;
	catbox_policy *policy;    /* borrowed */
	unsigned flags;           /* CATBOX_FORWARD_SIGNALS */
	const char *log;          /* file for events as JSON Lines, or NULL */
	const char *without;      /* features of the kernel not to be used, or NULL; see catbox(1) */
	const char *stats;        /* file for counters as JSON, or NULL; written at the end */
	void (*event)(const catbox_event *event, void *ctx); /* called in the tracing thread; or NULL */
	void *event_ctx;
};

struct catbox_result {
	int status;                    /* exit status of the command, if signal is 0 */
	int signal;                    /* the signal that ended it, or 0 */
	int exec_error;                /* positive errno: the command could not be run */
	bool stopped;                  /* ended by us at a violation (on-violation: stop) */
	unsigned long long violations;
	unsigned long long expected;   /* denials that an expect: rule spoke of */
	unsigned long long leftovers;  /* processes that outlived the command too long */
};

/* Runs to the end of the last process. Negative: the sandbox could not be set
 * up (nothing ran), or failed (all was killed), or a log could not be written. */
CATBOX_API int catbox_run(const struct catbox_options *options, struct catbox_result *result,
			  struct catbox_error *err);

/* --- about this machine and this library */

/* Prints what the kernel here offers, and tries a denial. 0 if this machine
 * can sandbox; else one sentence in err. */
CATBOX_API int catbox_doctor(FILE *out, struct catbox_error *err);

/* Prints the table of system calls, as text or JSON. */
CATBOX_API void catbox_syscalls(FILE *out, bool json);

CATBOX_API const char *catbox_version(void);

#ifdef __cplusplus
}
#endif
#endif
