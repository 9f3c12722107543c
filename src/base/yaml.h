/* SPDX-License-Identifier: MIT */
/* A YAML file that is read against a schema: every complaint is one line
 * "file:line:col: error: ...", all of a file are collected, and nothing is
 * thrown away at the first. libfyaml parses; this adds the positions. */
#ifndef CB_BASE_YAML_H
#define CB_BASE_YAML_H

#include "base/buf.h"
#include "base/error.h"

#include <libfyaml.h>
#include <stdbool.h>

/* A name that stands for a text: see `words`. */
struct cb_yaml_word {
	const char *name, *value; /* borrowed */
};

struct cb_yaml_replaced; /* a text with its words replaced */

struct cb_yaml {
	struct fy_document *doc; /* owned; NULL if it did not parse */
	char *name;              /* as shown in complaints; owned */
	struct cb_buf text;      /* the file's bytes; doc points into it */
	struct cb_buf complaints; /* lines, each with its newline */
	int errors;              /* number of error lines in complaints */
	int warnings;            /* number of warning lines in complaints */
	/* While set: what each ${name} in a value stands for. Borrowed; ends with a
	 * NULL name. Another ${name} stays as it is. */
	const struct cb_yaml_word *words;
	struct cb_yaml_replaced *replaced; /* texts that were handed out; owned */
};

#define CB_YAML_INIT { NULL, NULL, CB_BUF_INIT, CB_BUF_INIT, 0, 0, NULL, NULL }

/* A key that a mapping may hold. `take` gets the value's node. */
struct cb_yaml_key {
	const char *name;
	void (*take)(struct cb_yaml *y, struct fy_node *value, void *ctx);
	bool required;
};

/* Reads `path` and parses it. Syntax errors become complaints (and doc NULL);
 * the result is negative only if the file cannot be read. */
int cb_yaml_load(struct cb_yaml *y, const char *path, struct cb_error *err);

/* As cb_yaml_load, for text in memory (copied), shown as `name`. */
void cb_yaml_parse(struct cb_yaml *y, const char *name, const char *text, size_t len);
void cb_yaml_destroy(struct cb_yaml *y);

/* Line and column, both from 1, of a node (of its first scalar). */
void cb_yaml_position(struct fy_node *node, int *line, int *column);

void cb_yaml_error(struct cb_yaml *y, struct fy_node *at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void cb_yaml_warning(struct cb_yaml *y, struct fy_node *at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Walks a mapping by a table that ends with a NULL name. Complains of a node
 * that is no mapping, of unknown keys (with a suggestion), of duplicate and of
 * missing required ones. `what` names the mapping in complaints. */
void cb_yaml_mapping(struct cb_yaml *y, struct fy_node *node, const char *what,
		     const struct cb_yaml_key *keys, void *ctx);

/* Calls take for each item of a sequence; complains of anything else. */
void cb_yaml_sequence(struct cb_yaml *y, struct fy_node *node, const char *what,
		      void (*take)(struct cb_yaml *, struct fy_node *, void *), void *ctx);

/* The scalar's text (borrowed until the destroy, NUL-terminated), or NULL after
 * complaining: not a scalar, empty, or with a NUL byte inside. */
const char *cb_yaml_scalar(struct cb_yaml *y, struct fy_node *node, const char *what);

/* As cb_yaml_scalar, but "" is fine. */
const char *cb_yaml_text(struct cb_yaml *y, struct fy_node *node, const char *what);

/* The name among `names` (ends with NULL) that `word` was probably meant to
 * be, or NULL. */
const char *cb_suggest(const char *word, const char *const *names);

#endif
