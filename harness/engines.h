/* SPDX-License-Identifier: MIT */
/* Holds what a case did under one engine against what it did under the other:
 * verdicts, events, and files of the work directory must be the same. */
#ifndef HN_ENGINES_H
#define HN_ENGINES_H

#include "schedule.h"

/* Why the case may differ under this engine, or in "runs": in events and files from any
 * run to the next; NULL: it may not. */
const char *hn_engines_reason(const struct hn_case *c, const char *what);

/* Which of the tasks should be run once more before they are compared, as events or
 * files differ from those under the other engine: fills `numbers`, which has room
 * for all, and says how many. */
size_t hn_engines_doubts(const struct hn_tasks *tasks, struct hn_outcome *outcomes,
			 size_t *numbers);

/* Fails the second of each pair of tasks whose outcomes differ without a reason,
 * and tells of it. Pairs of which one was skipped or interrupted are left alone, and so
 * is what differs between `outcomes` and `again`, two runs under one engine: as many as
 * the tasks, those that were not run twice without events and files. */
void hn_engines_compare(const struct hn_tasks *tasks, struct hn_outcome *outcomes,
			const struct hn_outcome *again,
			void (*tell)(const struct hn_task *task, struct hn_outcome *outcome, void *ctx),
			void *ctx);

#endif
