/* SPDX-License-Identifier: MIT */
/* The sanitiser, and the report as written. */
#include "unit.h"

#include "base/cleanup.h"
#include "clean.h"
#include "junit.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BYTES(literal) literal, sizeof literal - 1

static void test_clean(void)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *want;
	} rows[] = {
		{ BYTES("plain\ttext\r\n"), "plain\ttext\r\n" },
		{ BYTES("a\033[1;31mred\033[0m"), "ared" },
		{ BYTES("\033[?25l\033[Kx\033[38:2:1:2:3my"), "xy" },
		{ BYTES("\033]0;title\007x"), "x" },
		{ BYTES("\033]8;;http://x\033\\link\033]8;;\033\\"), "link" },
		{ BYTES("\033Pdcs\033\\x\033^pm\033\\y"), "xy" },
		{ BYTES("\033(Bx\033=y\033cz"), "xyz" },
		{ BYTES("\033]never ends\nnext"), "never ends\nnext" },
		{ BYTES("\033[12"), "" }, { BYTES("\033"), "" },
		{ BYTES("\xc2\x9b" "31mx\xc2\x9d" "0;t\xc2\x9cy"), "xy" },
		{ BYTES("nul\0bel\a bs\b vt\v ff\f del\x7f."), "nulbel bs vt ff del." },
		{ BYTES("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"), "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80" },
		{ BYTES("a\xff" "b"), "a\xef\xbf\xbd" "b" },
		{ BYTES("\xc0\xaf"), "\xef\xbf\xbd\xef\xbf\xbd" },
		{ BYTES("\xed\xa0\x80"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
		{ BYTES("\xf4\x90\x80\x80."), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd." },
		{ BYTES("cut\xe2\x82"), "cut\xef\xbf\xbd\xef\xbf\xbd" },
		{ BYTES("x\xef\xbf\xbey\xef\xbf\xbfz"), "xyz" },
		{ BYTES("]]>"), "]]>" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		CB_AUTO_BUF struct cb_buf out = CB_BUF_INIT;

		CU_ASSERT_EQUAL(hn_clean(&out, rows[i].bytes, rows[i].len, 1000, NULL),
				strlen(rows[i].want));
		CU_ASSERT_STRING_EQUAL(out.data, rows[i].want);
	}
}

static void test_cut(void)
{
	CB_AUTO_BUF struct cb_buf out = CB_BUF_INIT;
	int cut = 0;

	CU_ASSERT_EQUAL(hn_clean(&out, BYTES("abc"), 3, &cut), 3);
	CU_ASSERT_EQUAL(cut, 0);
	CU_ASSERT_EQUAL(hn_clean(&out, BYTES("ab\xc3\xa4"), 3, &cut), 2);
	CU_ASSERT_EQUAL(cut, 1);
	CU_ASSERT_STRING_EQUAL(out.data, "abcab");
}

static void add_case(struct hn_report_suite *suite, const char *name, enum hn_verdict verdict,
		     const char *text)
{
	struct hn_result r = { .verdict = verdict, .problem = HN_PROBLEM_DENIED, .ms = 1234 };

	cb_buf_adds(&r.message, "a <b> & \"c\"");
	cb_buf_adds(&r.text, text);
	cb_buf_adds(&r.output, "out\001\n");
	hn_report_add_case(suite, name, &r, "/kept");
	hn_result_destroy(&r);
}

static struct hn_report *sample(void)
{
	struct hn_report *report = hn_report_new();
	struct hn_report_suite *one = hn_report_add_suite(report, "one");
	struct hn_report_suite *two = hn_report_add_suite(report, "two");

	hn_report_set_start(one, 0);
	hn_report_add_property(one, "kernel", "6.1\n");
	add_case(one, "good", HN_PASSED, "");
	add_case(one, "bad", HN_FAILED, "s.yaml:1: ]]> <x> \033[31mred\xff\xef\xbf\xbf\n");
	add_case(one, "ugly", HN_ERRED, "s.yaml:2: error\n");
	add_case(two, "skipped", HN_SKIPPED, "");
	return report;
}

static bool holds(const struct cb_buf *xml, const char *text)
{
	return xml->data && strstr(xml->data, text);
}

static void test_report(void)
{
	struct hn_report *report = sample();
	CB_AUTO_BUF struct cb_buf xml = CB_BUF_INIT;
	struct hn_counts counts;
	struct cb_error err;

	CU_ASSERT_EQUAL(hn_report_format(report, &xml, &err), 0);
	hn_report_count(report, &counts);
	CU_ASSERT_EQUAL(counts.passed, 1);
	CU_ASSERT_EQUAL(counts.failed, 1);
	CU_ASSERT_EQUAL(counts.erred, 1);
	CU_ASSERT_EQUAL(counts.skipped, 1);
	CU_ASSERT_TRUE(holds(&xml, "<testsuites>\n"));
	CU_ASSERT_TRUE(holds(&xml, "name=\"one\" package=\"catbox\" id=\"0\""));
	CU_ASSERT_TRUE(holds(&xml, "name=\"two\" package=\"catbox\" id=\"1\""));
	CU_ASSERT_TRUE(holds(&xml, "timestamp=\"1970-01-01T00:00:00\" tests=\"3\" failures=\"1\" "
			     "errors=\"1\" skipped=\"0\" time=\"3.702\""));
	CU_ASSERT_TRUE(holds(&xml, "tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"1\""));
	CU_ASSERT_TRUE(holds(&xml, "classname=\"catbox.one\" name=\"good\" time=\"1.234\"/>"));
	CU_ASSERT_TRUE(holds(&xml, "<failure type=\"denied\" message=\"a &lt;b&gt; &amp; "
			     "&quot;c&quot;\">s.yaml:1: ]]&gt; &lt;x&gt; red\xef\xbf\xbd\n"));
	CU_ASSERT_TRUE(holds(&xml, "<skipped message="));
	CU_ASSERT_TRUE(holds(&xml, "== bad\nout\n"));
	CU_ASSERT_FALSE(holds(&xml, "\033"));
	hn_report_free(report);
}

static void test_long_text(void)
{
	struct hn_report *report = hn_report_new();
	struct hn_report_suite *suite = hn_report_add_suite(report, "long");
	CB_AUTO_BUF struct cb_buf xml = CB_BUF_INIT;
	char *text = cb_alloc(200001);
	struct cb_error err;

	memset(text, 'x', 200000);
	text[200000] = '\0';
	add_case(suite, "big", HN_FAILED, text);
	CU_ASSERT_EQUAL(hn_report_format(report, &xml, &err), 0);
	CU_ASSERT_TRUE(xml.len > 65536 && xml.len < 70000);
	CU_ASSERT_TRUE(holds(&xml, "[cut at 64 KiB; the whole is in /kept]"));
	free(text);
	hn_report_free(report);
}

static void test_empty_report(void)
{
	struct hn_report *report = hn_report_new();
	CB_AUTO_BUF struct cb_buf xml = CB_BUF_INIT;
	struct cb_error err;

	CU_ASSERT_EQUAL(hn_report_format(report, &xml, &err), 0);
	hn_report_add_suite(report, "no-cases");
	CU_ASSERT_EQUAL(hn_report_format(report, &xml, &err), 0);
	hn_report_free(report);
}

static void test_validation(void)
{
	static const char *const bad[] = {
		"", "<testsuites", "<testsuite/>", "<testsuites tests='1'/>",
		"<testsuites><testcase classname='catbox.x' name='y' time='0.000'/></testsuites>",
	};
	struct cb_error err;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		CU_ASSERT_NOT_EQUAL(hn_junit_validate(bad[i], strlen(bad[i]), &err), 0);
	CU_ASSERT_EQUAL(hn_junit_validate(BYTES("<testsuites/>"), &err), 0);
}

static void test_writing(void)
{
	char dir[] = "/tmp/catbox-unit.XXXXXX";
	CB_AUTO_BUF struct cb_buf path = CB_BUF_INIT, text = CB_BUF_INIT;
	struct hn_report *report = sample();
	struct cb_error err;

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	cb_buf_addf(&path, "%s/new/junit.xml", dir);
	CU_ASSERT_EQUAL(hn_report_write(report, path.data, &err), 0);
	CU_ASSERT_EQUAL(hn_report_write(report, path.data, &err), 0);
	CU_ASSERT_EQUAL(cb_buf_read_file(&text, AT_FDCWD, path.data, 1 << 20), 0);
	CU_ASSERT_TRUE(holds(&text, "</testsuites>"));
	CU_ASSERT_EQUAL(unlink(path.data), 0);
	cb_buf_truncate(&path, strlen(dir) + 4);
	CU_ASSERT_EQUAL(rmdir(path.data), 0); /* so nothing else was left there */
	CU_ASSERT_EQUAL(rmdir(dir), 0);
	hn_report_free(report);
}

/* What is no regular file is written to and stays; a link to a file stays a link. */
static void test_special(void)
{
	char dir[] = "/tmp/catbox-unit.XXXXXX", null[64], link[64], file[64], text[16] = "";
	struct cb_error err;
	struct stat st;
	FILE *f;

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	snprintf(null, sizeof null, "%s/null", dir);
	snprintf(link, sizeof link, "%s/link", dir);
	snprintf(file, sizeof file, "%s/file", dir);
	CU_ASSERT_EQUAL(symlink("/dev/null", null), 0);
	CU_ASSERT_EQUAL(symlink("file", link), 0);
	CU_ASSERT_EQUAL(hn_publish(null, BYTES("gone"), &err), 0);
	hn_unpublish(null);
	CU_ASSERT_EQUAL(lstat(null, &st), 0);
	CU_ASSERT_TRUE(S_ISLNK(st.st_mode));
	CU_ASSERT_EQUAL(hn_publish(file, BYTES("old"), &err), 0);
	CU_ASSERT_EQUAL(hn_publish(link, BYTES("new"), &err), 0);
	CU_ASSERT_EQUAL(lstat(link, &st), 0);
	CU_ASSERT_TRUE(S_ISLNK(st.st_mode));
	f = fopen(file, "re");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_PTR_NOT_NULL(fgets(text, sizeof text, f));
	fclose(f);
	CU_ASSERT_STRING_EQUAL(text, "new");
	hn_unpublish(link);
	CU_ASSERT_NOT_EQUAL(lstat(file, &st), 0);
	CU_ASSERT_EQUAL(unlink(link) | unlink(null), 0);
	CU_ASSERT_EQUAL(rmdir(dir), 0);
}

HN_UNIT_SUITE("harness-junit",
	{ "the sanitiser", test_clean },
	{ "cuts between characters", test_cut },
	{ "counts and escapes", test_report },
	{ "long texts are cut with a note", test_long_text },
	{ "empty reports are valid", test_empty_report },
	{ "what is not our dialect is refused", test_validation },
	{ "is written in one step", test_writing },
	{ "a device, a pipe, a link stay what they are", test_special });
