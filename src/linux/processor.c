/* SPDX-License-Identifier: MIT */
#include "linux/processor.h"

#include <string.h>

#define TURNS 4096 /* between two moments when it may move: tenths of a second of a busy build */

void cb_processor_stay(struct cb_processor *p)
{
	int cpu = sched_getcpu();

	p->wanted = cpu >= 0 && cpu < CB_PROCESSOR_SETS * CPU_SETSIZE;
	if (p->stays || !p->wanted)
		return;
	memset(p->allowed, 0, sizeof p->allowed);
	memset(p->chosen, 0, sizeof p->chosen);
	CPU_SET_S((size_t)cpu, sizeof p->chosen, p->chosen);
	p->wanted = !sched_getaffinity(0, sizeof p->allowed, p->allowed) &&
		    CPU_COUNT_S(sizeof p->allowed, p->allowed) > 1 &&
		    !sched_setaffinity(0, sizeof p->chosen, p->chosen);
	p->stays = p->wanted;
}

void cb_processor_leave(struct cb_processor *p)
{
	cpu_set_t now[CB_PROCESSOR_SETS] = { 0 };

	if (!p->stays)
		return;
	p->stays = false;
	if (sched_getaffinity(0, sizeof now, now) || !CPU_EQUAL_S(sizeof now, now, p->chosen))
		p->wanted = false;
	else
		sched_setaffinity(0, sizeof p->allowed, p->allowed);
}

void cb_processor_turn(struct cb_processor *p)
{
	if (!p->wanted)
		return;
	if (!p->stays)
		cb_processor_stay(p);
	else if (++p->turns % TURNS == 0)
		cb_processor_leave(p);
}
