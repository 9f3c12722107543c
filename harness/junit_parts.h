/* SPDX-License-Identifier: MIT */
/* What a JUnit report consists of; for the files that fill, write, read and
 * merge reports, and not for others. All text in it is clean. */
#ifndef HN_JUNIT_PARTS_H
#define HN_JUNIT_PARTS_H

#include "junit.h"

struct hn_report_property {
	char *name, *value; /* owned */
};

struct hn_report_properties {
	struct hn_report_property *items; /* owned */
	size_t count;
};

struct hn_report_case {
	char *name, *message, *text; /* owned */
	enum hn_verdict verdict;
	enum hn_problem problem;
	long long ms;
	struct cb_buf output, error; /* what it printed, if it failed */
	char *file; /* owned; NULL: the report is a plain one */
	int line;
	struct hn_report_properties properties;
};

struct hn_report_suite {
	char *name, *host; /* owned */
	time_t start;
	struct hn_report_case *cases; /* owned */
	size_t count;
	struct hn_report_properties properties;
};

struct hn_report {
	struct hn_report_suite **suites; /* owned */
	size_t count;
};

/* Copies both, uncleaned. */
void hn_report_properties_add(struct hn_report_properties *list, const char *name,
			      const char *value);

/* A case whose fields are all empty. */
struct hn_report_case *hn_report_case_new(struct hn_report_suite *suite);
void hn_report_case_destroy(struct hn_report_case *c);
void hn_report_suite_count(const struct hn_report_suite *suite, struct hn_counts *counts);

#endif
