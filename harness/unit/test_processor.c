/* SPDX-License-Identifier: MIT */
/* The tracing thread stays on one processor, and goes back to where it may run. */
#include "unit.h"

#include "linux/processor.h"

#include <string.h>

struct masks {
	cpu_set_t before[CB_PROCESSOR_SETS], now[CB_PROCESSOR_SETS];
};

static int count(struct masks *m)
{
	memset(m->now, 0, sizeof m->now);
	CU_ASSERT_EQUAL(sched_getaffinity(0, sizeof m->now, m->now), 0);
	return CPU_COUNT_S(sizeof m->now, m->now);
}

static bool as_before(struct masks *m)
{
	count(m);
	return CPU_EQUAL_S(sizeof m->now, m->now, m->before);
}

static int start(struct masks *m)
{
	int cpus = count(m);

	memcpy(m->before, m->now, sizeof m->before);
	return cpus;
}

static void stays_and_leaves(void)
{
	struct cb_processor p = { 0 };
	struct masks m = { 0 };
	int cpus = start(&m);

	cb_processor_turn(&p);
	CU_ASSERT_EQUAL(count(&m), cpus); /* it has not been asked to */
	cb_processor_stay(&p);
	CU_ASSERT_EQUAL(count(&m), 1);
	CU_ASSERT_EQUAL(p.stays, cpus > 1);
	cb_processor_leave(&p);
	CU_ASSERT_TRUE(as_before(&m));
	cb_processor_turn(&p);
	CU_ASSERT_EQUAL(count(&m), 1);
	cb_processor_leave(&p);
	CU_ASSERT_TRUE(as_before(&m));
}

static void moves_now_and_then(void)
{
	struct cb_processor p = { 0 };
	struct masks m = { 0 };
	int cpus = start(&m), free_turns = 0, turns = 3 * 4096;

	cb_processor_stay(&p);
	for (int i = 0; i < turns; i++) {
		cb_processor_turn(&p);
		free_turns += !p.stays;
	}
	cb_processor_leave(&p);
	CU_ASSERT_TRUE(as_before(&m));
	if (cpus > 1)
		CU_ASSERT_EQUAL(free_turns, 2);
}

/* taskset -p on the running tracer is not undone. */
static void others_have_the_last_word(void)
{
	struct cb_processor p = { 0 };
	struct masks m = { 0 };

	if (start(&m) < 2)
		return;
	cb_processor_stay(&p);
	p.allowed[0] = p.chosen[0]; /* what it would go back to is another mask */
	CU_ASSERT_EQUAL(sched_setaffinity(0, sizeof m.before, m.before), 0);
	cb_processor_leave(&p);
	CU_ASSERT_TRUE(as_before(&m));
	cb_processor_turn(&p);
	CU_ASSERT_TRUE(as_before(&m));
	CU_ASSERT_FALSE(p.stays);
}

/* Asking again at each turn would cost more than it could gain. */
static void one_is_enough(void)
{
	struct cb_processor p = { 0 };
	struct masks m = { 0 };
	cpu_set_t one[CB_PROCESSOR_SETS] = { 0 };

	start(&m);
	CPU_SET_S((size_t)sched_getcpu(), sizeof one, one);
	CU_ASSERT_EQUAL(sched_setaffinity(0, sizeof one, one), 0);
	cb_processor_stay(&p);
	CU_ASSERT_FALSE(p.stays || p.wanted);
	CU_ASSERT_EQUAL(sched_setaffinity(0, sizeof m.before, m.before), 0);
	cb_processor_turn(&p);
	CU_ASSERT_TRUE(as_before(&m));
}

HN_UNIT_SUITE("processor", { "stays and leaves", stays_and_leaves },
	      { "moves now and then", moves_now_and_then },
	      { "others have the last word", others_have_the_last_word },
	      { "one processor is enough", one_is_enough });
