/* SPDX-License-Identifier: MIT */
/* Small things done to text: lists of strings, durations and numbers, the
 * names that expand in a suite, the stable hash of shards. No system calls. */
#ifndef HN_TEXT_H
#define HN_TEXT_H

#include "base/buf.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A growing list of owned strings. */
struct hn_strings {
	char **items;
	size_t count;
};

/* Copies s. */
void hn_strings_add(struct hn_strings *list, const char *s);
void hn_strings_add_all(struct hn_strings *list, const struct hn_strings *more);
bool hn_strings_have(const struct hn_strings *list, const char *s);
void hn_strings_destroy(struct hn_strings *list);

/* "500ms", "30s", "2m", "1h" to milliseconds; a duration is at least 1 ms. */
int hn_parse_duration(const char *text, long long *ms, struct cb_error *err);

/* A whole decimal number in low..high and nothing else. */
bool hn_parse_number(const char *text, long long low, long long high, long long *value);

/* FNV-1a: the same on every machine and in every release. */
uint64_t hn_hash(const char *text);

/* What ${NAME} means in a suite. A NULL value expands to nothing. */
enum hn_var {
	HN_VAR_BUILD_DIR,
	HN_VAR_HOME,
	HN_VAR_TMPDIR,
	HN_VAR_FIXTURES,
	HN_VAR_PROBES,
	HN_VAR_COUNT
};

struct hn_vars {
	const char *value[HN_VAR_COUNT]; /* borrowed */
};

const char *hn_var_name(enum hn_var var);

enum hn_expansion {
	HN_EXPAND_STRICT = 1, /* an unknown ${NAME} is an error, else it stays as it is */
	HN_EXPAND_QUOTED = 2, /* values stand in a regex and are quoted */
};

/* Appends text with its ${NAME}s replaced. */
int hn_expand(struct cb_buf *out, const char *text, const struct hn_vars *vars,
	      unsigned int flags, struct cb_error *err);

/* Appends each line of text behind `prefix`. */
void hn_indent(struct cb_buf *out, const char *prefix, const char *text);

#endif
