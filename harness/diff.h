/* SPDX-License-Identifier: MIT */
/* A unified difference of two texts, by lines. Pure. */
#ifndef HN_DIFF_H
#define HN_DIFF_H

#include "base/buf.h"

/* Appends hunks ("@@ -1,3 +1,4 @@" and lines behind ' ', '-', '+', each with a
 * space), with `context` lines around a change; nothing if they are equal. At most
 * `most` lines (0: all), then a line that says how many more there are. */
void hn_diff(struct cb_buf *out, const char *a, size_t alen, const char *b, size_t blen,
	     int context, size_t most);

#endif
