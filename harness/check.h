/* SPDX-License-Identifier: MIT */
/* Compares what a case did with what its suite expects. */
#ifndef HN_CHECK_H
#define HN_CHECK_H

#include "events.h"
#include "result.h"
#include "suite.h"
#include "supervise.h"

/* What is known of a case that has run. All borrowed. */
struct hn_observed {
	const struct hn_case *c;
	const struct hn_vars *vars;
	const struct hn_ending *ending;
	const struct hn_events *events;
	const char *stdout_path;
	const char *stderr_path;
	const char *stats_path;
	long long timeout_ms; /* that was in force */
	const struct hn_expect *expect; /* the case's, or its control's */
	bool is_control;      /* a run without the sandbox: there are no events */
};

/* Adds each expectation that is not met to `result`; none: it stays passed. A
 * control run that cannot be tried makes it a skip. */
void hn_check(const struct hn_observed *seen, struct hn_result *result);

/* Adds one problem. Of a control run it is always one of the setup: the case's
 * premise does not hold here, whatever the sandbox would do. */
void hn_check_fail(const struct hn_observed *seen, struct hn_result *result,
		   enum hn_problem problem, int line, const char *message, const char *detail);

/* The part about `files:`. */
void hn_check_files(const struct hn_observed *seen, struct hn_result *result);

/* The part about `reads:`. */
void hn_check_reads(const struct hn_observed *seen, struct hn_result *result);

/* Compares a text with an exact value or a ~regex. NULL if it agrees, else what
 * is wrong, for people (owned by the caller). `search`: a literal may stand
 * anywhere in it. */
char *hn_check_text(const char *expected, const char *got, size_t len, bool search,
		    const struct hn_vars *vars);

#endif
