/* SPDX-License-Identifier: MIT */
/* Reports read back, merged, and asked what failed. */
#include "unit.h"

#include "base/cleanup.h"
#include "junit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct scene {
	char dir[32];
	char paths[4][48];
};

static void scene_init(struct scene *s)
{
	strcpy(s->dir, "/tmp/catbox-unit.XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(s->dir));
	for (int i = 0; i < 4; i++)
		snprintf(s->paths[i], sizeof s->paths[i], "%s/%d.xml", s->dir, i);
}

static void scene_destroy(struct scene *s)
{
	for (int i = 0; i < 4; i++)
		unlink(s->paths[i]);
	CU_ASSERT_EQUAL(rmdir(s->dir), 0);
}

static void add(struct hn_report *report, const char *suite, const char *name,
		enum hn_verdict verdict, const char *text)
{
	struct hn_report_suite *s = hn_report_add_suite(report, suite);
	struct hn_result r = { .verdict = verdict, .problem = HN_PROBLEM_NET, .ms = 1007 };

	hn_report_set_start(s, 1000000000);
	hn_report_add_property(s, "kernel", "6.1");
	cb_buf_adds(&r.message, text);
	cb_buf_addf(&r.text, "s.yaml:7: %s <&>\n", text);
	cb_buf_addf(&r.output, "said %s\n== no case\nmore\n", text);
	cb_buf_addf(&r.error, "warned");
	hn_report_add_case(s, name, &r, NULL);
	hn_result_destroy(&r);
}

static void write_report(struct hn_report *report, const char *path)
{
	struct cb_error err;

	CU_ASSERT_EQUAL_FATAL(hn_report_write(report, path, &err), 0);
	hn_report_free(report);
}

static void read_file(struct cb_buf *out, const char *path)
{
	cb_buf_clear(out);
	CU_ASSERT_EQUAL(cb_buf_read_file(out, AT_FDCWD, path, 1 << 20), 0);
}

/* What was read and is written again has not changed. */
static void test_round_trip(void)
{
	struct hn_report *report = hn_report_new();
	CB_AUTO_BUF struct cb_buf before = CB_BUF_INIT, after = CB_BUF_INIT;
	struct hn_report_suite *plain;
	struct cb_error err;
	struct scene s;

	scene_init(&s);
	add(report, "one", "fails", HN_FAILED, "a");
	add(report, "two", "errs", HN_ERRED, "b");
	add(report, "three", "skips", HN_SKIPPED, "c");
	add(report, "four", "flaky", HN_FLAKY, "d");
	plain = hn_report_add_suite(report, "five");
	hn_report_add_case(plain, "passes", &(struct hn_result){ .verdict = HN_PASSED }, NULL);
	hn_report_set_place(plain, "suites/five.yaml", 12);
	hn_report_add_case_property(plain, "tag", "net");
	write_report(report, s.paths[0]);
	report = hn_report_read(s.paths[0], &err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(report);
	write_report(report, s.paths[1]);
	read_file(&before, s.paths[0]);
	read_file(&after, s.paths[1]);
	CU_ASSERT_STRING_EQUAL(before.data, after.data);
	CU_ASSERT_PTR_NOT_NULL(strstr(after.data, "FLAKY: d\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(after.data, "file=\"suites/five.yaml\" line=\"12\""));
	scene_destroy(&s);
}

static void merge(const struct scene *s, const int *order, int count, const char *out)
{
	struct hn_report *report = hn_report_new();
	struct cb_error err;

	for (int i = 0; i < count; i++) {
		struct hn_report *more = hn_report_read(s->paths[order[i]], &err);

		CU_ASSERT_PTR_NOT_NULL_FATAL(more);
		hn_report_merge(report, more);
		hn_report_free(more);
	}
	hn_report_sort(report);
	write_report(report, out);
}

/* Each case once, the worse of two, and the same whatever the order. */
static void test_merge(void)
{
	static const int forth[] = { 0, 1, 2 }, back[] = { 2, 1, 0 };
	struct hn_report *parts[3];
	CB_AUTO_BUF struct cb_buf a = CB_BUF_INIT, b = CB_BUF_INIT;
	struct hn_counts counts;
	struct cb_error err;
	struct scene s;

	scene_init(&s);
	for (int i = 0; i < 3; i++)
		parts[i] = hn_report_new();
	add(parts[0], "net", "one", HN_PASSED, "x");
	add(parts[0], "zoo", "both", HN_SKIPPED, "x");
	add(parts[1], "net", "two", HN_PASSED, "x");
	add(parts[1], "zoo", "both", HN_PASSED, "x");
	add(parts[1], "zoo", "worse", HN_PASSED, "x");
	add(parts[2], "zoo", "worse", HN_FAILED, "x");
	add(parts[2], "zoo", "text", HN_FAILED, "y");
	add(parts[0], "zoo", "text", HN_FAILED, "x");
	for (int i = 0; i < 3; i++)
		write_report(parts[i], s.paths[i]);
	merge(&s, forth, 3, s.paths[3]);
	read_file(&a, s.paths[3]);
	merge(&s, back, 3, s.paths[3]);
	read_file(&b, s.paths[3]);
	CU_ASSERT_STRING_EQUAL(a.data, b.data);
	parts[0] = hn_report_read(s.paths[3], &err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(parts[0]);
	hn_report_count(parts[0], &counts);
	CU_ASSERT_EQUAL(counts.passed, 3);
	CU_ASSERT_EQUAL(counts.failed, 2);
	CU_ASSERT_EQUAL(counts.skipped, 0);
	hn_report_free(parts[0]);
	scene_destroy(&s);
}

static void test_failed(void)
{
	struct hn_report *report = hn_report_new();
	struct hn_strings ids = { NULL, 0 };

	add(report, "net", "good", HN_PASSED, "x");
	add(report, "net", "bad", HN_FAILED, "x");
	add(report, "ptrace.net", "bad", HN_FAILED, "x");
	add(report, "notify.net", "worse", HN_ERRED, "x");
	add(report, "net", "odd", HN_FLAKY, "x");
	hn_report_failed(report, &ids);
	CU_ASSERT_EQUAL_FATAL(ids.count, 2);
	CU_ASSERT_STRING_EQUAL(ids.items[0], "net/bad");
	CU_ASSERT_STRING_EQUAL(ids.items[1], "net/worse");
	hn_strings_destroy(&ids);
	hn_report_free(report);
}

static void test_no_report(void)
{
	struct cb_error err;
	struct scene s;
	FILE *f;

	scene_init(&s);
	CU_ASSERT_PTR_NULL(hn_report_read(s.paths[0], &err));
	f = fopen(s.paths[1], "we");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fputs("<testsuites><testsuite/></testsuites>", f);
	fclose(f);
	CU_ASSERT_PTR_NULL(hn_report_read(s.paths[1], &err));
	CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "is no report of catbox-harness"));
	scene_destroy(&s);
}

HN_UNIT_SUITE("harness-merge",
	{ "read and written again it is the same", test_round_trip },
	{ "merged in any order", test_merge },
	{ "what failed", test_failed },
	{ "what is no report", test_no_report });
