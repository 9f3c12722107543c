/* SPDX-License-Identifier: MIT */
/* Ratios against tables worked by hand. */
#include "unit.h"

#include "ratio.h"

#include <errno.h>
#include <math.h>
#include <string.h>

static int near(double a, double b)
{
	return fabs(a - b) <= 1e-9 * (1 + fabs(b));
}

/* Published tables give the greatest w with P(W <= w) <= 0.025; ours is one more.
 * By hand: n=6: P(W=0) = 1/64 = 0.0156, P(W<=1) = 2/64 = 0.0313. n=7: sums 0, 1, 2
 * come about in 1, 1, 1 ways, 3 in 2: 3/128 = 0.0234, 5/128 = 0.0391. n=8: 0..3 in
 * 1+1+1+2 = 5 ways, 4 in 2: 5/256 = 0.0195, 7/256 = 0.0273. n=5: 1/32 = 0.0313. */
static void test_ranks(void)
{
	static const struct {
		size_t n, k;
	} rows[] = {
		{ 1, 0 }, { 2, 0 }, { 3, 0 }, { 4, 0 }, { 5, 0 }, { 6, 1 }, { 7, 3 }, { 8, 4 },
		{ 9, 6 }, { 10, 9 }, { 11, 11 }, { 12, 14 }, { 13, 18 }, { 14, 22 }, { 15, 26 },
		{ 20, 53 }, { 25, 90 }, { 30, 138 }, { 50, 435 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		CU_ASSERT_EQUAL(hn_ratio_rank(rows[i].n), rows[i].k);
}

/* Many pairs: the counts of ways no longer fit a double, the chances do. The
 * normal approximation: n(n+1)/4 - 1.96 * sqrt(n(n+1)(2n+1)/24). */
static void test_many_pairs(void)
{
	double n = 1200, mean = n * (n + 1) / 4, sd = sqrt(n * (n + 1) * (2 * n + 1) / 24);
	double k = (double)hn_ratio_rank(1200);

	CU_ASSERT_TRUE(fabs(k - (mean - 1.959964 * sd)) < 30);
}

/* Logs to base 2 are 0, 1, 2: the averages are 0, 0.5, 1, 1, 1.5, 2, the median 1. */
static void test_three(void)
{
	const double over[] = { 3, 10, 28 }, under[] = { 3, 5, 7 };
	struct hn_ratio r;
	struct cb_error err;

	CU_ASSERT_EQUAL_FATAL(hn_ratio_estimate(&r, over, under, 3, &err), 0);
	CU_ASSERT_TRUE(near(r.estimate, 2));
	CU_ASSERT_FALSE(r.limited);
	CU_ASSERT_TRUE(near(r.low, 1) && near(r.high, 4));
	CU_ASSERT_EQUAL(r.pairs, 3);
}

/* Six logs 0, 1, 2, 3, 4, 100 (base 2): the limits are the smallest and the
 * largest average, 0 and 100. Of the 21 averages the 11th is the median:
 * 0 .5 1 1 1.5 1.5 2 2 2 2.5 2.5 3 3 3.5 4 50 50.5 51 51.5 52 100: 2.5. */
static void test_six(void)
{
	const double under[] = { 1, 1, 1, 1, 1, 1 };
	double over[] = { 8, 1, 0, 2, 16, 4 };
	struct hn_ratio r;
	struct cb_error err;

	over[2] = ldexp(1, 100);
	CU_ASSERT_EQUAL_FATAL(hn_ratio_estimate(&r, over, under, 6, &err), 0);
	CU_ASSERT_TRUE(near(r.estimate, pow(2, 2.5)));
	CU_ASSERT_TRUE(r.limited);
	CU_ASSERT_TRUE(near(r.low, 1) && near(r.high, ldexp(1, 100)));
}

/* Twelve logs 0..11: each sum s = i + j (i <= j) comes floor(s/2) + 1 times up to 11.
 * 1 1 2 2 3 3 of the sums 0..5 make 12, sum 6 has 4: the 14th smallest average is
 * 3, the 14th largest 11 - 3 = 8, the median 5.5. */
static void test_twelve(void)
{
	double over[12], under[12];
	struct hn_ratio r;
	struct cb_error err;

	for (int i = 0; i < 12; i++) {
		over[i] = ldexp(1, (i * 5) % 12);
		under[i] = 1;
	}
	CU_ASSERT_EQUAL_FATAL(hn_ratio_estimate(&r, over, under, 12, &err), 0);
	CU_ASSERT_TRUE(near(r.estimate, pow(2, 5.5)));
	CU_ASSERT_TRUE(r.limited);
	CU_ASSERT_TRUE(near(r.low, 8) && near(r.high, 256));
}

static void test_refused(void)
{
	static const double bad[] = { 0, -1, NAN, INFINITY };
	const double good[] = { 1 };
	struct hn_ratio r = { .estimate = 7 };
	struct cb_error err;

	CU_ASSERT_EQUAL(hn_ratio_estimate(&r, good, good, 0, &err), -EINVAL);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		CU_ASSERT_EQUAL(hn_ratio_estimate(&r, &bad[i], good, 1, &err), -EINVAL);
		CU_ASSERT_EQUAL(hn_ratio_estimate(&r, good, &bad[i], 1, &err), -EINVAL);
	}
	CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "pair 1"));
	CU_ASSERT_EQUAL(r.estimate, 7);
}

static void test_median(void)
{
	const double three[] = { 9, 1, 4 }, four[] = { 8, 1, 4, 2 };

	CU_ASSERT_EQUAL(hn_median(three, 3), 4);
	CU_ASSERT_EQUAL(hn_median(four, 4), 3);
	CU_ASSERT_EQUAL(hn_median(three, 1), 9);
	CU_ASSERT_EQUAL(hn_median(three, 0), 0);
	CU_ASSERT_EQUAL(three[0], 9);
}

HN_UNIT_SUITE("bench-ratio", { "ranks", test_ranks }, { "many pairs", test_many_pairs },
	      { "three pairs", test_three }, { "six pairs", test_six },
	      { "twelve pairs", test_twelve }, { "refused", test_refused },
	      { "median", test_median });
