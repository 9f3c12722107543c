/* SPDX-License-Identifier: MIT */
/* The table of verdicts. */
#include "unit.h"

#include "perf.h"

#include <string.h>

static void test_counters(void)
{
	static const struct {
		double base, now;
		enum hn_perf verdict;
	} rows[] = {
		{ 901, 901, HN_PERF_OK }, { 901, 905, HN_PERF_OK }, { 901, 906, HN_PERF_REGRESSED },
		{ 901, 1802, HN_PERF_REGRESSED }, { 901, 897, HN_PERF_OK },
		{ 901, 896, HN_PERF_IMPROVED }, { 10, 12, HN_PERF_OK }, { 10, 13, HN_PERF_REGRESSED },
		{ 0, 0, HN_PERF_OK }, { 0, 2, HN_PERF_OK }, { 0, 3, HN_PERF_REGRESSED },
		{ 1000000, 1005000, HN_PERF_OK }, { 1000000, 1005001, HN_PERF_REGRESSED },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct hn_perf_said said;

		hn_perf_counter(&said, rows[i].base, rows[i].now);
		CU_ASSERT_EQUAL(said.verdict, rows[i].verdict);
	}
}

static void test_instructions(void)
{
	static const struct {
		double now; /* of 1000000 */
		enum hn_perf verdict;
	} rows[] = {
		{ 1000000, HN_PERF_OK }, { 1002900, HN_PERF_OK }, { 1003100, HN_PERF_WARN },
		{ 1009900, HN_PERF_WARN }, { 1010100, HN_PERF_REGRESSED },
		{ 990100, HN_PERF_OK }, { 989900, HN_PERF_IMPROVED },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct hn_perf_said said;

		hn_perf_instructions(&said, 1000000, rows[i].now);
		CU_ASSERT_EQUAL(said.verdict, rows[i].verdict);
	}
}

/* The baseline is 2, the tolerance 5 %: the edges are 1.9 and 2.1. */
static void test_time(void)
{
	static const struct hn_ratio quiet = { 1, 0.99, 1.01, true, 12 };
	static const struct hn_ratio loud = { 1, 0.9, 1.01, true, 12 };
	static const struct hn_ratio slanted = { 1.03, 1.01, 1.06, true, 12 };
	static const struct hn_ratio few = { 1, 1, 1, false, 5 };
	static const struct {
		double low, estimate, high;
		const struct hn_ratio *bare;
		enum hn_perf verdict;
	} rows[] = {
		{ 1.98, 2.0, 2.02, &quiet, HN_PERF_OK },
		{ 2.09, 2.1, 2.1, &quiet, HN_PERF_OK },
		{ 2.09, 2.1, 2.11, &quiet, HN_PERF_WARN },
		{ 1.5, 2.0, 2.5, &quiet, HN_PERF_WARN },
		{ 2.11, 2.2, 2.3, &quiet, HN_PERF_REGRESSED },
		{ 1.5, 1.7, 1.91, &quiet, HN_PERF_OK },
		{ 1.5, 1.7, 1.89, &quiet, HN_PERF_IMPROVED },
		{ 4, 4, 4, &loud, HN_PERF_NOISY },
		{ 4, 4, 4, &slanted, HN_PERF_NOISY },
		{ 4, 4, 4, &few, HN_PERF_NOISY },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct hn_ratio now = { rows[i].estimate, rows[i].low, rows[i].high, true, 12 };
		struct hn_perf_said said;

		hn_perf_time(&said, 2, &now, rows[i].bare, HN_TOLERANCE);
		CU_ASSERT_EQUAL(said.verdict, rows[i].verdict);
	}
}

static void test_sentences(void)
{
	static const struct hn_ratio quiet = { 1, 0.99, 1.01, true, 12 };
	static const struct hn_ratio few = { 4, 4, 4, false, 5 };
	struct hn_perf_said said;

	hn_perf_counter(&said, 901, 1802);
	CU_ASSERT_STRING_EQUAL(said.why, "1802, the baseline has 901 (+100.00 %)");
	hn_perf_counter(&said, 0, 3);
	CU_ASSERT_STRING_EQUAL(said.why, "3, the baseline has 0 (+3)");
	hn_perf_time(&said, 2, &few, &quiet, HN_TOLERANCE);
	CU_ASSERT_EQUAL(said.verdict, HN_PERF_NOISY);
	CU_ASSERT_PTR_NOT_NULL(strstr(said.why, "5 pairs"));
	CU_ASSERT_PTR_NOT_NULL(strstr(said.why, "no 95 % interval"));
}

static void test_worse(void)
{
	static const enum hn_perf order[] = { HN_PERF_IMPROVED, HN_PERF_OK, HN_PERF_INCOMPARABLE,
					      HN_PERF_NOISY, HN_PERF_WARN, HN_PERF_REGRESSED };

	for (size_t i = 0; i < HN_PERF_COUNT; i++)
		for (size_t k = 0; k < HN_PERF_COUNT; k++)
			CU_ASSERT_EQUAL(hn_perf_worse(order[i], order[k]), order[i > k ? i : k]);
	CU_ASSERT_STRING_EQUAL(hn_perf_name(HN_PERF_INCOMPARABLE), "INCOMPARABLE");
}

HN_UNIT_SUITE("bench-perf", { "counters", test_counters }, { "instructions", test_instructions },
	      { "time", test_time }, { "sentences", test_sentences }, { "worse", test_worse });
