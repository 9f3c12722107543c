/* SPDX-License-Identifier: MIT */
/* From the outcomes of a run to what it leaves: JUnit, TAP, the summary. */
#ifndef HN_REPORT_H
#define HN_REPORT_H

#include "junit.h"
#include "schedule.h"
#include "select.h"

/* What a report is about; all borrowed. */
struct hn_account {
	const struct hn_chosen *chosen;
	const struct hn_tasks *tasks;
	const struct hn_outcome *outcomes; /* one a task */
	time_t start;
	const struct hn_setup *setup;
	const char *seed; /* of the order, or NULL */
	bool extended;    /* JUnit says where cases stand, and more */
	bool interrupted; /* or not run at all */
};

/* One thing that is reported; a suite that does not load is one. */
struct hn_item {
	const struct hn_suite *suite;
	const struct hn_task *task; /* NULL: the loading of the suite */
	const struct hn_outcome *outcome;
};

typedef void (*hn_visit_fn)(const struct hn_item *item, void *ctx);

/* All that is reported, in the order of suites, groups and cases. */
void hn_account_visit(const struct hn_account *account, hn_visit_fn visit, void *ctx);

/* A report of all of it; unloadable suites are in it as errors. */
struct hn_report *hn_account_report(const struct hn_account *account);

/* Annotations for GitHub: one line each. */
void hn_account_github(const struct hn_account *account, struct cb_buf *out);

/* Test Anything Protocol, version 13. */
void hn_account_tap(const struct hn_account *account, struct cb_buf *out);

/* Reasons of skips, names of failures, and the plain last line "N passed, N
 * failed, N skipped". */
void hn_account_summary(const struct hn_account *account, const struct hn_report *report,
			const char *junit, long long ms, FILE *out);

#endif
