/* SPDX-License-Identifier: MIT */
/* How a case ended. Plain data. */
#ifndef HN_RESULT_H
#define HN_RESULT_H

#include "base/buf.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

enum hn_verdict {
	HN_PASSED,
	HN_FAILED, /* an expectation is not met */
	HN_ERRED,  /* the harness or the machine could not do it */
	HN_SKIPPED,
	HN_FLAKY   /* failed, and passed when it was run again */
};

/* What a failure or an error is about: the closed set of `type` in reports. */
enum hn_problem {
	HN_PROBLEM_EXIT,
	HN_PROBLEM_DENIED,
	HN_PROBLEM_FAKED,
	HN_PROBLEM_HOOKS,
	HN_PROBLEM_READS,
	HN_PROBLEM_NET,
	HN_PROBLEM_FILES,
	HN_PROBLEM_OUTPUT,
	HN_PROBLEM_LEFTOVERS,
	HN_PROBLEM_TIMEOUT,
	HN_PROBLEM_CRASH,
	HN_PROBLEM_PERF,
	HN_PROBLEM_SETUP,
	HN_PROBLEM_INTERRUPTED,
	HN_PROBLEM_COUNT
};

/* One expectation that is not met, or one thing that could not be done. */
struct hn_issue {
	enum hn_verdict verdict; /* failed or erred */
	enum hn_problem problem;
	char *path;    /* of the suite; owned, as are the next two */
	int line;
	char *message; /* one line */
	char *detail;  /* lines, or NULL */
};

struct hn_result {
	enum hn_verdict verdict;
	enum hn_problem problem; /* only if failed or erred */
	int problems;            /* how many there were; `problem` is the first */
	long long ms;            /* it took */
	struct cb_buf message;   /* one line: the first problem, or why skipped */
	struct cb_buf text;      /* all problems; each starts "path:line: " */
	struct hn_issue *issues; /* the same, apart; owned */
	size_t issue_count;
	struct cb_buf output;    /* the command's stdout, raw; kept of failures only */
	struct cb_buf error;     /* its stderr, likewise */
	json_t *events;          /* an array of what catbox logged; NULL: not kept */
	json_t *changes;         /* an array of what --accept would change; likewise */
	json_t *files;           /* an object of what the work directory held; likewise */
};

struct hn_counts {
	long long passed, failed, erred, skipped, flaky;
};

const char *hn_problem_name(enum hn_problem problem);

/* Is it one that fails a run? */
bool hn_is_bad(enum hn_verdict verdict);

void hn_result_destroy(struct hn_result *result);

/* Makes it a skip with that reason. */
void hn_result_skip(struct hn_result *result, const char *reason);

/* Adds a problem. The first one gives the message and the type; an error weighs
 * more than a failure. `detail` (lines, may be NULL) stands indented below. */
void hn_result_add(struct hn_result *result, enum hn_verdict verdict, enum hn_problem problem,
		   const char *path, int line, const char *message, const char *detail);

/* "N passed, N failed, N skipped", and flaky ones if there are any. */
void hn_counts_print(const struct hn_counts *counts, FILE *out);

void hn_counts_add(struct hn_counts *counts, enum hn_verdict verdict);

#endif
