/* SPDX-License-Identifier: MIT */
/* Between the files that load a suite; not for others. */
#ifndef HN_SUITE_LOAD_H
#define HN_SUITE_LOAD_H

#include "base/yaml.h"
#include "suite.h"

/* Reads the value of an `expect:` key. */
void hn_expect_load(struct cb_yaml *y, struct fy_node *node, struct hn_expect *expect);
void hn_expect_destroy(struct hn_expect *expect);

/* Reads the value of a `control:` key: expectations about the command alone. */
void hn_control_load(struct cb_yaml *y, struct fy_node *node, struct hn_expect *expect);

/* Reads a list of events. */
void hn_list_load(struct cb_yaml *y, struct fy_node *node, enum hn_list_kind kind,
		  struct hn_list *list);

/* Reads the value of `reads:`. */
void hn_reads_load(struct cb_yaml *y, struct fy_node *node, struct hn_reads *reads);

/* Appends an inline policy as a file of its own, with every word in the line
 * and (where there is room) the column that it has in the suite. */
void hn_policy_extract(struct cb_buf *out, struct fy_node *node);

/* One key of a matrix and the values it takes. */
struct hn_axis {
	char *name; /* owned */
	struct hn_strings values;
};

/* `matrix:` of a case, which becomes one case a cell. */
struct hn_matrix {
	struct hn_axis *axes; /* owned */
	size_t count;
	size_t cells; /* the product of the axes' values; 0 if it cannot be used */
};

/* Reads the value of a `matrix:` key; NULL: none, one cell without words. */
void hn_matrix_load(struct cb_yaml *y, struct fy_node *node, struct hn_matrix *m);

/* A case's name must mention every key, to be different in every cell. */
void hn_matrix_check_name(struct cb_yaml *y, struct fy_node *name, const struct hn_matrix *m);

/* The words of that cell, for cb_yaml's `words`; the array is the caller's. */
struct cb_yaml_word *hn_matrix_words(const struct hn_matrix *m, size_t cell);
void hn_matrix_destroy(struct hn_matrix *m);

int hn_yaml_line(struct fy_node *node);

/* "yes"/"true" or "no"/"false", else a complaint and false. */
bool hn_yaml_bool(struct cb_yaml *y, struct fy_node *node, const char *what);

#endif
