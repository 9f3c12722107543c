/* SPDX-License-Identifier: MIT */
/* The runner of unit tests: CUnit runs them, its completion handlers feed the
 * report, which the harness's own writer puts out. CUnit's handlers take no
 * context, hence the one variable of file scope. */
#include "unit.h"

#include "base/cleanup.h"
#include "junit.h"
#include "process.h"

#include <CUnit/TestRun.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define PROBLEMS_MAX 20 /* of one test that are shown */

static struct {
	struct hn_unit_suite *suites;    /* registered, sorted by name */
	struct hn_report *report;
	struct hn_report_suite *current; /* of the report */
	const struct CU_Suite *suite;    /* that `current` is for */
	const char *skip;                /* reason given by the running test */
	long long start;                 /* of the running test, ms */
} unit;

void hn_unit_register(struct hn_unit_suite *suite)
{
	struct hn_unit_suite **at = &unit.suites;

	while (*at && strcmp((*at)->name, suite->name) < 0)
		at = &(*at)->next;
	suite->next = *at;
	*at = suite;
}

void hn_unit_skip(const char *reason)
{
	unit.skip = reason;
}

static void test_started(const CU_pTest test, const CU_pSuite suite)
{
	CB_AUTO_BUF struct cb_buf name = CB_BUF_INIT;

	(void)test;
	unit.skip = NULL;
	unit.start = hn_now_ms();
	if (unit.suite == suite)
		return;
	cb_buf_addf(&name, "unit.%s", suite->pName);
	unit.suite = suite;
	unit.current = hn_report_add_suite(unit.report, name.data);
}

static void add_failure(struct hn_result *result, const CU_FailureRecord *f)
{
	CB_AUTO_BUF struct cb_buf message = CB_BUF_INIT;
	const char *file = f->strFileName ? f->strFileName : "?";

	cb_buf_addf(&message, "not true: %s", f->strCondition ? f->strCondition : "?");
	hn_result_add(result, HN_FAILED, HN_PROBLEM_OUTPUT, file, (int)f->uiLineNumber,
		      message.data, NULL);
}

static void test_completed(const CU_pTest test, const CU_pSuite suite,
			   const CU_pFailureRecord failure)
{
	struct hn_result result = { .verdict = HN_PASSED, .ms = hn_now_ms() - unit.start };

	for (const CU_FailureRecord *f = failure; f; f = f->pNext)
		if (result.problems < PROBLEMS_MAX)
			add_failure(&result, f);
		else
			result.problems++;
	if (result.problems > PROBLEMS_MAX)
		cb_buf_addf(&result.text, "... and %d more\n", result.problems - PROBLEMS_MAX);
	if (!result.problems && unit.skip)
		hn_result_skip(&result, unit.skip);
	if (result.verdict == HN_FAILED)
		printf("FAIL  %s/%s\n%s", suite->pName, test->pName, result.text.data);
	else if (result.verdict == HN_SKIPPED)
		printf("skip  %s/%s: %s\n", suite->pName, test->pName, unit.skip);
	else
		printf("ok    %s/%s\n", suite->pName, test->pName);
	fflush(stdout);
	hn_report_add_case(unit.current, test->pName, &result, NULL);
	hn_result_destroy(&result);
}

/* Hands the tests whose "suite/test" holds `filter` to CUnit; counts them. */
static int add_tests(const char *filter)
{
	int count = 0;

	for (const struct hn_unit_suite *s = unit.suites; s; s = s->next) {
		CU_pSuite suite = NULL;

		for (const struct hn_unit_test *t = s->tests; t->name; t++) {
			CB_AUTO_BUF struct cb_buf id = CB_BUF_INIT;

			cb_buf_addf(&id, "%s/%s", s->name, t->name);
			if (filter && !strstr(id.data, filter))
				continue;
			if (!suite)
				suite = CU_add_suite(s->name, NULL, NULL);
			if (!suite || !CU_add_test(suite, t->name, t->run))
				return -1;
			count++;
		}
	}
	return count;
}

/* Writes the report and the last line; the exit status. */
static int finish(const char *junit)
{
	struct hn_counts counts;
	struct cb_error err;
	int status;

	hn_report_count(unit.report, &counts);
	status = counts.failed || counts.erred;
	if (hn_report_write(unit.report, junit, &err)) {
		fprintf(stderr, "unit: %s\n", err.message);
		status = 1;
	}
	printf("%lld passed, %lld failed, %lld skipped\n", counts.passed,
	       counts.failed + counts.erred, counts.skipped);
	return status;
}

static int run_tests(const char *filter, const char *junit)
{
	int count, status = 1;

	if (CU_initialize_registry() != CUE_SUCCESS)
		return 1;
	unit.report = hn_report_new();
	CU_set_test_start_handler(test_started);
	CU_set_test_complete_handler(test_completed);
	count = add_tests(filter);
	if (count < 0)
		fprintf(stderr, "unit: %s\n", CU_get_error_msg());
	else if (!count)
		fprintf(stderr, "unit: no test matches '%s'\n", filter ? filter : "");
	else if (CU_run_all_tests() == CUE_SUCCESS)
		status = finish(junit);
	else
		fprintf(stderr, "unit: %s\n", CU_get_error_msg());
	hn_report_free(unit.report);
	CU_cleanup_registry();
	hn_junit_cleanup();
	return status;
}

int main(int argc, char *argv[])
{
	static const struct option options[] = {
		{ "junit", required_argument, NULL, 'x' },
		{ "filter", required_argument, NULL, 'f' },
		{ NULL, 0, NULL, 0 },
	};
	const char *junit = "reports/junit-unit.xml", *filter = NULL;
	bool wrong = false;
	int opt;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt == 'x')
			junit = optarg;
		else if (opt == 'f')
			filter = optarg;
		else
			wrong = true;
	}
	if (wrong || optind < argc) {
		fputs("usage: unit [--junit FILE] [--filter TEXT]\n", stderr);
		return 2;
	}
	unlink(junit); /* an old report must not pass for this run's */
	return run_tests(filter, junit);
}
