/* SPDX-License-Identifier: MIT */
/* Has a figure got worse? A measured figure against the one it is compared
 * with. Pure; knows nothing of where the figures come from. */
#ifndef HN_PERF_H
#define HN_PERF_H

#include "ratio.h"

enum hn_perf {
	HN_PERF_OK,
	HN_PERF_IMPROVED,
	HN_PERF_WARN,         /* maybe worse */
	HN_PERF_REGRESSED,    /* the only one that fails */
	HN_PERF_NOISY,        /* measured too badly to say */
	HN_PERF_INCOMPARABLE, /* other things were measured */
	HN_PERF_COUNT
};

const char *hn_perf_name(enum hn_perf perf);

/* The worse of two, in the order REGRESSED, WARN, NOISY, INCOMPARABLE, OK, IMPROVED. */
enum hn_perf hn_perf_worse(enum hn_perf a, enum hn_perf b);

struct hn_perf_said {
	enum hn_perf verdict;
	char why[400]; /* one sentence with the numbers */
};

#define HN_TOLERANCE 0.05 /* of time ratios, unless said otherwise */

/* A counter, which repeats exactly: more than max(0.5 %, 2) above is worse. */
void hn_perf_counter(struct hn_perf_said *said, double base, double now);

/* Instructions, which repeat to 0.03 %: 1 % more is worse, 0.3 % a warning. */
void hn_perf_instructions(struct hn_perf_said *said, double base, double now);

/* A ratio of times. `bare` is that of two equal runs of the same rounds: if its
 * limits are not within the tolerance, nothing can be said. */
void hn_perf_time(struct hn_perf_said *said, double base, const struct hn_ratio *now,
		  const struct hn_ratio *bare, double tolerance);

#endif
