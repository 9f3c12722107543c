/* SPDX-License-Identifier: MIT */
/* What is UTF-8 and what is not (RFC 3629: no surrogates, no overlong forms). */
#ifndef CB_BASE_UTF8_H
#define CB_BASE_UTF8_H

#include <stddef.h>

/* Length of the well-formed sequence at s (of which len > 0 bytes may be read),
 * 0 if there is none. */
size_t cb_utf8_length(const unsigned char *s, size_t len);

#endif
