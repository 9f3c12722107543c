/* SPDX-License-Identifier: MIT */
/* Recognises UTF-8, a sequence at a time. */
#include "base/utf8.h"

size_t cb_utf8_length(const unsigned char *s, size_t len)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t n;

	if (*s < 0x80)
		return 1;
	n = *s >= 0xc2 && *s <= 0xdf ? 2 : *s >= 0xe0 && *s <= 0xef ? 3 :
	    *s >= 0xf0 && *s <= 0xf4 ? 4 : 0;
	if (!n || n > len)
		return 0;
	if (*s == 0xe0)
		low = 0xa0; /* overlong */
	else if (*s == 0xed)
		high = 0x9f; /* surrogates */
	else if (*s == 0xf0)
		low = 0x90; /* overlong */
	else if (*s == 0xf4)
		high = 0x8f; /* above U+10FFFF */
	if (s[1] < low || s[1] > high)
		return 0;
	for (size_t i = 2; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return n;
}
