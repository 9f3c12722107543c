/* SPDX-License-Identifier: MIT */
/* Which tasks a run has, under which engines, in which order. */
#include "unit.h"

#include "base/cleanup.h"
#include "task.h"

#include <stdlib.h>
#include <string.h>

/* Four cases of two suites; the letters say which engine a case is for. */
struct scene {
	struct hn_suite suites[2];
	struct hn_case cases[4];
	struct hn_case *all[4];
	struct hn_chosen chosen;
};

static void scene_init(struct scene *s)
{
	static char ids[][4] = { "a/1", "a/2", "a/3", "b/4" };
	static char ptrace[] = "ptrace", both[] = "both";
	char *const engines[] = { NULL, ptrace, both, NULL };

	memset(s, 0, sizeof *s);
	for (int i = 0; i < 4; i++) {
		s->cases[i].suite = &s->suites[i == 3];
		s->cases[i].id = ids[i];
		s->cases[i].own.engine = engines[i];
		s->all[i] = &s->cases[i];
	}
	s->chosen.cases = s->all;
	s->chosen.count = 4;
}

/* Each task as "label=engine", an x where it is not for that engine. */
static void check(const char *engine, const char *want)
{
	CB_AUTO_BUF struct cb_buf got = CB_BUF_INIT;
	struct hn_tasks tasks;
	struct scene s;

	cb_buf_clear(&got);
	scene_init(&s);
	hn_tasks_init(&tasks, &s.chosen, engine);
	for (size_t i = 0; i < tasks.count; i++) {
		const struct hn_task *t = &tasks.items[i];

		cb_buf_addf(&got, "%s%s=%s%s", i ? " " : "", t->label, t->engine ? t->engine : "-",
			    hn_task_excuse(t) ? "x" : "");
	}
	CU_ASSERT_STRING_EQUAL(got.data, want);
	if (strcmp(got.data, want))
		printf("      want %s\n      got  %s\n", want, got.data);
	hn_tasks_destroy(&tasks);
}

static void test_engines(void)
{
	check(NULL, "a/1=- a/2=ptrace a/3 (ptrace)=ptrace a/3 (notify)=notify b/4=-");
	check("ptrace", "a/1 (ptrace)=ptrace a/2 (ptrace)=ptrace a/3 (ptrace)=ptrace "
	      "b/4 (ptrace)=ptrace");
	check("notify", "a/1 (notify)=notify a/2 (notify)=notifyx a/3 (notify)=notify "
	      "b/4 (notify)=notify");
	check("both", "a/1 (ptrace)=ptrace a/2 (ptrace)=ptrace a/3 (ptrace)=ptrace "
	      "a/1 (notify)=notify a/2 (notify)=notifyx a/3 (notify)=notify "
	      "b/4 (ptrace)=ptrace b/4 (notify)=notify");
}

/* Every number once, and for one seed always the same order. */
static void test_shuffle(void)
{
	static const size_t known[] = { 5, 1, 6, 2, 7, 4, 0, 3 };
	bool differ = false;

	for (uint64_t seed = 0; seed < 50; seed++) {
		CB_AUTO_FREE size_t *order = hn_shuffled(100, seed);
		bool seen[100] = { false };

		for (int i = 0; i < 100; i++) {
			CU_ASSERT_TRUE_FATAL(order[i] < 100);
			CU_ASSERT_FALSE(seen[order[i]]);
			seen[order[i]] = true;
			differ |= order[i] != (size_t)i;
		}
	}
	CU_ASSERT_TRUE(differ);
	for (int again = 0; again < 2; again++) {
		CB_AUTO_FREE size_t *order = hn_shuffled(8, 42);

		CU_ASSERT_EQUAL(memcmp(order, known, sizeof known), 0);
	}
}

HN_UNIT_SUITE("harness-task",
	{ "tasks under engines", test_engines },
	{ "a shuffled order", test_shuffle });
