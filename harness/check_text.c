/* SPDX-License-Identifier: MIT */
/* Compares texts and shows the difference, line by line. */
#include "check.h"

#include "base/cleanup.h"
#include "diff.h"
#include "pattern.h"

#include <string.h>

#define SHOWN_LINES 20
#define CONTEXT 3     /* equal lines around a difference */
#define DIFF_LINES 60 /* of a difference */
#define SHOWN_BYTES 300 /* of one line */

/* The next line of *text without its end; advances. */
static size_t next_line(const char **text, size_t *left, const char **line)
{
	const char *end = memchr(*text, '\n', *left);
	size_t len = end ? (size_t)(end - *text) : *left;

	*line = *text;
	*text += len + (end != NULL);
	*left -= len + (end != NULL);
	return len;
}

static void add_line(struct cb_buf *out, char sign, const char *line, size_t len, bool ended)
{
	cb_buf_addc(out, sign);
	cb_buf_addc(out, ' ');
	cb_buf_add(out, line, len < SHOWN_BYTES ? len : SHOWN_BYTES);
	if (len > SHOWN_BYTES)
		cb_buf_addf(out, "... (%zu bytes)", len);
	cb_buf_adds(out, ended ? "\n" : "\n  (no newline at the end)\n");
}

static void add_lines(struct cb_buf *out, char sign, const char *text, size_t left)
{
	for (int shown = 0; left; shown++) {
		size_t before = left, len;
		const char *line;

		len = next_line(&text, &left, &line);
		if (shown == SHOWN_LINES) {
			cb_buf_addf(out, "%c ... (%zu more bytes)\n", sign, before);
			return;
		}
		add_line(out, sign, line, len, before != len);
	}
}

static char *show_difference(const char *expected, const char *got, size_t len)
{
	struct cb_buf out = CB_BUF_INIT;

	cb_buf_adds(&out, "--- expected\n+++ got\n");
	hn_diff(&out, expected, strlen(expected), got, len, CONTEXT, DIFF_LINES);
	return cb_buf_steal(&out);
}

static char *show_unfound(const char *expected, const char *got, size_t len)
{
	struct cb_buf out = CB_BUF_INIT;

	cb_buf_adds(&out, "--- expected\n+++ got\n");
	add_lines(&out, '-', expected, strlen(expected));
	if (len)
		add_lines(&out, '+', got, len);
	else
		cb_buf_adds(&out, "+ (nothing)\n");
	return cb_buf_steal(&out);
}

char *hn_check_text(const char *expected, const char *got, size_t len, bool search,
		    const struct hn_vars *vars)
{
	struct hn_pattern p;
	struct cb_error err;
	char *wrong = NULL;

	if (hn_pattern_init(&p, expected, false, vars, &err)) {
		hn_pattern_destroy(&p);
		return cb_strdup(err.message);
	}
	if (p.kind == HN_PATTERN_REGEX) {
		if (!hn_pattern_match(&p, got, len))
			wrong = show_unfound(expected, got, len);
	} else if (search) {
		if (!memmem(got, len, p.text, strlen(p.text)))
			wrong = show_unfound(p.text, got, len);
	} else if (!hn_pattern_match(&p, got, len)) {
		wrong = show_difference(p.text, got, len);
	}
	hn_pattern_destroy(&p);
	return wrong;
}
