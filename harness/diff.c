/* SPDX-License-Identifier: MIT */
/* The longest common subsequence of what lies between a common start and a common
 * end. Texts too different for that are shown one after the other. */
#include "diff.h"

#include "base/cleanup.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define CELLS_MAX 4000000u /* of the table */
#define LINE_SHOWN 300     /* bytes of a line */

struct line {
	const char *text;
	size_t len;  /* without its end */
	bool ended;  /* by a line break */
};

struct lines {
	struct line *items; /* owned */
	size_t count;
};

static void split(struct lines *l, const char *text, size_t len)
{
	size_t room = 1;

	for (size_t i = 0; i < len; i++)
		room += text[i] == '\n';
	l->items = cb_calloc(room, sizeof *l->items);
	l->count = 0;
	while (len) {
		const char *end = memchr(text, '\n', len);
		size_t own = end ? (size_t)(end - text) : len;

		l->items[l->count++] = (struct line){ text, own, end != NULL };
		text += own + (end != NULL);
		len -= own + (end != NULL);
	}
}

static bool same(const struct line *a, const struct line *b)
{
	return a->len == b->len && a->ended == b->ended && !memcmp(a->text, b->text, a->len);
}

/* One step of the way from a to b: ' ' both, '-' of a, '+' of b. */
struct steps {
	char *signs; /* owned */
	size_t count;
};

/* The steps of the middle part: by the table if it fits, else all of a, all of b. */
static void walk(struct steps *s, const struct line *a, size_t n, const struct line *b, size_t m)
{
	CB_AUTO_FREE uint32_t *table = NULL;
	size_t i = 0, j = 0, width = m + 1;

	if (n && m && (n + 1) * width <= CELLS_MAX) {
		table = cb_calloc((n + 1) * width, sizeof *table);
		for (size_t p = n; p-- > 0; )
			for (size_t q = m; q-- > 0; ) {
				uint32_t down = table[(p + 1) * width + q];
				uint32_t right = table[p * width + q + 1];

				table[p * width + q] = same(&a[p], &b[q]) ?
					table[(p + 1) * width + q + 1] + 1 :
					down > right ? down : right;
			}
	}
	while (i < n || j < m) {
		if (table && i < n && j < m && same(&a[i], &b[j])) {
			s->signs[s->count++] = ' ';
			i++, j++;
		} else if (i < n && (j == m || !table ||
				     table[(i + 1) * width + j] >= table[i * width + j + 1])) {
			s->signs[s->count++] = '-';
			i++;
		} else {
			s->signs[s->count++] = '+';
			j++;
		}
	}
}

static void find_steps(struct steps *s, const struct lines *a, const struct lines *b)
{
	size_t head = 0, tail = 0;

	s->signs = cb_alloc(a->count + b->count + 1);
	s->count = 0;
	while (head < a->count && head < b->count && same(&a->items[head], &b->items[head]))
		head++;
	while (tail < a->count - head && tail < b->count - head &&
	       same(&a->items[a->count - 1 - tail], &b->items[b->count - 1 - tail]))
		tail++;
	memset(s->signs, ' ', head);
	s->count = head;
	walk(s, a->items + head, a->count - head - tail, b->items + head, b->count - head - tail);
	memset(s->signs + s->count, ' ', tail);
	s->count += tail;
}

static void add_line(struct cb_buf *out, char sign, const struct line *l)
{
	cb_buf_addf(out, "%c ", sign);
	cb_buf_add(out, l->text, l->len < LINE_SHOWN ? l->len : LINE_SHOWN);
	if (l->len > LINE_SHOWN)
		cb_buf_addf(out, "... (%zu bytes)", l->len);
	cb_buf_adds(out, l->ended ? "\n" : "\n  (no newline at the end)\n");
}

/* Is there a change within `context` steps of this one? */
static bool is_near(const struct steps *s, size_t at, size_t context)
{
	size_t from = at > context ? at - context : 0;

	for (size_t i = from; i < s->count && i <= at + context; i++)
		if (s->signs[i] != ' ')
			return true;
	return false;
}

static void add_head(struct cb_buf *out, const struct steps *s, size_t at, size_t context,
		     size_t line_a, size_t line_b)
{
	size_t count_a = 0, count_b = 0;

	for (size_t i = at; i < s->count && is_near(s, i, context); i++) {
		count_a += s->signs[i] != '+';
		count_b += s->signs[i] != '-';
	}
	cb_buf_addf(out, "@@ -%zu,%zu +%zu,%zu @@\n", line_a + (count_a > 0), count_a,
		    line_b + (count_b > 0), count_b);
}

void hn_diff(struct cb_buf *out, const char *a, size_t alen, const char *b, size_t blen,
	     int context, size_t most)
{
	struct lines before, after;
	struct steps s;
	size_t i = 0, j = 0, shown = 0, hidden = 0;
	bool in_hunk = false;

	split(&before, a, alen);
	split(&after, b, blen);
	find_steps(&s, &before, &after);
	for (size_t at = 0; at < s.count; at++) {
		char sign = s.signs[at];
		bool near = is_near(&s, at, (size_t)context);

		if (near && !in_hunk && (!most || shown < most))
			add_head(out, &s, at, (size_t)context, i, j);
		in_hunk = near;
		if (near && most && shown >= most)
			hidden++;
		else if (near)
			add_line(out, sign, sign == '+' ? &after.items[j] : &before.items[i]);
		shown += near;
		i += sign != '+';
		j += sign != '-';
	}
	if (hidden)
		cb_buf_addf(out, "  ... and %zu more lines\n", hidden);
	free(s.signs);
	free(before.items);
	free(after.items);
}
