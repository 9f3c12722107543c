/* SPDX-License-Identifier: MIT */
/* Between the files that load a suite; not for others. */
#ifndef HN_SUITE_LOAD_H
#define HN_SUITE_LOAD_H

#include "base/yaml.h"
#include "suite.h"

/* Reads the value of an `expect:` key. */
void hn_expect_load(struct cb_yaml *y, struct fy_node *node, struct hn_expect *expect);
void hn_expect_destroy(struct hn_expect *expect);

/* Reads a list of events; `what` is its key. */
void hn_list_load(struct cb_yaml *y, struct fy_node *node, const char *what,
		  struct hn_list *list);

/* Appends an inline policy as a file of its own, with every word in the line
 * and (where there is room) the column that it has in the suite. */
void hn_policy_extract(struct cb_buf *out, struct fy_node *node);

int hn_yaml_line(struct fy_node *node);

/* "yes"/"true" or "no"/"false", else a complaint and false. */
bool hn_yaml_bool(struct cb_yaml *y, struct fy_node *node, const char *what);

#endif
