/* SPDX-License-Identifier: MIT */
/* The descriptors of this process that a command will inherit. */
#ifndef CB_TRACE_INHERITED_H
#define CB_TRACE_INHERITED_H

#include <stdbool.h>

/* Calls fn for each of them that is open for reading or writing. */
void cb_each_inherited(void (*fn)(void *ctx, int fd, bool writable), void *ctx);

#endif
