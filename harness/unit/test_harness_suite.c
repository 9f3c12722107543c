/* SPDX-License-Identifier: MIT */
/* The suite loader: what a good suite becomes, and what is said of bad ones. */
#include "unit.h"

#include "base/cleanup.h"
#include "suite.h"
#include "tree.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A directory with suites/ and fixtures/app/build.sh, and one suite file. */
struct scene {
	char top[32];
	char path[64];
};

static void write_file(const char *top, const char *name, const char *text)
{
	CB_AUTO_BUF struct cb_buf path = CB_BUF_INIT;
	FILE *f;

	cb_buf_addf(&path, "%s/%s", top, name);
	f = fopen(path.data, "we");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fputs(text, f);
	fclose(f);
}

static void make_dir(const char *top, const char *name)
{
	CB_AUTO_BUF struct cb_buf path = CB_BUF_INIT;

	cb_buf_addf(&path, "%s/%s", top, name);
	CU_ASSERT_EQUAL(mkdir(path.data, 0755), 0);
}

static void scene_init(struct scene *s)
{
	strcpy(s->top, "/tmp/catbox-unit.XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(s->top));
	make_dir(s->top, "suites");
	make_dir(s->top, "fixtures");
	make_dir(s->top, "fixtures/app");
	make_dir(s->top, "fixtures/no-script");
	write_file(s->top, "fixtures/app/build.sh", "exit 0\n");
	write_file(s->top, "policy.yaml", "write: []\n");
	snprintf(s->path, sizeof s->path, "%s/suites/s.yaml", s->top);
}

static void scene_destroy(struct scene *s)
{
	CU_ASSERT_EQUAL(hn_tree_remove(s->top, NULL), 0);
}

static struct hn_suite *load(struct scene *s, const char *text)
{
	write_file(s->top, "suites/s.yaml", text);
	return hn_suite_load(s->path);
}

/* A case with its keys in line 4, behind the columns of "  - ". */
#define CASE(keys) "suite: s\ncases:\n  - name: one\n    " keys "\n"
#define EXPECT(keys) CASE("run: x\n    expect: {" keys "}")

/* A case whose matrix stands in line 4. */
#define MATRIX(value) "suite: s\ncases:\n  - name: ${as}\n    matrix: " value "\n" \
	"    run: x\n    expect: {exit: 0}\n"

static const struct bad {
	const char *text;
	const char *want; /* "line:col: error: " and the start of the message */
} bad_suites[] = {
	{ "", "1:1: error: not a YAML document" },
	{ "suite: s\ncases: [", "3:1: error: flow sequence" },
	{ "cases: []\n", "1:1: error: a suite has no 'suite'" },
	{ "suite: s\n", "1:1: error: a suite has no 'cases'" },
	{ "suite: s\ncases: []\n", "2:1: error: a suite needs at least one case" },
	{ "suite: s\ncases: x\n", "2:8: error: cases must be a list" },
	{ "suite: s/t\ncases: []\n", "1:8: error: a suite's name" },
	{ "suite: s\nsuite: t\ncases: []\n", "2:1: error: duplicate key 'suite'" },
	{ "suite: s\ntimeut: 3s\ncases: []\n",
	  "2:1: error: unknown key 'timeut' in a suite, did you mean 'timeout'?" },
	{ "suite: s\ntimeout: 3\ncases: []\n", "2:10: error: '3' is no duration" },
	{ "suite: s\ntags: [a b]\ncases: []\n", "2:8: error: 'a b' cannot be a tag" },
	{ "suite: s\npolicy: none.yaml\ncases: []\n", "2:9: error: no policy file 'none.yaml'" },
	{ "suite: s\nrequires: [landlok]\ncases: []\n",
	  "2:12: error: unknown requirement 'landlok', did you mean 'landlock'?" },
	{ "suite: s\nrequires: [program]\ncases: []\n", "2:12: error: the requirement 'program'" },
	{ "suite: s\nenv: {A: b, A: c}\ncases: []\n", "2:13: error: duplicate key 'A' in env" },
	{ "suite: s\nenv: {A: \"${NOPE}\"}\ncases: []\n", "2:" },
	{ CASE("run: x"), "3:5: error: a case has no 'expect'" },
	{ CASE("expect: {exit: 0}"), "3:5: error: a case needs a 'fixture' or a 'run'" },
	{ CASE("fixture: nope\n    expect: {exit: 0}"), "4:14: error: no fixture 'nope'" },
	{ CASE("fixture: ../x\n    expect: {exit: 0}"), "4:14: error: a fixture is a name below" },
	{ CASE("fixture: no-script\n    expect: {exit: 0}"),
	  "3:5: error: the fixture has no build.sh" },
	{ CASE("run: x\n    expect: {exit: 0}\n    xpect: {}"), "6:5: error: unknown key 'xpect'" },
	{ "suite: s\ncases:\n  - {name: a, run: x, expect: {}}\n  - {name: a, run: x, expect: {}}\n",
	  "4:12: error: duplicate case name 'a', also in line 3" },
	{ "suite: s\ncases:\n  - {name: \"a\\tb\", run: x, expect: {}}\n", "3:" },
	{ EXPECT("exit: 256"), "5:20: error: exit must be a number in 0..255, not '256'" },
	{ EXPECT("signal: FOO"), "5:22: error: unknown signal 'FOO'" },
	{ EXPECT("exit: 1, signal: SEGV"), "5:14: error: a command cannot end with both" },
	{ EXPECT("denied: x"), "5:22: error: denied must be a list" },
	{ EXPECT("denied: [x]"), "5:23: error: an entry must be a mapping" },
	{ EXPECT("denied: [{}]"), "5:" },
	{ EXPECT("denied: [{efect: create}]"),
	  "5:24: error: unknown key 'efect' in an entry of denied, did you mean 'effect'?" },
	{ EXPECT("denied: [{effect: creat}]"),
	  "5:32: error: unknown effect 'creat', did you mean 'create'?" },
	{ EXPECT("denied: [{path: a, path: b}]"), "5:33: error: duplicate key 'path'" },
	{ EXPECT("denied: [{path: \"~(\"}]"), "5:" },
	{ EXPECT("denied: [{path: a, count: 3..1}]"), "5:40: error: count cannot be '3..1'" },
	{ EXPECT("denied: [{path: \"${X}\"}]"), "5:" },
	{ EXPECT("denied: {ordered: maybe, entries: []}"),
	  "5:32: error: ordered must be yes or no" },
	{ EXPECT("denied: [{op: chown}]"), "5:24: error: unknown key 'op' in an entry of denied" },
	{ EXPECT("faked: [{onwer: \"0:8\"}]"),
	  "5:23: error: unknown key 'onwer' in an entry of faked, did you mean 'owner'?" },
	{ EXPECT("faked: [{owner: root}]"), "5:30: error: owner must be decimal like \"0:8\"" },
	{ EXPECT("faked: [{owner: \"0:\"}]"), "5:31: error: owner must be decimal" },
	{ EXPECT("faked: [{mode: u+s}]"), "5:29: error: mode must be an octal number" },
	{ EXPECT("faked: [{mode: 0689}]"), "5:29: error: mode must be an octal number" },
	{ EXPECT("faked: [{rdev: 0x103}]"), "5:29: error: rdev must be decimal" },
	{ EXPECT("hooks: [a]"), "5:22: error: an entry must be a mapping" },
	{ EXPECT("hooks: [{evnt: a}]"), "5:23: error: unknown key 'evnt' in an entry of hooks" },
	{ EXPECT("reads: [a]"), "5:22: error: reads must be a mapping" },
	{ EXPECT("reads: {}"), "5:14: error: reads names no path" },
	{ EXPECT("reads: {include: [a]}"), "5:22: error: unknown key 'include' in reads" },
	{ EXPECT("reads: {includes: a}"), "5:32: error: includes must be a list" },
	{ EXPECT("reads: {excludes: [\"${X}\"]}"), "5:" },
	{ EXPECT("files: [{mode: \"0644\"}]"), "5:23: error: an entry of files has no 'path'" },
	{ EXPECT("files: [{path: a, mode: 0999}]"), "5:38: error: mode must be an octal number" },
	{ EXPECT("files: [{path: a, absent: yes, type: file}]"),
	  "5:23: error: an absent file has nothing else" },
	{ EXPECT("files: [{path: a, type: block}]"), "5:38: error: type cannot be 'block'" },
	{ EXPECT("stdout: [a]"), "5:23: error: stdout must be a single value" },
	{ EXPECT("stdout: \"~[\""), "5:" },
	{ EXPECT("stops: \"< 3\""), "5:" },
	{ EXPECT("stderr: a, stderr: b"), "5:25: error: duplicate key 'stderr' in expect" },
	{ MATRIX("x"), "4:13: error: a matrix must be a mapping" },
	{ MATRIX("{}"), "4:5: error: a matrix must be a mapping" },
	{ MATRIX("{as: x}"), "4:18: error: values of a matrix must be a list" },
	{ MATRIX("{as: []}"), "4:14: error: 'as' needs at least one value" },
	{ MATRIX("{as: [a, b, a]}"), "4:25: error: duplicate value 'a' in the matrix" },
	{ MATRIX("{as: [a], as: [b]}"), "4:23: error: duplicate key 'as' in the matrix" },
	{ MATRIX("{HOME: [a]}"), "4:14: error: a key of a matrix has only lower case" },
	{ MATRIX("{as: [a], by: [b]}"), "3:11: error: the name must have ${by} in it" },
	{ MATRIX("{as: [a, b]}\n    requires: [\"${as}\"]"), "5:17: error: unknown requirement 'a'" },
	{ MATRIX("{as: [x, xx], by: [y, xy]}\n    xfail: ${by}\n    name: ${as}${by}"),
	  "6:5: error: duplicate key 'name'" },
	{ "suite: s\ncases:\n  - name: ${as}${by}\n    matrix: {as: [x, xx], by: [xy, y]}\n"
	  "    run: x\n    expect: {}\n",
	  "3:11: error: duplicate case name 'xxy', also in line 3" },
	{ CASE("run: x\n    expect: {}\n    control: x"), "6:14: error: control must be a mapping" },
	{ CASE("run: x\n    expect: {}\n    control: {}"), "6:5: error: a control that expects nothing" },
	{ CASE("run: x\n    expect: {}\n    control: {denied: []}"),
	  "6:15: error: unknown key 'denied' in control" },
	{ CASE("run: x\n    expect: {}\n    control: {exit: 77}"),
	  "6:15: error: a control that ends with 77 skips" },
};

static void test_bad_suites(void)
{
	struct scene s;

	scene_init(&s);
	for (size_t i = 0; i < sizeof bad_suites / sizeof *bad_suites; i++) {
		struct hn_suite *suite = load(&s, bad_suites[i].text);
		CB_AUTO_BUF struct cb_buf want = CB_BUF_INIT;
		bool found;

		cb_buf_addf(&want, "%s:%s", s.path, bad_suites[i].want);
		found = suite->complaints.data && strstr(suite->complaints.data, want.data);
		CU_ASSERT_TRUE(suite->errors > 0);
		CU_ASSERT_TRUE(found);
		if (!found)
			printf("      want %s\n      got %s\n", want.data,
			       suite->complaints.data ? suite->complaints.data : "nothing");
		hn_suite_free(suite);
	}
	scene_destroy(&s);
}

static void test_all_errors_at_once(void)
{
	struct scene s;
	struct hn_suite *suite;

	scene_init(&s);
	suite = load(&s, "suite: s\nfoo: 1\ncases:\n  - {name: a, expect: {exit: x, bar: 1}}\n");
	CU_ASSERT_EQUAL(suite->errors, 4);
	hn_suite_free(suite);
	suite = hn_suite_load("/nonexistent/x.yaml");
	CU_ASSERT_EQUAL(suite->errors, 1);
	CU_ASSERT_STRING_EQUAL(suite->name, "x");
	hn_suite_free(suite);
	scene_destroy(&s);
}

static void test_good_suite(void)
{
	struct scene s;
	struct hn_suite *suite;
	struct hn_case *a, *b;

	scene_init(&s);
	suite = load(&s, "suite: good\ntimeout: 3s\ntags: [t]\nenv: {A: a, B: b}\n"
		     "policy: policy.yaml\nrequires: [landlock]\ncases:\n"
		     "  - {name: a, fixture: app, expect: {signal: SIGSEGV, stops: \"<= 7\"}}\n"
		     "  - name: b\n    run: echo\n    timeout: 1m\n    tags: []\n    env: {B: c}\n"
		     "    requires: [root]\n    policy: {net: [{deny: all}]}\n"
		     "    expect: {exit: 3, denied: [], files: [{path: x, mode: \"644\"}]}\n");
	CU_ASSERT_EQUAL_FATAL(suite->errors, 0);
	CU_ASSERT_EQUAL_FATAL(suite->count, 2);
	a = suite->cases[0];
	b = suite->cases[1];
	CU_ASSERT_STRING_EQUAL(a->id, "good/a");
	CU_ASSERT_STRING_EQUAL(a->run, "sh build.sh");
	CU_ASSERT_EQUAL(a->own.timeout_ms, 3000);
	CU_ASSERT_EQUAL(a->own.tags.count, 1);
	CU_ASSERT_STRING_EQUAL(a->expect.signal.text, "SEGV");
	CU_ASSERT_EQUAL(a->expect.stops_compare, HN_COMPARE_AT_MOST);
	CU_ASSERT_PTR_NOT_NULL(a->own.policy_file);
	CU_ASSERT_EQUAL(b->own.timeout_ms, 60000);
	CU_ASSERT_EQUAL(b->own.tags.count, 0);
	CU_ASSERT_EQUAL(b->own.env.count, 6); /* the later B counts */
	CU_ASSERT_EQUAL(b->own.requires.count, 2);
	CU_ASSERT_PTR_NULL(b->own.policy_file);
	CU_ASSERT_PTR_NOT_NULL(b->own.policy_text);
	CU_ASSERT_EQUAL(b->expect.files[0].mode, 0644);
	CU_ASSERT_TRUE(b->expect.lists[HN_LIST_DENIED].given);
	CU_ASSERT_FALSE(b->expect.lists[HN_LIST_NET].given);
	hn_suite_free(suite);
	scene_destroy(&s);
}

/* One case a cell, with its words in all that is read but for the shell's own. */
static void test_matrix(void)
{
	static const char *const names[] = { "a 1", "a 2", "b 1", "b 2", "last" };
	struct scene s;
	struct hn_suite *suite;
	struct hn_case *c;

	scene_init(&s);
	suite = load(&s, "suite: s\ncontrol: {exit: 3}\ncases:\n  - name: ${as} ${n}\n"
		     "    matrix: {as: [a, b], n: [1, 2]}\n    run: x ${as}${n}${as} ${asn} ${HOME\n"
		     "    env: {X: \"${n}${HOME}\"}\n    control: {exit: \"${n}\"}\n"
		     "    expect: {exit: \"${n}\", denied: [{path: \"${as}\", errno: \"~^${as}$\"}]}\n"
		     "  - {name: last, run: \"${as}\", expect: {}}\n");
	CU_ASSERT_EQUAL_FATAL(suite->errors, 0);
	CU_ASSERT_EQUAL_FATAL(suite->count, 5);
	for (size_t i = 0; i < 5; i++)
		CU_ASSERT_STRING_EQUAL(suite->cases[i]->name, names[i]);
	c = suite->cases[2];
	CU_ASSERT_EQUAL(c->line, 4);
	CU_ASSERT_STRING_EQUAL(c->run, "x b1b ${asn} ${HOME");
	CU_ASSERT_STRING_EQUAL(c->own.env.items[1], "1${HOME}");
	CU_ASSERT_EQUAL(c->expect.exit, 1);
	CU_ASSERT_STRING_EQUAL(c->expect.lists[HN_LIST_DENIED].entries[0].fields[0].value, "b");
	CU_ASSERT_STRING_EQUAL(c->expect.lists[HN_LIST_DENIED].entries[0].fields[1].value, "~^b$");
	CU_ASSERT_EQUAL(hn_case_control(c)->exit, 1);
	CU_ASSERT_EQUAL(hn_case_control(suite->cases[3])->exit, 2);
	CU_ASSERT_STRING_EQUAL(suite->cases[4]->run, "${as}");
	CU_ASSERT_EQUAL(hn_case_control(suite->cases[4])->exit, 3);
	hn_suite_free(suite);
	scene_destroy(&s);
}

/* The line of text where `word` first stands, 0 if nowhere. */
static int line_of(const char *text, const char *word)
{
	const char *at = text ? strstr(text, word) : NULL;
	int line = at != NULL;

	for (; at && at > text; at--)
		line += at[-1] == '\n';
	return line;
}

/* What is said of line N of an inline policy must be true of the suite. */
static void test_inline_policy(void)
{
	struct scene s;
	struct hn_suite *suite;
	const char *text;

	scene_init(&s);
	suite = load(&s, "suite: s\ncases:\n  - name: a\n    run: x\n    policy:\n      # why\n"
		     "      write:\n        - allow: ${BUILD_DIR}/\n\n        - deny: \"q\\\"x\"\n"
		     "    expect: {exit: 0}\n");
	CU_ASSERT_EQUAL_FATAL(suite->errors, 0);
	text = suite->cases[0]->own.policy_text;
	CU_ASSERT_EQUAL(line_of(text, "\"allow\""), 8);
	CU_ASSERT_EQUAL(line_of(text, "\"q\\\"x\""), 10);
	hn_suite_free(suite);
	/* an empty one stands where its key does, in the first column */
	suite = load(&s, "suite: s\npolicy: {}\ncases: [{name: a, run: x, expect: {}}]\n");
	CU_ASSERT_EQUAL_FATAL(suite->errors, 0);
	CU_ASSERT_STRING_EQUAL(suite->cases[0]->own.policy_text, "\n{}\n");
	hn_suite_free(suite);
	scene_destroy(&s);
}

HN_UNIT_SUITE("harness-suite",
	{ "bad suites are refused with the line", test_bad_suites },
	{ "all errors at once", test_all_errors_at_once },
	{ "a good suite", test_good_suite },
	{ "a matrix makes a case of each cell", test_matrix },
	{ "inline policies keep their lines", test_inline_policy });
