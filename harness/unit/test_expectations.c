/* SPDX-License-Identifier: MIT */
/* No case of our suites is one that cannot fail. An exit status of 0 says nothing of a
 * command that ends with `|| true` or an echo, nor does a pattern that matches any text,
 * nor an entry that takes no event as well. That nothing was denied is not enough either:
 * perhaps nothing was tried. Whether a command can fail is guessed by its last words. */
#include "unit.h"

#include "base/cleanup.h"
#include "pattern.h"
#include "suite.h"

#include <glob.h>
#include <string.h>

/* What stands behind the last separator of commands. */
static const char *last_command(const char *run)
{
	const char *last = run;

	for (const char *p = run; *p; p++)
		if ((*p == ';' || *p == '\n' || (*p == '|' && p[1] == '|')) &&
		    p[1 + strspn(p + 1, " \t\n;|")])
			last = p + 1 + (p[1] == '|');
	return last + strspn(last, " \t");
}

static bool begins_with_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	return !strncmp(text, word, len) && strchr(" \t\n;", text[len]);
}

static bool can_fail(const char *run)
{
	static const char *const never[] = { "true", ":", "exit 0", "echo", "printf", "wait" };
	const char *last = last_command(run);

	if (strstr(last, "&&")) /* what stands before must have succeeded */
		return true;
	for (size_t i = 0; i < sizeof never / sizeof *never; i++)
		if (begins_with_word(last, never[i]))
			return false;
	return true;
}

/* Is there a text that it does not match? */
static bool is_selective(const char *text)
{
	static const struct hn_vars vars = { { "/a", "/b", "/c", "/d", "/e" } };
	static const char odd[] = "\1 what nobody prints";
	struct hn_pattern p;
	struct cb_error err;
	bool selective;

	if (hn_pattern_init(&p, text, false, &vars, &err))
		return true;
	selective = !hn_pattern_match(&p, "", 0) || !hn_pattern_match(&p, odd, strlen(odd));
	hn_pattern_destroy(&p);
	return selective;
}

static bool needs_events(const struct hn_expect *e)
{
	for (int kind = 0; kind < HN_LIST_COUNT; kind++)
		for (size_t i = 0; i < e->lists[kind].count; i++)
			if (e->lists[kind].entries[i].min > 0)
				return true;
	return false;
}

static bool limits_stops(const struct hn_expect *e)
{
	return e->stops_compare == HN_COMPARE_EQUAL || e->stops_compare == HN_COMPARE_AT_MOST ||
	       (e->stops_compare == HN_COMPARE_AT_LEAST && e->stops > 0);
}

static bool asserts_something(const struct hn_expect *e, const char *run)
{
	return e->exit > 0 || e->signal.text || (e->exit == 0 && can_fail(run)) ||
	       needs_events(e) || e->file_count || limits_stops(e) ||
	       (e->output.text && is_selective(e->output.text)) ||
	       (e->error.text && is_selective(e->error.text));
}

static void check_suite(const char *path)
{
	struct hn_suite *suite = hn_suite_load(path);

	CU_ASSERT_EQUAL(suite->errors, 0);
	for (size_t i = 0; i < suite->count; i++) {
		const struct hn_case *c = suite->cases[i];
		const struct hn_expect *control = hn_case_control(c);

		if (asserts_something(&c->expect, c->run) &&
		    (!control || asserts_something(control, c->run)))
			continue;
		CU_FAIL("a case that cannot fail");
		printf("      %s:%d: '%s' cannot fail\n", path, c->line, c->name);
	}
	hn_suite_free(suite);
}

static void test_suites(void)
{
	glob_t found;

	CU_ASSERT_EQUAL_FATAL(glob("suites/*.yaml", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++)
		if (!strstr(found.gl_pathv[i], ".baseline."))
			check_suite(found.gl_pathv[i]);
	globfree(&found);
}

static void test_commands(void)
{
	static const struct {
		const char *run;
		bool can_fail;
	} rows[] = {
		{ "make", true }, { "make || true", false }, { "make; true", false },
		{ "make;\nexit 0\n", false }, { "make; exit 1", true }, { "echo a", false },
		{ "make && echo a", true }, { "make; test -f a && echo a", true },
		{ "make || exit 1; :", false }, { "true; make\n", true }, { "a & b & wait", true },
		{ "a &\nwait\n", false }, { "truest", true }, { "make || echo no", false },
		{ "sh build.sh; ", true }, { "sh build.sh; echo $?;", false },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		CU_ASSERT_EQUAL(can_fail(rows[i].run), rows[i].can_fail);
		if (can_fail(rows[i].run) != rows[i].can_fail)
			printf("      %s\n", rows[i].run);
	}
}

static void test_expectations(void)
{
	struct hn_entry perhaps = { .min = 0, .max = 1 }, once = { .min = 1, .max = 1 };
	struct hn_expect e = { .exit = 0 };

	CU_ASSERT_FALSE(asserts_something(&e, "true"));
	CU_ASSERT_TRUE(asserts_something(&e, "make"));
	e.lists[HN_LIST_DENIED] = (struct hn_list){ .given = true };
	CU_ASSERT_FALSE(asserts_something(&e, "true"));
	e.lists[HN_LIST_DENIED] = (struct hn_list){ .given = true, .entries = &perhaps, .count = 1 };
	CU_ASSERT_FALSE(asserts_something(&e, "true"));
	e.lists[HN_LIST_DENIED].entries = &once;
	CU_ASSERT_TRUE(asserts_something(&e, "true"));
	e = (struct hn_expect){ .exit = -1, .stops_compare = HN_COMPARE_AT_LEAST };
	CU_ASSERT_FALSE(asserts_something(&e, "make"));
	e.stops = 1;
	CU_ASSERT_TRUE(asserts_something(&e, "make"));
	e = (struct hn_expect){ .exit = -1, .output.text = (char[]){ "~.*" } };
	CU_ASSERT_FALSE(asserts_something(&e, "make"));
	e.error.text = (char[]){ "" };
	CU_ASSERT_TRUE(asserts_something(&e, "make"));
}

HN_UNIT_SUITE("expectations",
	{ "no case cannot fail", test_suites },
	{ "commands that cannot fail are seen", test_commands },
	{ "expectations that say nothing are seen", test_expectations });
