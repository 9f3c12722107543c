/* SPDX-License-Identifier: MIT */
/* The seccomp programs of a run. They are made from the table when catbox is
 * built (generate/filters.c), one for each combination of needs. */
#ifndef CB_LINUX_FILTER_H
#define CB_LINUX_FILTER_H

#include "linux/syscalls.h"

#include <linux/filter.h>

/* Two programs that are stacked: `known` answers ENOSYS to every number that
 * the table does not know, `judged` stops what the needs must see. The most
 * severe answer of the two wins in the kernel (seccomp(2)). */
struct cb_filter {
	struct sock_fprog known;
	struct sock_fprog judged;
};

#define CB_FILTERS 32 /* combinations of needs */

/* The needs that combination i stands for, 0 <= i < CB_FILTERS. */
static inline struct cb_needs cb_filter_needs(unsigned i)
{
	return (struct cb_needs){ .reads = i & 1, .net = i & 2, .families = i & 4, .probes = i & 8,
				   .fake = i & 16 };
}

/* Its programs live as long as this process. */
struct cb_filter cb_filter_of(const struct cb_needs *needs);

/* In the child: sets no_new_privs and loads both programs for this thread.
 * Async-signal-safe. Returns 0 or -errno. */
int cb_filter_load(const struct cb_filter *filter);

#endif
