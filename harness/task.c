/* SPDX-License-Identifier: MIT */
/* Makes tasks of cases. */
#include "task.h"

#include "base/cleanup.h"

#include <string.h>

static bool is_both(const char *engine)
{
	return engine && !strcmp(engine, "both");
}

static void add(struct hn_tasks *tasks, const struct hn_case *c, const char *engine,
		const char *group)
{
	CB_AUTO_BUF struct cb_buf label = CB_BUF_INIT;

	cb_buf_adds(&label, c->id);
	if (group)
		cb_buf_addf(&label, " (%s)", group);
	tasks->items = cb_realloc(tasks->items, (tasks->count + 1) * sizeof *tasks->items);
	tasks->items[tasks->count++] = (struct hn_task){
		c, engine, group, cb_buf_steal(&label),
	};
}

/* The cases of one suite that belong to one group, NULL for those without. */
static void add_group(struct hn_tasks *tasks, struct hn_case *const *cases, size_t count,
		      const char *wanted, const char *group)
{
	for (size_t i = 0; i < count; i++) {
		const char *own = cases[i]->own.engine;
		const char *engine = wanted ? wanted : own;

		if (!group && !wanted && !is_both(own))
			add(tasks, cases[i], own, NULL);
		else if (group && engine && (is_both(engine) || (wanted && !strcmp(engine, group))))
			add(tasks, cases[i], group, group);
	}
}

void hn_tasks_init(struct hn_tasks *tasks, const struct hn_chosen *chosen, const char *engine)
{
	static const char *const groups[] = { NULL, "ptrace", "notify" };
	size_t next;

	*tasks = (struct hn_tasks){ NULL, 0 };
	for (size_t i = 0; i < chosen->count; i = next) {
		next = i + 1;
		while (next < chosen->count && chosen->cases[next]->suite == chosen->cases[i]->suite)
			next++;
		for (size_t g = 0; g < sizeof groups / sizeof *groups; g++)
			add_group(tasks, chosen->cases + i, next - i, engine, groups[g]);
	}
}

void hn_tasks_destroy(struct hn_tasks *tasks)
{
	for (size_t i = 0; i < tasks->count; i++)
		free(tasks->items[i].label);
	free(tasks->items);
	*tasks = (struct hn_tasks){ NULL, 0 };
}

const char *hn_task_excuse(const struct hn_task *task)
{
	const char *own = task->c->own.engine;

	if (!task->engine || !own || is_both(own) || !strcmp(own, task->engine))
		return NULL;
	return !strcmp(own, "ptrace") ? "for the engine ptrace only" : "for the engine notify only";
}

/* splitmix64: a few lines that are the same everywhere, which rand(3) is not. */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

size_t *hn_shuffled(size_t count, uint64_t seed)
{
	size_t *order = cb_calloc(count + 1, sizeof *order);

	for (size_t i = 0; i < count; i++) {
		size_t k = (size_t)(next_random(&seed) % (i + 1));

		order[i] = order[k];
		order[k] = i;
	}
	return order;
}
