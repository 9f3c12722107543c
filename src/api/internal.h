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

/* The caller's options, of whatever size it knows, as we know them; result_size is set.
 * -EINVAL, or -E2BIG if it asks for something that we do not know. */
int catbox_options_take(struct catbox_options *known, const struct catbox_options *given,
			struct cb_error *err);

/* Copies an inner error out and returns its negative code. */
int catbox_error_out(struct catbox_error *out, const struct cb_error *in);

#endif
