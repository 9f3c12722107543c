/* SPDX-License-Identifier: MIT */
/* What a value in an expectation may match: one text, a path and all below it,
 * or (behind a ~) a PCRE2 search. */
#ifndef HN_PATTERN_H
#define HN_PATTERN_H

#include "base/buf.h"
#include "base/error.h"
#include "text.h"

#include <stdbool.h>

enum hn_pattern_kind {
	HN_PATTERN_EXACT,
	HN_PATTERN_BELOW, /* a path and all below it */
	HN_PATTERN_REGEX,
};

struct hn_pattern {
	enum hn_pattern_kind kind;
	char *text; /* expanded; for BELOW without the final slash; owned */
	void *code; /* compiled regex; owned */
};

/* Checks a value as it stands in a suite: its regex compiles, its names are
 * known (the latter for paths only). */
int hn_pattern_check(const char *value, bool is_path, struct cb_error *err);

/* Makes the pattern of a checked value: expands names, sets relative paths
 * below BUILD_DIR. */
int hn_pattern_init(struct hn_pattern *p, const char *value, bool is_path,
		    const struct hn_vars *vars, struct cb_error *err);
void hn_pattern_destroy(struct hn_pattern *p);

/* A search that runs into PCRE2's limits matches nothing. */
bool hn_pattern_match(const struct hn_pattern *p, const char *subject, size_t len);

/* Appends `path` of a suite as an absolute one: names expanded, relative ones
 * below BUILD_DIR, "." and ".." resolved as text. A final slash stays. */
int hn_path_resolve(struct cb_buf *out, const char *path, const struct hn_vars *vars,
		    struct cb_error *err);

#endif
