/* SPDX-License-Identifier: MIT */
/* Every key of a suite file in a few words, for `explain`. */
#ifndef HN_KEYS_H
#define HN_KEYS_H

struct hn_key {
	const char *where; /* suite, case, expect, entry, file or reads */
	const char *name;
	const char *text;  /* lines of it */
	const char *example; /* YAML lines, or NULL */
};

extern const struct hn_key hn_keys[]; /* ends with a NULL where */

#endif
