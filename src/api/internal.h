/* SPDX-License-Identifier: MIT */
/* What the files of the API share. */
#ifndef CB_API_INTERNAL_H
#define CB_API_INTERNAL_H

#include "base/error.h"
#include "policy/policy.h"

#include <catbox.h>

struct catbox_policy {
	struct cb_policy *rules; /* owned */
	bool frozen;
};

/* Copies an inner error out and returns its negative code. */
int catbox_error_out(struct catbox_error *out, const struct cb_error *in);

#endif
