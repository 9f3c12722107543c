/* SPDX-License-Identifier: MIT */
/* Cleanup attributes for owned locals: CB_AUTO_FD int fd = -1; To hand a
 * resource over, take it out with cb_steal_fd or cb_steal_ptr. */
#ifndef CB_BASE_CLEANUP_H
#define CB_BASE_CLEANUP_H

#include "base/buf.h"

#include <stdlib.h>
#include <unistd.h>

#define CB_AUTO_FD __attribute__((cleanup(cb_cleanup_fd)))
#define CB_AUTO_FREE __attribute__((cleanup(cb_cleanup_free)))
#define CB_AUTO_BUF __attribute__((cleanup(cb_buf_destroy)))

static inline void cb_cleanup_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void cb_cleanup_free(void *p)
{
	free(*(void **)p);
}

static inline int cb_steal_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

#endif
