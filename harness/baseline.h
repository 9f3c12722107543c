/* SPDX-License-Identifier: MIT */
/* The figures that a benchmark compares with, and the file they are kept in:
 * YAML, sorted, one metric a line, so that a change of one is a line of a diff. */
#ifndef HN_BASELINE_H
#define HN_BASELINE_H

#include "base/buf.h"
#include "base/error.h"
#include "machine.h"

#include <stddef.h>

struct hn_metric {
	char *key;    /* "many/ptrace/cpu"; owned */
	double value; /* finite, 0 or more */
	int line;     /* in the file; 0: not from a file */
};

struct hn_baseline {
	char *path;                /* as shown; owned; NULL: there is none */
	char *reason;              /* why it was last changed; owned */
	struct hn_machine machine; /* that the figures are from */
	struct hn_metric *metrics; /* sorted by key; owned */
	size_t count;
};

/* Reads the file. A file that is not there makes an empty baseline. For one that
 * is not right, all that is wrong is said in `complaints`, lines "file:line:col:
 * error: ..."; the result is negative and the baseline empty. */
int hn_baseline_load(struct hn_baseline *b, const char *path, struct cb_buf *complaints,
		     struct cb_error *err);
void hn_baseline_destroy(struct hn_baseline *b);

/* NULL: there is no such metric. */
const struct hn_metric *hn_baseline_find(const struct hn_baseline *b, const char *key);

/* Adds or replaces. Copies the key. */
void hn_baseline_set(struct hn_baseline *b, const char *key, double value);

/* Takes away the metrics for which `drop` says so. Returns how many there were. */
size_t hn_baseline_drop(struct hn_baseline *b, int (*drop)(const char *key, void *ctx), void *ctx);

/* May this be a metric's key: letters, digits and ._+-, in parts divided by /? */
int hn_baseline_key_ok(const char *key);

/* Appends it as text of the file. */
void hn_baseline_format(const struct hn_baseline *b, struct cb_buf *out);

#endif
