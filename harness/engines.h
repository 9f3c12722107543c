/* SPDX-License-Identifier: MIT */
/* Holds what a case did under one engine against what it did under the other:
 * verdicts, events, and files of the work directory must be the same. */
#ifndef HN_ENGINES_H
#define HN_ENGINES_H

#include "schedule.h"

/* Why the case may differ under this engine; NULL: it may not. */
const char *hn_engines_reason(const struct hn_case *c, const char *engine);

/* Fails the second of each pair of tasks whose outcomes differ without a reason,
 * and tells of it. Pairs of which one was skipped or interrupted are left alone. */
void hn_engines_compare(const struct hn_tasks *tasks, struct hn_outcome *outcomes,
			void (*tell)(const struct hn_task *task, struct hn_outcome *outcome, void *ctx),
			void *ctx);

#endif
