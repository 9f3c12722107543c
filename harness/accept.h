/* SPDX-License-Identifier: MIT */
/* --accept: what a failed case has shown becomes what it expects. Two steps: while
 * its directories are there, what to change is noted (accept_seen); when the run is
 * over, the suites are changed (accept). */
#ifndef HN_ACCEPT_H
#define HN_ACCEPT_H

#include "check.h"
#include "schedule.h"

/* What to change so that the case would have passed, an array of objects; the
 * caller's:
 *   {"key": "exit", "name": "signal", "value": YAML}   a value, perhaps a key's new name
 *   {"key": "denied", "items": [YAML, or the number of an entry that stays]}
 *   {"key": "files", "entry": N, "value": YAML}
 *   {"cannot": WHY}   something that only people can change */
json_t *hn_accept_seen(const struct hn_observed *seen);

struct hn_acceptance {
	int cases;   /* that will pass now */
	int refused; /* that failed, and were left as they are */
	int suites;  /* that were changed */
};

/* Changes the suites, each in one step, or prints what would be changed (dry_run).
 * What cannot be accepted is told on `out`. */
int hn_accept(const struct hn_chosen *chosen, const struct hn_tasks *tasks,
	      const struct hn_outcome *outcomes, bool dry_run, FILE *out,
	      struct hn_acceptance *done, struct cb_error *err);

#endif
