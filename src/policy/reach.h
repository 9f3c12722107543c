/* SPDX-License-Identifier: MIT */
/* What a policy lets change, as directories: always a superset of what it
 * allows, for a lock that knows directories only (Landlock). */
#ifndef CB_POLICY_REACH_H
#define CB_POLICY_REACH_H

#include "policy/policy.h"

struct cb_reach_sink {
	void *ctx;

	/* `path` exists: all below it may change, or with `contents` only what
	 * is in files that are there (path may be such a file). */
	void (*allow)(void *ctx, const char *path, bool contents);

	/* What directories cannot say: by which rule, about which path (or regex),
	 * and why, in a few words. All borrowed for the call. */
	void (*gap)(void *ctx, const char *rule, const char *text, const char *why);
};

/* Tells the sink everything. Asks the filesystem what exists. */
void cb_policy_reach(const struct cb_policy *policy, const struct cb_reach_sink *sink);

/* The directory that every path matched by the regex must lie in, as far as
 * its text says so: "/" if it says nothing. `pattern` is without the "~". */
void cb_regex_directory(const char *pattern, bool anchored, struct cb_buf *out);

/* Whether every address of that kind is refused, so that a lock that refuses
 * all of them refuses nothing that a rule allows. */
bool cb_policy_refuses_abstract(const struct cb_policy *policy);

#endif
