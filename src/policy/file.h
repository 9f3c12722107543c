/* SPDX-License-Identifier: MIT */
/* Policy files (YAML). */
#ifndef CB_POLICY_FILE_H
#define CB_POLICY_FILE_H

#include "base/buf.h"
#include "policy/policy.h"

/* Adds the rules and settings of a file to the policy. All complaints of the
 * file go to `complaints` as lines "file:line:col: error: ..." (and warnings).
 * `known` says whether a name may stand in `system:`. Returns 0; -EINVAL when
 * there was an error (the policy is then not to be used); or -errno when the
 * file cannot be read. */
int cb_policy_load(struct cb_policy *policy, const char *path, bool (*known)(const char *name),
		   struct cb_buf *complaints, struct cb_error *err);

/* The same for text in memory, which complaints and rules call `name`. */
int cb_policy_parse(struct cb_policy *policy, const char *name, const char *text, size_t len,
		    bool (*known)(const char *name), struct cb_buf *complaints,
		    struct cb_error *err);

#endif
