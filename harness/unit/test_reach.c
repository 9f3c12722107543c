/* SPDX-License-Identifier: MIT */
/* What a policy lets change, as directories: enough for all it allows, and what
 * that is too much is said. */
#include "unit.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "policy/reach.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void directory_of_a_regex(void)
{
	static const struct {
		const char *pattern;
		bool anchored;
		const char *dir;
	} cases[] = {
		{ "^/tmp/cc[A-Za-z0-9]{6}\\.", true, "/tmp" },
		{ "^/a/b/", true, "/a/b" },
		{ "^/a/b$", true, "/a" },
		{ "^/a/b", true, "/a" },
		{ "^/a/bc*", true, "/a" },
		{ "^/a/b/?c", true, "/a" },
		{ "^/a/b/+c", true, "/a" },
		{ "^/a\\.d/x", true, "/a.d" },
		{ "^/a\\d/x", true, "/" },
		{ "^\\/a\\-b\\/x", true, "/a-b" },
		{ "^/a/(b|c)/d", true, "/a" },
		{ "^/a/[|]/d", true, "/a" },
		{ "^/a/b|^/c/d", true, "/" },
		{ "^/a/b|/c", false, "/" },
		{ "/a/b", false, "/" },
		{ "^a/b", true, "/" },
		{ "^/a/(?i)b/c", true, "/" },
		{ "(*CRLF)^/a/b/c", true, "/" },
		{ "^/a/\\Qb|c\\E/d", true, "/" },
		{ "^/", true, "/" },
		{ "^", true, "/" },
		{ "", false, "/" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		CB_AUTO_BUF struct cb_buf out = CB_BUF_INIT;

		cb_regex_directory(cases[i].pattern, cases[i].anchored, &out);
		CU_ASSERT_STRING_EQUAL(out.data, cases[i].dir);
	}
}

/* All that is told, one line each; % of expectations is the directory. */
static void add_allowed(void *ctx, const char *path, bool contents)
{
	if (strncmp(path, "/dev/", 5) && strcmp(path, "/proc"))
		cb_buf_addf(ctx, "%s %s\n", contents ? "contents" : "all", path);
}

static void add_gap(void *ctx, const char *rule, const char *text, const char *why)
{
	(void)text;
	cb_buf_addf(ctx, "gap %s: %s\n", rule, why);
}

static void fill_in(const char *text, const char *dir, struct cb_buf *out)
{
	cb_buf_clear(out);
	for (; *text; text++)
		if (*text == '%')
			cb_buf_adds(out, dir);
		else
			cb_buf_addc(out, *text);
}

static void reach_of_rules(void)
{
	static const struct {
		const char *rules[4]; /* with the verb's letter first; ${D} is a directory */
		const char *told;
	} cases[] = {
		{ { "a${D}/" }, "all %\n" },
		{ { "a${D}/new/sub/" },
		  "all %\ngap 0: does not exist yet, so that all of % may change\n" },
		{ { "a${D}/file" }, "all %\ngap 0: is one path, so that all of % may change\n" },
		{ { "a~^${D}/x" }, "all %\ngap 0: is a regex, so that all of % may change\n" },
		{ { "a~x$" }, "all /\ngap 0: is a regex, so that all of / may change\n" },
		{ { "a${D}/", "d${D}/" }, "" },
		{ { "a${D}/", "d/" }, "" },
		{ { "a${D}/sub", "d${D}/" }, "" },
		{ { "d/", "a${D}/" }, "all %\n" },
		{ { "a${D}/", "d${D}/sub/" },
		  "all %\ngap 1: is refused below a directory that may change\n" },
		{ { "a${D}/", "d~secret" },
		  "all %\ngap 1: is refused below a directory that may change\n" },
		{ { "a${D}/", "d/etc/" }, "all %\n" },
		{ { "a${D}/", "e${D}/sub" },
		  "all %\ngap 1: is refused below a directory that may change\n" },
	};
	static const enum cb_verb verbs[] = { ['a'] = CB_VERB_ALLOW, ['d'] = CB_VERB_DENY,
					      ['e'] = CB_VERB_EXPECT };
	char dir[] = "/tmp/catbox-reach-XXXXXX";

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		CB_AUTO_BUF struct cb_buf told = CB_BUF_INIT;
		struct cb_reach_sink sink = { &told, add_allowed, add_gap };
		struct cb_policy *policy = cb_policy_new();
		CB_AUTO_BUF struct cb_buf want = CB_BUF_INIT;
		char origin[2] = "0";

		cb_policy_set(policy, "D", dir);
		for (const char *const *r = cases[i].rules; *r; r++, origin[0]++)
			CU_ASSERT_EQUAL(cb_policy_add(policy, CB_CLASS_WRITE, verbs[(int)**r],
						      *r + 1, origin, NULL), 0);
		cb_policy_freeze(policy);
		cb_buf_clear(&told);
		cb_policy_reach(policy, &sink);
		fill_in(cases[i].told, dir, &want);
		CU_ASSERT_STRING_EQUAL(told.data, want.data);
		if (strcmp(told.data, want.data))
			fprintf(stderr, "case %zu: got\n%swant\n%s", i, told.data, want.data);
		cb_policy_free(policy);
	}
	rmdir(dir);
}

static void abstract_names(void)
{
	static const struct {
		const char *rules[3];
		bool refused;
	} cases[] = {
		{ { NULL }, false },
		{ { "dabstract:~.*" }, true },
		{ { "dabstract:~" }, true },
		{ { "dabstract:x" }, false },
		{ { "dabstract:~.*", "aabstract:x" }, false },
		{ { "aabstract:x", "dabstract:~.*" }, true },
		{ { "dall" }, false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct cb_policy *policy = cb_policy_new();

		for (const char *const *r = cases[i].rules; *r; r++)
			CU_ASSERT_EQUAL(cb_policy_add(policy, CB_CLASS_NET,
						      **r == 'a' ? CB_VERB_ALLOW : CB_VERB_DENY,
						      *r + 1, "test", NULL), 0);
		cb_policy_freeze(policy);
		CU_ASSERT_EQUAL(cb_policy_refuses_abstract(policy), cases[i].refused);
		cb_policy_free(policy);
	}
}

HN_UNIT_SUITE("reach", { "the directory of a regex", directory_of_a_regex },
	   { "what rules reach", reach_of_rules },
	   { "whether all abstract names are refused", abstract_names });
