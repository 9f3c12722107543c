/* SPDX-License-Identifier: MIT */
/* The second lock: Landlock, made from the policy, so that what the tracer has
 * judged cannot be another thing when the kernel does it. It never refuses what
 * the policy allows, and so cannot hold all that the policy refuses. */
#ifndef CB_TRACE_LOCK_H
#define CB_TRACE_LOCK_H

#include "base/error.h"
#include "linux/landlock.h"
#include "policy/policy.h"

#include <jansson.h>

struct cb_lock {
	int ruleset;       /* for the child to take; -1: there is none; owned */
	int abi;           /* of this kernel; 0: no Landlock */
	struct cb_landlock_scope scope;
	const char *off;   /* why there is none, or NULL; static */
	json_t *gaps;      /* what it cannot hold: [{rule, path, why}]; owned */
};

/* Makes the lock for a run, or finds out why there can be none (lock->off), which
 * is no error. `unwanted`: there shall be none. Looks at the descriptors of this
 * process that the command will inherit. */
int cb_lock_init(struct cb_lock *lock, const struct cb_policy *policy, bool unwanted,
		 struct cb_error *err);
void cb_lock_destroy(struct cb_lock *lock);

/* What it holds and what it cannot; the caller drops it. */
json_t *cb_lock_describe(const struct cb_lock *lock);

#endif
