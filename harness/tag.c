/* SPDX-License-Identifier: MIT */
/* A recursive descent over: or := and { "or" and }, and := not { "and" not },
 * not := "not" not | "(" or ")" | TAG. */
#include "tag.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define TAG_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"
#define DEPTH_MAX 100

struct parser {
	const char *at;                /* next character */
	const char *expr;              /* the whole, for messages */
	const struct hn_strings *tags; /* borrowed */
	struct cb_error *err;
	int depth;                     /* of nesting */
	int rc;                        /* first error */
};

static bool eval_or(struct parser *p);

static bool fail(struct parser *p, const char *what)
{
	if (!p->rc)
		p->rc = cb_error(p->err, EINVAL, "bad tag expression '%s': %s at character %zu",
				 p->expr, what, (size_t)(p->at - p->expr) + 1);
	return false;
}

static bool take(struct parser *p, const char *word)
{
	size_t len = strlen(word);

	p->at += strspn(p->at, " \t");
	if (strncmp(p->at, word, len) ||
	    (strchr(TAG_CHARS, *word) && p->at[len] && strchr(TAG_CHARS, p->at[len])))
		return false;
	p->at += len;
	return true;
}

static bool reserved(const char *word, size_t len)
{
	return (len == 3 && (!strncmp(word, "and", 3) || !strncmp(word, "not", 3))) ||
	       (len == 2 && !strncmp(word, "or", 2));
}

static bool eval_tag(struct parser *p)
{
	size_t len;
	bool found = false;

	p->at += strspn(p->at, " \t");
	len = strspn(p->at, TAG_CHARS);
	if (!len || reserved(p->at, len))
		return fail(p, "expected a tag");
	for (size_t i = 0; i < p->tags->count && !found; i++)
		found = !strncmp(p->tags->items[i], p->at, len) && !p->tags->items[i][len];
	p->at += len;
	return found;
}

static bool eval_not(struct parser *p)
{
	bool value;

	if (++p->depth > DEPTH_MAX)
		return fail(p, "nested too deeply");
	if (take(p, "not")) {
		value = !eval_not(p);
	} else if (take(p, "(")) {
		value = eval_or(p);
		if (!p->rc && !take(p, ")"))
			return fail(p, "expected ')'");
	} else {
		value = eval_tag(p);
	}
	p->depth--;
	return value;
}

static bool eval_and(struct parser *p)
{
	bool value = eval_not(p);

	while (!p->rc && take(p, "and"))
		value &= eval_not(p);
	return value;
}

static bool eval_or(struct parser *p)
{
	bool value = eval_and(p);

	while (!p->rc && take(p, "or"))
		value |= eval_and(p);
	return value;
}

int hn_tag_eval(const char *expr, const struct hn_strings *tags, struct cb_error *err)
{
	struct parser p = { expr, expr, tags, err, 0, 0 };
	bool value = eval_or(&p);

	p.at += strspn(p.at, " \t");
	if (!p.rc && *p.at)
		fail(&p, "expected and, or, or the end");
	return p.rc ? p.rc : value;
}

int hn_tag_check(const char *tag, struct cb_error *err)
{
	size_t len = strspn(tag, TAG_CHARS);

	if (!len || tag[len])
		return cb_error(err, EINVAL, "'%s' cannot be a tag: only letters, digits, '-', '_' "
				"and '.'", tag);
	if (reserved(tag, len))
		return cb_error(err, EINVAL, "'%s' cannot be a tag: it is a word of tag expressions",
				tag);
	return 0;
}
