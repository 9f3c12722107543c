/* SPDX-License-Identifier: MIT */
/* The seam between what delivers judged calls and what judges them. An engine
 * is a const table of functions; nothing above it may assume ptrace. */
#ifndef CB_TRACE_ENGINE_H
#define CB_TRACE_ENGINE_H

#include "base/error.h"
#include "linux/tracing.h"
#include "trace/spawn.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/types.h>

enum cb_occurrence_kind {
	CB_OCCURRED_CALL,    /* a judged call waits for its answer */
	CB_OCCURRED_CHILD,   /* a process has been made (threads are not told) */
	CB_OCCURRED_EXEC,    /* a process runs another program */
	CB_OCCURRED_CORE,    /* a signal comes that may write a core file */
	CB_OCCURRED_EXIT,    /* a process is gone */
	CB_OCCURRED_GONE,    /* somebody was dead when their call was looked at; EXIT follows */
	CB_OCCURRED_SUSPEND, /* the first process was stopped by the terminal */
	CB_OCCURRED_IDLE,    /* nothing just now (only when not blocking) */
	CB_OCCURRED_ALERT,   /* a supervisor wants the thread that keeps the run to look */
	CB_OCCURRED_END,     /* nobody is left */
};

struct cb_occurrence {
	enum cb_occurrence_kind kind;
	pid_t tid;
	pid_t parent;          /* of CHILD */
	struct cb_entry entry; /* of CALL */
	int status;            /* of EXIT: exit status, or the signal */
	bool signaled;         /* of EXIT */
	struct rusage usage;   /* of EXIT: of the process and the children it waited for */
};

enum cb_answer_kind {
	CB_ANSWER_CONTINUE, /* the kernel does the call */
	CB_ANSWER_RETURN,   /* the call is skipped and returns value */
	CB_ANSWER_CHANGE,   /* the kernel does the call with argument arg = value: engines that say so */
	CB_ANSWER_FD,       /* the call is skipped and returns a copy of our descriptor `value`, which
			     * is closed; arg: close-on-exec. Engines that cannot change arguments */
};

struct cb_answer {
	enum cb_answer_kind kind;
	long value; /* result (negative errno), or the new argument */
	int arg;
};

/* Stops by kind. Signal stops merge under load and are counted apart. */
struct cb_stop_counts {
	unsigned long long call, fork, start, exec, signal, group, other;
};

struct cb_engine_state;

struct cb_engine {
	const char *name;
	bool listens;           /* its filter asks a listener, and guards keep the run together */
	bool traces;            /* processes of the run are its tracees: nobody else can trace them */
	bool tells_lives;       /* CHILD, EXEC, CORE and each EXIT occur, not only the first one's EXIT */
	bool changes_arguments; /* it can answer CHANGE */
	bool heeds_sigchld;     /* SIGCHLD may not be ignored while it runs */

	/* Takes over a process that waits to be told to go on. The calling thread must
	 * be the one that calls all others. Borrows `spawned` until free. */
	int (*attach)(struct cb_engine_state **state, struct cb_spawned *spawned,
		      struct cb_error *err);

	/* Called once, after it was told. `without`: enum cb_without. NULL: nothing is to
	 * be done then. */
	int (*released)(struct cb_engine_state *state, unsigned without, struct cb_error *err);

	/* Lets go on whom the last occurrence held, and waits for the next. 0, or
	 * a negative errno: the engine failed. */
	int (*next)(struct cb_engine_state *state, struct cb_occurrence *o, bool block);

	/* Answers the judged call of tid. 0, CB_GONE, or a negative errno. */
	int (*answer)(struct cb_engine_state *state, pid_t tid, const struct cb_answer *answer);

	/* Is the judged call of tid still to be answered? While it is, its tid names
	 * nobody else; what was found out about it by that number holds. */
	bool (*waits)(const struct cb_engine_state *state, pid_t tid);

	/* Is this process or thread part of the run? */
	bool (*belongs)(const struct cb_engine_state *state, pid_t id);

	/* Calls fn for each process of the run. */
	void (*each)(const struct cb_engine_state *state, void (*fn)(pid_t pid, void *ctx),
		     void *ctx);
	void (*kill_all)(struct cb_engine_state *state);
	const struct cb_stop_counts *(*counts)(const struct cb_engine_state *state);
	void (*free)(struct cb_engine_state *state);

	/* --- several threads that judge; NULL: one must do everything */

	/* After `released`: a state for one more supervisor, a thread that calls the functions
	 * above with it (but for attach, released, kill_all) and is told of calls alone, and of
	 * END once it is dismissed. From then on `state` is not told of calls. Freed
	 * before `state`, by the thread of that. */
	int (*join)(struct cb_engine_state *state, struct cb_engine_state **supervisor,
		    struct cb_error *err);

	/* From a supervisor: ALERT occurs. */
	void (*alert)(struct cb_engine_state *supervisor);

	/* Ends all of them, when each has done with the call it judges. */
	void (*dismiss)(struct cb_engine_state *state);
};

extern const struct cb_engine cb_engine_ptrace; /* complete, and the default */
extern const struct cb_engine cb_engine_notify; /* seccomp user notification */

#endif
