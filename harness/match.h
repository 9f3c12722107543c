/* SPDX-License-Identifier: MIT */
/* Matches events against the entries of a list: each event goes to the first
 * entry, in file order, that matches and is not full. Pure judgement. */
#ifndef HN_MATCH_H
#define HN_MATCH_H

#include "base/buf.h"
#include "suite.h"
#include "text.h"

#include <jansson.h>

struct hn_match {
	long long missing;   /* events that entries still need */
	size_t extra;        /* events that no entry took */
	int line;            /* of the first entry that is unfilled, or of the list */
	struct cb_buf diff;  /* "-" expected and missing, "+" seen and not expected */
	long long *taken;    /* by each entry; owned */
	json_t *homeless;    /* events of no entry, or of one that is not filled; owned */
};

/* Compares `list` with `events` (an array). 0: all agree; 1: they differ, see
 * out; negative: a regex cannot be used. The caller destroys it. */
int hn_match_list(const struct hn_list *list, const json_t *events, const struct hn_vars *vars,
		  struct hn_match *out, struct cb_error *err);
void hn_match_destroy(struct hn_match *match);

#endif
