/* SPDX-License-Identifier: MIT */
/* Makes any bytes fit for a report: no terminal escapes, valid UTF-8, only
 * characters that XML 1.0 allows. */
#ifndef HN_CLEAN_H
#define HN_CLEAN_H

#include "base/buf.h"

#define HN_CLEAN_LIMIT (64u << 10) /* bytes of text a case may put in a report */

/* Appends the cleaned form of bytes, at most `limit` bytes of it (cut between
 * characters). Returns how many bytes were appended; sets *cut to 1 if there
 * would have been more. `cut` may be NULL. */
size_t hn_clean(struct cb_buf *out, const char *bytes, size_t len, size_t limit, int *cut);

/* As hn_clean, for one line: tabs and line breaks become spaces. */
void hn_clean_line(struct cb_buf *out, const char *text, size_t limit);

#endif
