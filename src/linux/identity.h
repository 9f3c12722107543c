/* SPDX-License-Identifier: MIT */
/* Who a thread is to the kernel when it asks for something: ids, groups,
 * capabilities, user namespace; and doing something as another. */
#ifndef CB_LINUX_IDENTITY_H
#define CB_LINUX_IDENTITY_H

#include "base/buf.h"

#include <stdbool.h>
#include <sys/types.h>

struct cb_identity {
	unsigned uid[4], gid[4];       /* real, effective, saved, filesystem */
	struct cb_buf groups;          /* numbers, as /proc says them; owned */
	unsigned long long capable;    /* effective capabilities */
	ino_t namespace;               /* of users; 0: unknown */
};

/* Of a thread, 0 for the calling one; *who is initialised or zero. 0 or -errno. */
int cb_identity_read(struct cb_identity *who, pid_t tid);
void cb_identity_destroy(struct cb_identity *who);
bool cb_identity_equal(const struct cb_identity *a, const struct cb_identity *b);

/* Calls fn as somebody else, in a thread of its own: *result is its value. 0, or
 * -errno when the calling process cannot become that one: nothing was called. */
int cb_identity_act(const struct cb_identity *who, long (*fn)(void *ctx), void *ctx,
		    long *result);

#endif
