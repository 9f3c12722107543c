/* SPDX-License-Identifier: MIT */
/* The estimate of Hodges and Lehmann, and its limits by signed ranks. */
#include "ratio.h"

#include "base/cleanup.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define TAIL 0.025 /* on either side */

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double middle(const double *sorted, size_t n)
{
	return n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

double hn_median(const double *values, size_t n)
{
	CB_AUTO_FREE double *sorted = NULL;

	if (!n)
		return 0;
	sorted = cb_alloc(n * sizeof *sorted);
	memcpy(sorted, values, n * sizeof *sorted);
	qsort(sorted, n, sizeof *sorted, ascending);
	return middle(sorted, n);
}

/* The chance of each sum of ranks: a rank counts or does not, half and half, so
 * that one more rank makes sum w of w and of w - rank. Only sums up to `top` are
 * kept: the lower tail needs no more. */
static void add_rank(double *chance, size_t top, size_t rank)
{
	for (size_t w = top + 1; w-- > 0;)
		chance[w] = (chance[w] + (w >= rank ? chance[w - rank] : 0)) / 2;
}

size_t hn_ratio_rank(size_t n)
{
	size_t top = n * (n + 1) / 4; /* the mean: the tail ends before it */
	CB_AUTO_FREE double *chance = cb_calloc(top + 1, sizeof *chance);
	double sum = 0;
	size_t k = 0;

	chance[0] = 1;
	for (size_t rank = 1; rank <= n; rank++)
		add_rank(chance, top, rank);
	while (k <= top && sum + chance[k] <= TAIL)
		sum += chance[k++];
	return k;
}

/* The averages of every two, each with itself; n * (n + 1) / 2, sorted. */
static double *averages(const double *x, size_t n, size_t *count)
{
	double *all = cb_alloc((n * (n + 1) / 2) * sizeof *all);

	*count = 0;
	for (size_t i = 0; i < n; i++)
		for (size_t j = i; j < n; j++)
			all[(*count)++] = (x[i] + x[j]) / 2;
	qsort(all, *count, sizeof *all, ascending);
	return all;
}

static int logs(double *x, const double *over, const double *under, size_t n,
		struct cb_error *err)
{
	for (size_t i = 0; i < n; i++) {
		if (!(over[i] > 0) || !(under[i] > 0) || !isfinite(over[i]) || !isfinite(under[i]))
			return cb_error(err, EINVAL, "pair %zu makes no ratio: %g to %g", i + 1,
					over[i], under[i]);
		x[i] = log(over[i]) - log(under[i]);
	}
	return 0;
}

int hn_ratio_estimate(struct hn_ratio *ratio, const double *over, const double *under, size_t n,
		      struct cb_error *err)
{
	CB_AUTO_FREE double *x = NULL, *all = NULL;
	size_t count, k;

	if (!n || n > HN_RATIO_PAIRS_MAX)
		return cb_error(err, EINVAL, "a ratio is made of 1 to %d pairs, not %zu",
				HN_RATIO_PAIRS_MAX, n);
	x = cb_alloc(n * sizeof *x);
	if (logs(x, over, under, n, err))
		return -EINVAL;
	all = averages(x, n, &count);
	k = hn_ratio_rank(n);
	*ratio = (struct hn_ratio){
		.estimate = exp(middle(all, count)),
		.low = exp(all[k ? k - 1 : 0]),
		.high = exp(all[k ? count - k : count - 1]),
		.limited = k > 0,
		.pairs = n,
	};
	return 0;
}
