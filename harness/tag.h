/* SPDX-License-Identifier: MIT */
/* Tag expressions: `net and not slow`, with or, and, not, parentheses. */
#ifndef HN_TAG_H
#define HN_TAG_H

#include "base/error.h"
#include "text.h"

/* Evaluates expr over a set of tags: 1 yes, 0 no, negative if it is malformed
 * (whatever the tags are: the whole of it is always read). */
int hn_tag_eval(const char *expr, const struct hn_strings *tags, struct cb_error *err);

/* A tag is made of letters, digits, '-', '_', '.', and is none of and, or, not. */
int hn_tag_check(const char *tag, struct cb_error *err);

#endif
