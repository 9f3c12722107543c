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

#define CB_FILTERS 64 /* combinations of needs */

/* The needs that combination i stands for, 0 <= i < CB_FILTERS. */
static inline struct cb_needs cb_filter_needs(unsigned i)
{
	return (struct cb_needs){ .reads = i & 1, .net = i & 2, .families = i & 4, .probes = i & 8,
				  .execs = i & 16, .fake = i & 32 };
}

/* And the other way round. */
static inline unsigned cb_filter_index(const struct cb_needs *needs)
{
	return needs->reads | needs->net << 1 | needs->families << 2 | needs->probes << 3 |
	       needs->execs << 4 | needs->fake << 5;
}

/* Its programs live as long as this process. */
struct cb_filter cb_filter_of(const struct cb_needs *needs);

/* The same filter, whose `judged` asks a listener instead of a tracer. The caller
 * destroys it. */
struct cb_filter cb_filter_asking(const struct cb_filter *filter);
void cb_filter_destroy(struct cb_filter *asking);

/* In the child, async-signal-safe: sets no_new_privs and loads both programs for this
 * thread. Returns 0 or -errno. */
int cb_filter_load(const struct cb_filter *filter);

/* The same with a listener: its descriptor (close-on-exec), or -errno. */
int cb_filter_load_listener(const struct cb_filter *asking, bool *wait_killable);

/* Loads one program with a listener: its descriptor, or -errno. *wait_killable: asked
 * for, and had: once a call was received, no signal but a fatal one takes it away
 * (Linux 5.19). */
int cb_filter_listen(const struct sock_fprog *program, bool *wait_killable);

#endif
