/* SPDX-License-Identifier: MIT */
/* Verdicts about figures: each rule is one function. */
#include "perf.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#define COUNTER_SHARE 0.005
#define COUNTER_LEAST 2 /* so that a handful may vary by one */
#define INSTRUCTIONS_FAIL 0.01
#define INSTRUCTIONS_WARN 0.003

const char *hn_perf_name(enum hn_perf perf)
{
	static const char *const names[HN_PERF_COUNT] = {
		[HN_PERF_OK] = "OK", [HN_PERF_IMPROVED] = "IMPROVED", [HN_PERF_WARN] = "WARN",
		[HN_PERF_REGRESSED] = "REGRESSED", [HN_PERF_NOISY] = "NOISY",
		[HN_PERF_INCOMPARABLE] = "INCOMPARABLE",
	};

	return names[perf];
}

enum hn_perf hn_perf_worse(enum hn_perf a, enum hn_perf b)
{
	static const int weight[HN_PERF_COUNT] = {
		[HN_PERF_IMPROVED] = 0, [HN_PERF_OK] = 1, [HN_PERF_INCOMPARABLE] = 2,
		[HN_PERF_NOISY] = 3, [HN_PERF_WARN] = 4, [HN_PERF_REGRESSED] = 5,
	};

	return weight[a] >= weight[b] ? a : b;
}

__attribute__((format(printf, 3, 4)))
static void say(struct hn_perf_said *said, enum hn_perf verdict, const char *format, ...)
{
	va_list ap;

	said->verdict = verdict;
	va_start(ap, format);
	vsnprintf(said->why, sizeof said->why, format, ap);
	va_end(ap);
}

/* "+12.3 %"; of nothing there are no per cent. */
static const char *change(char *text, size_t size, double base, double now)
{
	if (base > 0)
		snprintf(text, size, "%+.2f %%", (now / base - 1) * 100);
	else
		snprintf(text, size, "%+.0f", now - base);
	return text;
}

void hn_perf_counter(struct hn_perf_said *said, double base, double now)
{
	double allowed = fmax(base * COUNTER_SHARE, COUNTER_LEAST);
	enum hn_perf verdict = HN_PERF_OK;
	char by[40];

	if (now > base + allowed)
		verdict = HN_PERF_REGRESSED;
	else if (now < base - allowed)
		verdict = HN_PERF_IMPROVED;
	say(said, verdict, "%.0f, the baseline has %.0f (%s)", now, base,
	    change(by, sizeof by, base, now));
}

void hn_perf_instructions(struct hn_perf_said *said, double base, double now)
{
	enum hn_perf verdict = HN_PERF_OK;
	char by[40];

	if (now > base * (1 + INSTRUCTIONS_FAIL))
		verdict = HN_PERF_REGRESSED;
	else if (now > base * (1 + INSTRUCTIONS_WARN))
		verdict = HN_PERF_WARN;
	else if (now < base * (1 - INSTRUCTIONS_FAIL))
		verdict = HN_PERF_IMPROVED;
	say(said, verdict, "%.0f instructions, the baseline has %.0f (%s)", now, base,
	    change(by, sizeof by, base, now));
}

void hn_perf_time(struct hn_perf_said *said, double base, const struct hn_ratio *now,
		  const struct hn_ratio *bare, double tolerance)
{
	double most = base * (1 + tolerance), least = base * (1 - tolerance);
	enum hn_perf verdict = HN_PERF_OK;
	char by[40];

	if (!now->limited || !bare->limited) {
		say(said, HN_PERF_NOISY, "%.3f times bare from %zu pairs, which give no 95 %% "
		    "interval (%d do)", now->estimate, now->pairs, HN_RATIO_PAIRS_MIN);
		return;
	}
	if (bare->low < 1 / (1 + tolerance) || bare->high > 1 + tolerance) {
		say(said, HN_PERF_NOISY, "two bare runs differ by more than %.0f %%: %.3f "
		    "(%.3f..%.3f); %.3f times bare (%.3f..%.3f) says nothing", tolerance * 100,
		    bare->estimate, bare->low, bare->high, now->estimate, now->low, now->high);
		return;
	}
	if (now->low > most)
		verdict = HN_PERF_REGRESSED;
	else if (now->high > most)
		verdict = HN_PERF_WARN;
	else if (now->high < least)
		verdict = HN_PERF_IMPROVED;
	say(said, verdict, "%.3f times bare (%.3f..%.3f, %zu pairs), the baseline has %.3f (%s); "
	    "above %.3f is worse", now->estimate, now->low, now->high, now->pairs, base,
	    change(by, sizeof by, base, now->estimate), most);
}
