/* SPDX-License-Identifier: MIT */
/* What a run has to do: each chosen case once, or once under each engine; and
 * in which order. */
#ifndef HN_TASK_H
#define HN_TASK_H

#include "select.h"

#include <stdint.h>

/* A case under an engine. */
struct hn_task {
	const struct hn_case *c; /* borrowed */
	const char *engine;      /* passed to catbox; NULL: its own choice */
	const char *group;       /* the engine, where reports tell them apart; or NULL */
	char *label;             /* the case's id, behind it the group; owned */
};

/* In the order of reports: suite by suite, in each group by group. */
struct hn_tasks {
	struct hn_task *items; /* owned */
	size_t count;
};

/* `engine`: ptrace, notify, both, or NULL: as the cases say. */
void hn_tasks_init(struct hn_tasks *tasks, const struct hn_chosen *chosen, const char *engine);
void hn_tasks_destroy(struct hn_tasks *tasks);

/* Why the task is not for its engine; NULL: it is. */
const char *hn_task_excuse(const struct hn_task *task);

/* The numbers 0..count-1, shuffled: the same seed gives the same order on every
 * machine. The array is the caller's. */
size_t *hn_shuffled(size_t count, uint64_t seed);

#endif
