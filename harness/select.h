/* SPDX-License-Identifier: MIT */
/* Which suites are loaded and which of their cases are meant. */
#ifndef HN_SELECT_H
#define HN_SELECT_H

#include "suite.h"

struct hn_selection {
	const char *filter; /* regex on the case's id, or NULL */
	const char *tag;    /* tag expression, or NULL */
	const struct hn_strings *only; /* ids, or NULL: all */
	long long shard;    /* this one, from 1 */
	long long shards;   /* of so many; 0: all */
};

/* Suites and, in file order, the cases that are meant. */
struct hn_chosen {
	struct hn_suite **suites; /* owned */
	size_t suite_count;
	struct hn_case **cases;   /* the array is owned */
	size_t count;
	size_t before_shard;      /* cases that filter and tag let through */
	int errors;               /* suites that cannot be used */
};

/* "I/N" */
int hn_selection_set_shard(struct hn_selection *s, const char *text, struct cb_error *err);

/* Checks the expressions. */
int hn_selection_check(const struct hn_selection *s, struct cb_error *err);

/* Loads the named suites (a file, or NAME for suites/NAME.yaml), without names
 * all of suites/, and chooses cases. Unloadable suites stay in `suites`. */
int hn_choose(struct hn_chosen *chosen, const struct hn_selection *s, char *const names[],
	      int count, struct cb_error *err);
void hn_chosen_destroy(struct hn_chosen *chosen);

#endif
