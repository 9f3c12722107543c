/* SPDX-License-Identifier: MIT */
/* The baseline's file: what is written is read, what is wrong is told, all of it. */
#include "unit.h"

#include "base/cleanup.h"
#include "baseline.h"
#include "junit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define HEAD "reason: first\nmachine: {cpu: c, cores: 2, kernel: 6.1, compiler: g, flags: -O2}\n"

/* A file with that text; its name is in `path`. */
static void make_file(char path[64], const char *text)
{
	int fd;

	strcpy(path, "/tmp/catbox-unit-XXXXXX");
	fd = mkstemp(path);
	CU_ASSERT_TRUE_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static int load(struct hn_baseline *b, const char *text, struct cb_buf *complaints)
{
	struct cb_error err;
	char path[64];
	int rc;

	make_file(path, text);
	rc = hn_baseline_load(b, path, complaints, &err);
	unlink(path);
	return rc;
}

static void test_read(void)
{
	CB_AUTO_BUF struct cb_buf complaints = CB_BUF_INIT;
	struct hn_baseline b;

	CU_ASSERT_EQUAL_FATAL(load(&b, HEAD "metrics:\n  b/x: 1.25\n  a/y: 7\n", &complaints), 0);
	CU_ASSERT_EQUAL(b.count, 2);
	CU_ASSERT_STRING_EQUAL(b.metrics[0].key, "a/y");
	CU_ASSERT_EQUAL(hn_baseline_find(&b, "b/x")->value, 1.25);
	CU_ASSERT_EQUAL(hn_baseline_find(&b, "b/x")->line, 4);
	CU_ASSERT_PTR_NULL(hn_baseline_find(&b, "b"));
	CU_ASSERT_STRING_EQUAL(b.machine.trait[HN_MACHINE_KERNEL], "6.1");
	CU_ASSERT_STRING_EQUAL(b.reason, "first");
	CU_ASSERT_EQUAL(complaints.len, 0);
	hn_baseline_destroy(&b);
}

static void test_written_and_read(void)
{
	CB_AUTO_BUF struct cb_buf text = CB_BUF_INIT, again = CB_BUF_INIT, complaints = CB_BUF_INIT;
	struct hn_baseline b = { .reason = cb_strdup("a \"quoted\" \\ reason: #1\nof two lines") };
	struct hn_baseline c;

	for (int i = 0; i < HN_MACHINE_TRAITS; i++)
		b.machine.trait[i] = cb_strdup("~ : x");
	hn_baseline_set(&b, "z/last", 1.18344);
	hn_baseline_set(&b, "a/first", 123456789012.0);
	hn_baseline_set(&b, "z/last", 1.2);
	hn_baseline_format(&b, &text);
	CU_ASSERT_PTR_NOT_NULL(strstr(text.data, "\n  a/first: 123456789012\n  z/last: 1.2000\n"));
	CU_ASSERT_EQUAL_FATAL(load(&c, text.data, &complaints), 0);
	hn_baseline_format(&c, &again);
	CU_ASSERT_STRING_EQUAL(text.data, again.data);
	hn_baseline_destroy(&b);
	hn_baseline_destroy(&c);
}

static void test_wrong(void)
{
	static const struct {
		const char *text, *said;
	} rows[] = {
		{ "", "not a YAML document" },
		{ "reason: x\nmetrics: {}\n", "machine" },
		{ HEAD "metrics: {a/b: -1}\n", ":3:" },
		{ HEAD "metrics: {a/b: much}\n", "'much'" },
		{ HEAD "metrics: {a/b: nan}\n", "'nan'" },
		{ HEAD "metrics: {a/b: 1e999}\n", "'1e999'" },
		{ HEAD "metrics: {a/b: }\n", "a/b" },
		{ HEAD "metrics: {a b: 1}\n", "'a b'" },
		{ HEAD "metrics: {a//b: 1}\n", "'a//b'" },
		{ HEAD "metrics: {a: 1, a: 2}\n", "a" },
		{ HEAD "metrics: [1]\n", "mapping" },
		{ HEAD "metrics: {}\nmetric: {}\n", "'metric'" },
		{ HEAD "metrics: {\n", "" },
		{ "reason: x\nmachine: {cpu: c}\nmetrics: {}\n", "cores" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		CB_AUTO_BUF struct cb_buf complaints = CB_BUF_INIT;
		struct hn_baseline b = { .count = 77 };
		const char *said;

		CU_ASSERT_TRUE(load(&b, rows[i].text, &complaints) < 0);
		CU_ASSERT_EQUAL(b.count, 0);
		CU_ASSERT_PTR_NULL(b.metrics);
		said = complaints.data ? complaints.data : "";
		CU_ASSERT_PTR_NOT_NULL(strstr(said, "error: "));
		CU_ASSERT_PTR_NOT_NULL(strstr(said, rows[i].said));
	}
}

static void test_all_is_told(void)
{
	CB_AUTO_BUF struct cb_buf complaints = CB_BUF_INIT;
	struct hn_baseline b;

	CU_ASSERT_TRUE(load(&b, HEAD "metrics:\n  a: x\n  b: 2\n  c: y\n", &complaints) < 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(complaints.data, ":4:"));
	CU_ASSERT_PTR_NOT_NULL(strstr(complaints.data, ":6:"));
}

static void test_missing(void)
{
	CB_AUTO_BUF struct cb_buf complaints = CB_BUF_INIT;
	struct hn_baseline b;
	struct cb_error err;

	CU_ASSERT_EQUAL(hn_baseline_load(&b, "/tmp/none/such", &complaints, &err), 0);
	CU_ASSERT_EQUAL(b.count, 0);
	CU_ASSERT_PTR_NULL(b.path);
	CU_ASSERT_TRUE(hn_baseline_load(&b, "/tmp", &complaints, &err) < 0);
	hn_baseline_destroy(&b);
}

static int is_time(const char *key, void *ctx)
{
	return strstr(key, ctx) != NULL;
}

static void test_drop(void)
{
	struct hn_baseline b = { .path = NULL };

	hn_baseline_set(&b, "a/cpu", 1);
	hn_baseline_set(&b, "a/stops", 2);
	hn_baseline_set(&b, "b/cpu", 3);
	CU_ASSERT_EQUAL(hn_baseline_drop(&b, is_time, (void *)"cpu"), 2);
	CU_ASSERT_EQUAL(b.count, 1);
	CU_ASSERT_STRING_EQUAL(b.metrics[0].key, "a/stops");
	hn_baseline_destroy(&b);
}

static void test_machines(void)
{
	struct hn_machine here, same, other = { { NULL } };

	hn_machine_here(&here, "/nowhere/catbox");
	hn_machine_here(&same, "/nowhere/catbox");
	CU_ASSERT_STRING_EQUAL(here.trait[HN_MACHINE_COMPILER], "unknown");
	CU_ASSERT_STRING_NOT_EQUAL(here.trait[HN_MACHINE_CPU], "unknown");
	CU_ASSERT_EQUAL(hn_machine_differ(&here, &same, HN_MACHINE_ALL), HN_MACHINE_TRAITS);
	CU_ASSERT_EQUAL(hn_machine_differ(&here, &other, HN_MACHINE_ALL), HN_MACHINE_CPU);
	free(same.trait[HN_MACHINE_CORES]);
	same.trait[HN_MACHINE_CORES] = cb_strdup("4096");
	CU_ASSERT_EQUAL(hn_machine_differ(&here, &same, HN_MACHINE_ALL), HN_MACHINE_CORES);
	CU_ASSERT_EQUAL(hn_machine_differ(&here, &same, 1u << HN_MACHINE_CPU), HN_MACHINE_TRAITS);
	hn_machine_destroy(&here);
	hn_machine_destroy(&same);
}

HN_UNIT_SUITE("bench-baseline", { "read", test_read },
	      { "written and read", test_written_and_read }, { "wrong", test_wrong },
	      { "all is told", test_all_is_told }, { "missing", test_missing },
	      { "drop", test_drop }, { "machines", test_machines });
