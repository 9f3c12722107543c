/* SPDX-License-Identifier: MIT */
/* One run of a workload, in a directory of its own. */
#ifndef HN_BENCH_ONCE_H
#define HN_BENCH_ONCE_H

#include "bench_measure.h"
#include "supervise.h"

/* Directories and environment of a run. */
struct hn_once {
	struct hn_case_dirs dirs;
	char *stats;   /* path of the counters' file; owned */
	char *out, *error; /* paths of what it prints; owned */
};

/* Fresh directories with the content of `from` (NULL: none). The same `number`
 * makes the same paths again, so that their length changes nothing. */
int hn_once_init(struct hn_once *once, const struct hn_bench_plan *plan, const char *from,
		 unsigned number, struct cb_error *err);
void hn_once_destroy(struct hn_once *once);

/* Runs `prefix` (words, borrowed; found on PATH) with `sh -c script`, to its end.
 * Negative: it could not be run, did not end in time, was told to stop, or (unless
 * `status` is given) failed; the sentence says which and how. */
int hn_once_run(struct hn_once *once, struct hn_bench_plan *plan, const struct hn_bench *bench,
		const struct hn_strings *prefix, const char *script, long long timeout_ms,
		int *status, struct hn_ending *ending, struct cb_error *err);

/* Appends the last line that a file holds, cleaned. */
void hn_once_last_line(const char *path, struct cb_buf *line);

#endif
