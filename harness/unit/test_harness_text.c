/* SPDX-License-Identifier: MIT */
/* Durations, numbers, expansion, patterns, tag expressions. */
#include "unit.h"

#include "base/cleanup.h"
#include "pattern.h"
#include "tag.h"
#include "text.h"

#include <string.h>

static const struct hn_vars vars = { { "/w/b.d", "/w/home", "/w/tmp", "/fix", "/probes" } };

static void test_durations(void)
{
	static const struct {
		const char *text;
		long long ms; /* 0: refused */
	} rows[] = {
		{ "500ms", 500 }, { "30s", 30000 }, { "2m", 120000 }, { "1h", 3600000 },
		{ "1ms", 1 }, { "168h", 604800000 }, { "169h", 0 }, { "0s", 0 }, { "30", 0 },
		{ "", 0 }, { "s", 0 }, { "-1s", 0 }, { "+1s", 0 }, { " 1s", 0 }, { "1 s", 0 },
		{ "1.5s", 0 }, { "1sec", 0 }, { "99999999999999999999s", 0 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct cb_error err;
		long long ms = 0;
		int rc = hn_parse_duration(rows[i].text, &ms, &err);

		CU_ASSERT_EQUAL(rc == 0, rows[i].ms != 0);
		CU_ASSERT_EQUAL(ms, rows[i].ms);
	}
}

static void test_numbers(void)
{
	long long n = -1;

	CU_ASSERT_TRUE(hn_parse_number("0", 0, 255, &n) && n == 0);
	CU_ASSERT_TRUE(hn_parse_number("255", 0, 255, &n) && n == 255);
	CU_ASSERT_FALSE(hn_parse_number("256", 0, 255, &n));
	CU_ASSERT_FALSE(hn_parse_number("-1", -5, 255, &n));
	CU_ASSERT_FALSE(hn_parse_number("1x", 0, 255, &n));
	CU_ASSERT_FALSE(hn_parse_number("", 0, 255, &n));
	CU_ASSERT_FALSE(hn_parse_number("99999999999999999999999", 0, 255, &n));
	CU_ASSERT_EQUAL(n, 255);
}

static void check_expansion(const char *text, unsigned int flags, const char *want)
{
	CB_AUTO_BUF struct cb_buf out = CB_BUF_INIT;
	struct cb_error err;
	int rc;

	cb_buf_clear(&out);
	rc = hn_expand(&out, text, &vars, flags, &err);
	CU_ASSERT_EQUAL(rc == 0, want != NULL);
	if (!rc && want)
		CU_ASSERT_STRING_EQUAL(out.data, want);
}

static void test_expansion(void)
{
	check_expansion("${BUILD_DIR}/x:${HOME}", HN_EXPAND_STRICT, "/w/b.d/x:/w/home");
	check_expansion("^${BUILD_DIR}/", HN_EXPAND_QUOTED, "^\\/w\\/b\\.d/");
	check_expansion("${NOPE}", HN_EXPAND_STRICT, NULL);
	check_expansion("${NOPE}${TMPDIR}", 0, "${NOPE}/w/tmp");
	check_expansion("$HOME ${ ${", 0, "$HOME ${ ${");
	check_expansion("", HN_EXPAND_STRICT, "");
}

/* The hash decides which shard a case is in: it must never change. */
static void test_hash(void)
{
	CU_ASSERT_EQUAL(hn_hash(""), 0xcbf29ce484222325u);
	CU_ASSERT_EQUAL(hn_hash("a"), 0xaf63dc4c8601ec8cu);
	CU_ASSERT_EQUAL(hn_hash("foobar"), 0x85944171f73967e8u);
}

static void test_paths(void)
{
	static const struct {
		const char *path, *want;
	} rows[] = {
		{ "/etc/x", "/etc/x" }, { "/etc/", "/etc/" }, { "out/a", "/w/b.d/out/a" },
		{ ".", "/w/b.d" }, { "./x", "/w/b.d/x" }, { "../home/y", "/w/home/y" },
		{ "${HOME}/", "/w/home/" }, { "/", "/" }, { "/../..", "/" }, { "a//b/", "/w/b.d/a/b/" },
		{ "/a/./b/../c", "/a/c" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		CB_AUTO_BUF struct cb_buf out = CB_BUF_INIT;
		struct cb_error err;

		CU_ASSERT_EQUAL(hn_path_resolve(&out, rows[i].path, &vars, &err), 0);
		CU_ASSERT_STRING_EQUAL(out.data, rows[i].want);
	}
}

static void test_patterns(void)
{
	static const struct {
		const char *pattern;
		bool is_path;
		const char *subject;
		bool match;
	} rows[] = {
		{ "/etc/x", true, "/etc/x", true }, { "/etc/x", true, "/etc/x/y", false },
		{ "/etc/", true, "/etc", true }, { "/etc/", true, "/etc/a/b", true },
		{ "/etc/", true, "/etcetera", false }, { "/", true, "/anything", true },
		{ "x", true, "/w/b.d/x", true }, { "x", false, "x", true },
		{ "~^/usr/lib/app", true, "/usr/lib/app.so", true },
		{ "~^${BUILD_DIR}/", true, "/w/b.d/x", true },
		{ "~^${BUILD_DIR}/", true, "/w/bXd/x", false },
		{ "~b$", false, "a\nb", true }, { "~b$", false, "b\n", false },
		{ "~a.b", false, "a\nb", true }, { "etc/", false, "etc", false },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct hn_pattern p;
		struct cb_error err;

		CU_ASSERT_EQUAL(hn_pattern_init(&p, rows[i].pattern, rows[i].is_path, &vars, &err),
				0);
		CU_ASSERT_EQUAL(hn_pattern_match(&p, rows[i].subject, strlen(rows[i].subject)),
				rows[i].match);
		hn_pattern_destroy(&p);
	}
}

static void test_bad_patterns(void)
{
	struct cb_error err;

	CU_ASSERT_NOT_EQUAL(hn_pattern_check("~(", false, &err), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "bad regex '('"));
	CU_ASSERT_NOT_EQUAL(hn_pattern_check("${NOPE}/x", true, &err), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "${NOPE}"));
	CU_ASSERT_EQUAL(hn_pattern_check("${NOPE}", false, &err), 0);
}

/* A pattern that would take for ever is given up, as no match. */
static void test_pattern_limit(void)
{
	struct hn_pattern p;
	struct cb_error err;
	char subject[64];

	memset(subject, 'a', sizeof subject);
	CU_ASSERT_EQUAL(hn_pattern_init(&p, "~^(a+)+$(?=b)", false, &vars, &err), 0);
	CU_ASSERT_FALSE(hn_pattern_match(&p, subject, sizeof subject));
	hn_pattern_destroy(&p);
}

static void test_tags(void)
{
	char *items[] = { (char[]){ "net" }, (char[]){ "ipv6" }, (char[]){ "nothing-much" } };
	const struct hn_strings tags = { items, 3 };
	static const struct {
		const char *expr;
		int want; /* negative: malformed */
	} rows[] = {
		{ "net", 1 }, { "slow", 0 }, { "not slow", 1 }, { "net and not slow", 1 },
		{ "slow or net", 1 }, { "slow or net and slow", 0 }, { "(slow or net) and ipv6", 1 },
		{ "not (net and ipv6)", 0 }, { "not not net", 1 }, { "nothing-much", 1 },
		{ "  net  ", 1 }, { "not(slow)", 1 }, { "slow and (", -1 }, { "", -1 }, { "and", -1 },
		{ "net and", -1 }, { "net slow", -1 }, { "(net", -1 }, { "net)", -1 },
		{ "net & slow", -1 }, { "slow and not", -1 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int got = hn_tag_eval(rows[i].expr, &tags, NULL);

		CU_ASSERT_EQUAL(got < 0 ? -1 : got, rows[i].want);
	}
}

static void test_tag_names(void)
{
	CU_ASSERT_EQUAL(hn_tag_check("quick-2.x", NULL), 0);
	CU_ASSERT_NOT_EQUAL(hn_tag_check("not", NULL), 0);
	CU_ASSERT_NOT_EQUAL(hn_tag_check("a b", NULL), 0);
	CU_ASSERT_NOT_EQUAL(hn_tag_check("", NULL), 0);
}

HN_UNIT_SUITE("harness-text",
	{ "durations", test_durations },
	{ "numbers", test_numbers },
	{ "names expand", test_expansion },
	{ "the shard hash stays as it is", test_hash },
	{ "paths", test_paths },
	{ "patterns match", test_patterns },
	{ "bad patterns are named", test_bad_patterns },
	{ "patterns give up at a limit", test_pattern_limit },
	{ "tag expressions", test_tags },
	{ "names of tags", test_tag_names });
