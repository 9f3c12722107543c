/* SPDX-License-Identifier: MIT */
/* Starting programs outside the sandbox: children with clean signals, and
 * short questions whose answer is read. */
#ifndef HN_PROCESS_H
#define HN_PROCESS_H

#include "base/buf.h"
#include "base/error.h"

#include <sys/types.h>

/* In a child between fork and exec: default dispositions, nothing blocked. */
void hn_signals_reset(void);

/* Milliseconds of the monotonic clock. */
long long hn_now_ms(void);

/* Kills every descendant of the calling process, which must be a subreaper,
 * and waits for all children. Appends "NAME[PID] " of those that were alive
 * after `grace_ms` to `names` (may be NULL), returns how many those were. */
int hn_kill_descendants(long long grace_ms, struct cb_buf *names);

/* Kills every descendant but those in `spared` and theirs. They are left to be
 * waited for. */
void hn_kill_strays(const pid_t *spared, size_t count);

/* The children that the calling thread has now: an array with `*count` elements, owned by
 * the caller. Empty where the kernel has no such list. */
pid_t *hn_children(size_t *count);

/* How many descendants the calling process has. Looks at all processes. */
int hn_count_descendants(void);

/* The signal that waits (blocked, as in a run) and means to stop: INT, TERM or HUP;
 * 0: none does. */
int hn_told_to_stop(void);

struct hn_answer {
	int status;         /* of waitpid */
	int timed_out;      /* it was killed */
	struct cb_buf out;  /* stdout, at most 64 KiB */
	struct cb_buf err;  /* stderr, likewise */
};

/* Runs argv (found on PATH) with /dev/null as stdin, for at most timeout_ms; cut
 * short, as if that were over, when INT, TERM or HUP is pending. */
int hn_ask_program(char *const argv[], long long timeout_ms, struct hn_answer *answer,
		   struct cb_error *err);
void hn_answer_destroy(struct hn_answer *answer);

#endif
