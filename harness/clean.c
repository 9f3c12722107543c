/* SPDX-License-Identifier: MIT */
/* The one sanitiser. First come escapes (ECMA-48), then UTF-8 by RFC 3629, then
 * the character ranges of XML 1.0. */
#include "clean.h"

#include "base/utf8.h"

#include <stdbool.h>
#include <string.h>

#define ESC 0x1b
#define BEL 0x07
#define STRING_MAX 4096 /* an OSC longer than this is text that lost its end */
#define REPLACEMENT "\xef\xbf\xbd"

/* Length of a string (OSC, DCS...) that starts at s, with its terminator BEL or
 * ESC \ or C1 ST; 0 if it does not end, or holds a line break. */
static size_t string_length(const unsigned char *s, size_t len)
{
	for (size_t i = 0; i < len && i < STRING_MAX; i++) {
		if (s[i] == BEL)
			return i + 1;
		if (s[i] == ESC && i + 1 < len && s[i + 1] == '\\')
			return i + 2;
		if (s[i] == 0xc2 && i + 1 < len && s[i + 1] == 0x9c)
			return i + 2;
		if (s[i] == '\n' || s[i] == ESC)
			break;
	}
	return 0;
}

/* Length of a control sequence behind its introducer: parameters,
 * intermediates, one final byte. A broken one ends where it breaks. */
static size_t csi_length(const unsigned char *s, size_t len)
{
	size_t i = 0;

	while (i < len && s[i] >= 0x20 && s[i] <= 0x3f)
		i++;
	return i + (i < len && s[i] >= 0x40 && s[i] <= 0x7e);
}

/* Length of the escape sequence at s, 0 if there is none. */
static size_t escape_length(const unsigned char *s, size_t len)
{
	size_t i = 1;

	if (len > 1 && *s == 0xc2 && s[1] == 0x9b)
		return 2 + csi_length(s + 2, len - 2);
	if (len > 1 && *s == 0xc2 && s[1] == 0x9d)
		return 2 + string_length(s + 2, len - 2);
	if (*s != ESC)
		return 0;
	if (len > 1 && s[1] == '[')
		return 2 + csi_length(s + 2, len - 2);
	if (len > 1 && strchr("]PX^_", s[1]) && s[1])
		return 2 + string_length(s + 2, len - 2);
	while (i < len && s[i] >= 0x20 && s[i] <= 0x2f)
		i++;
	return i + (i < len && s[i] >= 0x30 && s[i] <= 0x7e);
}

/* Is this well-formed sequence a character that XML 1.0 forbids? */
static bool is_forbidden(const unsigned char *s, size_t n)
{
	if (n == 1)
		return (*s < 0x20 && *s != '\t' && *s != '\n' && *s != '\r') || *s == 0x7f;
	return n == 3 && *s == 0xef && s[1] == 0xbf && s[2] >= 0xbe; /* U+FFFE, U+FFFF */
}

size_t hn_clean(struct cb_buf *out, const char *bytes, size_t len, size_t limit, int *cut)
{
	const unsigned char *s = (const unsigned char *)bytes;
	size_t start = out->len;

	cb_buf_adds(out, "");
	for (size_t i = 0, n; i < len; i += n) {
		const char *piece = bytes + i;
		size_t size;

		n = escape_length(s + i, len - i);
		if (n)
			continue;
		n = size = cb_utf8_length(s + i, len - i);
		if (n && is_forbidden(s + i, n))
			continue;
		if (!n) {
			n = 1;
			piece = REPLACEMENT;
			size = strlen(REPLACEMENT);
		}
		if (out->len - start + size > limit) {
			if (cut)
				*cut = 1;
			break;
		}
		cb_buf_add(out, piece, size);
	}
	return out->len - start;
}

void hn_clean_line(struct cb_buf *out, const char *text, size_t limit)
{
	size_t start = out->len;

	hn_clean(out, text, strlen(text), limit, NULL);
	for (size_t i = start; i < out->len; i++)
		if (strchr("\t\n\r", out->data[i]))
			out->data[i] = ' ';
}
