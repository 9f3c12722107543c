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
#include <sys/resource.h>

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

/* The same for the text of a policy file (`length` bytes, copied); events call it
 * `name`. JSON is YAML too. */
CATBOX_API int catbox_policy_load_text(catbox_policy *policy, const char *name,
				       const char *text, size_t length, char **complaints,
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

/* Adds to what is logged: "violations", "reads", "exec", "net" or "processes". */
CATBOX_API int catbox_policy_log(catbox_policy *policy, const char *events,
				 struct catbox_error *err);

/* What a violation leads to: "deny", "collect" (it may happen) or "stop". */
CATBOX_API int catbox_policy_on_violation(catbox_policy *policy, const char *what,
					  struct catbox_error *err);

/* What delivers judged calls: "ptrace" (the default, complete), "notify" (seccomp user
 * notification: less cost a process, and debuggers work inside), or "auto". */
CATBOX_API int catbox_policy_engine(catbox_policy *policy, const char *name,
				    struct catbox_error *err);

enum {
	/* Files that nothing is pretended about are shown with their real owner, not as
	 * root's. */
	CATBOX_REAL_OWNER = 1 << 0,

	/* Nothing is confined, only pretended: paths, addresses and signals are not
	 * judged, rules do not matter, and there is no second lock. Calls that would
	 * change the machine itself (mount, chroot, settimeofday, ...) stay refused. */
	CATBOX_UNCONFINED = 1 << 1,
};

/* A pretended root: which of ids, owner, mode, device, xattr are pretended, with
 * commas between them; "all", "none"; NULL leaves that as it is. */
CATBOX_API int catbox_policy_fake(catbox_policy *policy, const char *list, unsigned flags,
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

/* A hook: called at a moment of the run, in the tracing thread. All processes of the
 * run that want something of it wait meanwhile, and there is no timeout: return soon.
 * `pid` is the process that it is about, `event` what the log would say of it, valid
 * only during the call. Hooks look on; what they return is logged (event "hook"), and
 * anything but 0 is a failure that counts in hook_failures and changes nothing else.
 * Only child_initialized can do more: see there. A hook that kills the process has no
 * other effect than any other kill. It may not call catbox_run. */
typedef int (*catbox_hook)(int pid, const catbox_event *event, void *ctx);

/* How the library is called, and what it calls. Zero what you do not need. Later
 * versions append to it: `size` says what the caller knows of. A library that is older
 * than the caller refuses fields it has not, unless they are zero. */
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
	void (*event)(const catbox_event *event, void *ctx); /* called in the tracing thread, or the
				   * one of several supervisors that judged, one call at a
				   * time; or NULL */
	void *event_ctx;

	/* --- after 0.1.0: the size of what is above is the smallest that is taken */

	size_t result_size;       /* sizeof(struct catbox_result); 0: the result ends after
				   * `leftovers` */

	/* Hooks; each may be NULL. */
	catbox_hook child_initialized; /* after the command's process is set up for tracing and
					* before it is told to go on (event: start). If it fails,
					* that process is killed unrun and catbox_run fails */
	catbox_hook child_died_unexpectedly; /* a call came of a process, or was answered, that
					      * was dead by then (event: the hook's own) */
	catbox_hook violation;    /* event: violation; before the call is answered */
	catbox_hook process_start; /* a process was made, the first one too (event: process) */
	catbox_hook process_exit; /* a process ended, the first one too (event: exit) */
	catbox_hook finished;     /* the last process is gone (event: end); pid is the first's */
	void *hook_ctx;

	/* Commands as hooks: "EVENT=COMMAND" with EVENT named as above; ends with NULL; or
	 * NULL. COMMAND is given to /bin/sh, unconfined, in a process group of its own, with
	 * CATBOX_EVENT and CATBOX_PID in the environment, the event as JSON on stdin, and
	 * stdout where stderr is. It fails if its status is not 0, or after the timeout, when
	 * its group is killed. Called after the functions above. */
	const char *const *hook_commands;
	unsigned hook_timeout_ms; /* 0: 30000 */

	unsigned timeout_ms;      /* the whole run is killed after that; 0: never */

	/* Called in the thread that called catbox_run; each may be NULL. */
	int (*tick)(void *ctx);   /* ten times a second and after a signal; anything but 0 ends
				   * the run: all is killed and catbox_run returns -ECANCELED */
	void (*before_fork)(void *ctx); /* right before the fork of the first process, and */
	void (*after_fork)(void *ctx);  /* right after it in the parent, also if it failed */
	void *thread_ctx;

	/* What is pretended: files that outlive the run. */
	const char *fake_state;   /* file that holds what is pretended about files: read at the
				   * start, replaced at the end; or NULL. Two runs with the same
				   * one wait for each other. */
	const char *fake_load;    /* file to read that from at the start instead of fake_state, and
				   * that is not replaced; "" for none; or NULL */
	const char *manifest;     /* file for an mtree(5) manifest of all below manifest_root, with
				   * what is pretended; replaced at the end, if the command
				   * succeeded; or NULL */
	const char *manifest_root; /* a directory, which need not be there at the start */

	unsigned supervisors;     /* threads that judge, 1 to 16; 0: 1. More than one there are
				   * with the engine notify, where nothing is pretended and there
				   * are no hooks; else a note says why not */
};

struct catbox_result {
	int status;                    /* exit status of the command, if signal is 0 */
	int signal;                    /* the signal that ended it, or 0 */
	int exec_error;                /* positive errno: the command could not be run */
	bool stopped;                  /* ended by us at a violation (on-violation: stop) */
	unsigned long long violations;
	unsigned long long expected;   /* denials that an expect: rule spoke of */
	unsigned long long leftovers;  /* processes that outlived the command too long */

	/* --- after 0.1.0; see result_size */

	bool timed_out;                /* killed after timeout_ms; status and signal say how */
	unsigned long long hook_failures; /* calls of hooks that failed */
	struct rusage usage;           /* of the command and the children it waited for */
};

/* Runs to the end of the last process. Negative: the sandbox could not be set
 * up (nothing ran), or failed (all was killed), or a log could not be written;
 * -ECANCELED: the hook child_initialized failed (nothing ran) or tick said so (all was
 * killed); -EINVAL, -E2BIG: options that are not to be understood (nothing ran).
 * *result is filled as far as the run came. The caller's children, signal handlers and
 * signal mask stay as they are; a SIGCHLD handler of the caller may be called more often
 * than it has children. */
CATBOX_API int catbox_run(const struct catbox_options *options, struct catbox_result *result,
			  struct catbox_error *err);

/* --- about this machine and this library */

/* Prints what the kernel here offers, and tries a denial. 0 if this machine
 * can sandbox; else one sentence in err. */
CATBOX_API int catbox_doctor(FILE *out, struct catbox_error *err);

/* Prints the table of system calls, as text or JSON. */
CATBOX_API void catbox_syscalls(FILE *out, bool json);

CATBOX_API const char *catbox_version(void);

/* The canonical path of `path` as process `pid` sees it (0: this one): what the kernel
 * says, of what is not there the longest part that is and the rest. `follow` false: a
 * symbolic link in the last component stays one. Free *real. Fails if there is no such
 * process or it cannot be looked into. */
CATBOX_API int catbox_canonical(const char *path, bool follow, int pid, char **real,
				struct catbox_error *err);

#ifdef __cplusplus
}
#endif
#endif
