/* SPDX-License-Identifier: MIT */
/* How many times as much: a ratio estimated from pairs of measurements, with
 * its limits. Pure arithmetic; knows nothing of what was measured.
 *
 * The estimate is that of Hodges and Lehmann over the logarithms of the ratios:
 * the median of the averages of every two of them, each with itself included.
 * The limits are of at least 95 %, from the exact distribution of Wilcoxon's
 * signed-rank statistic: no assumption but symmetry, and one wild pair moves
 * nothing. */
#ifndef HN_RATIO_H
#define HN_RATIO_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

#define HN_RATIO_PAIRS_MIN 6    /* with fewer there is no 95 % interval */
#define HN_RATIO_PAIRS_MAX 2000

struct hn_ratio {
	double estimate;
	double low, high;  /* 95 % limits; equal to the extremes if !limited */
	bool limited;      /* there were pairs enough for the limits */
	size_t pairs;
};

/* Which of the sorted averages are the limits with n pairs: the k-th smallest
 * and the k-th largest, from 1. 0: none, n is too small. */
size_t hn_ratio_rank(size_t n);

/* The ratio of over[i] to under[i], i < n; all must be above 0 and finite. */
int hn_ratio_estimate(struct hn_ratio *ratio, const double *over, const double *under, size_t n,
		      struct cb_error *err);

/* The middle one, or the mean of the middle two; 0 of none. Sorts a copy. */
double hn_median(const double *values, size_t n);

#endif
