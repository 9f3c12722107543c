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
	const struct hn_outcome *outcomes; /* one for each of chosen->cases */
	time_t start;
	const struct hn_setup *setup;
};

/* A report of all of it; unloadable suites are in it as errors. */
struct hn_report *hn_account_report(const struct hn_account *account);

/* Test Anything Protocol, version 13. */
void hn_account_tap(const struct hn_account *account, struct cb_buf *out);

/* Reasons of skips, names of failures, and the plain last line "N passed, N
 * failed, N skipped". */
void hn_account_summary(const struct hn_account *account, const struct hn_report *report,
			const char *junit, long long ms, FILE *out);

#endif
