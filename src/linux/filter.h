/* SPDX-License-Identifier: MIT */
/* The seccomp programs of a run, made from the table before the fork, so that
 * the child only has to load them. */
#ifndef CB_LINUX_FILTER_H
#define CB_LINUX_FILTER_H

#include "base/error.h"
#include "linux/syscalls.h"

#include <linux/filter.h>

/* Two programs that are stacked: `known` answers ENOSYS to every number that
 * the table does not know, `judged` stops what the needs must see. The most
 * severe answer of the two wins in the kernel (seccomp(2)). */
struct cb_filter {
	struct sock_fprog known;  /* owned */
	struct sock_fprog judged; /* owned */
};

/* Compiles both. On failure *filter is untouched. */
int cb_filter_make(struct cb_filter *filter, const struct cb_needs *needs,
		   struct cb_error *err);
void cb_filter_destroy(struct cb_filter *filter);

/* In the child: sets no_new_privs and loads both programs for this thread.
 * Async-signal-safe. Returns 0 or -errno. */
int cb_filter_load(const struct cb_filter *filter);

#endif
