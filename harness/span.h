/* SPDX-License-Identifier: MIT */
/* Where each value of a YAML text stands, so that one can be replaced and all
 * else stay as it is, comments too. Knows nothing of suites. */
#ifndef HN_SPAN_H
#define HN_SPAN_H

#include <stdbool.h>
#include <stddef.h>

enum hn_span_kind { HN_SPAN_SCALAR, HN_SPAN_MAPPING, HN_SPAN_SEQUENCE, HN_SPAN_ALIAS };

struct hn_span {
	enum hn_span_kind kind;
	bool anchored;            /* an alias elsewhere may mean it */
	bool flow;                /* a collection in {} or [] */
	size_t start, end;        /* bytes; quotes and brackets are inside */
	char *key;                /* whose value it is; owned; NULL in a sequence */
	size_t key_start;         /* where that key begins */
	struct hn_span *children; /* owned */
	size_t count;
};

/* The whole document; NULL if it does not parse. The caller's. */
struct hn_span *hn_spans_read(const char *text, size_t len);
void hn_spans_free(struct hn_span *root);

/* The value of a mapping's key, or NULL (also if it is no mapping). */
const struct hn_span *hn_span_of(const struct hn_span *mapping, const char *key);

/* The item of a sequence, or NULL. */
const struct hn_span *hn_span_item(const struct hn_span *sequence, size_t index);

#endif
