/* SPDX-License-Identifier: MIT */
/* The matcher: events against entries, as a suite's text and JSON lines. */
#include "unit.h"

#include "base/cleanup.h"
#include "match.h"
#include "suite_load.h"

#include <string.h>

static const struct hn_vars vars = { { "/w", "/home/x", "/t", "/f", "/p" } };

#define TOUCH_A \
	"{\"effect\":\"create\",\"real\":\"/etc/a\",\"path\":\"a\",\"comm\":\"touch\",\"pid\":7}"
#define TOUCH_B \
	"{\"effect\":\"create\",\"real\":\"/etc/b\",\"path\":\"b\",\"comm\":\"touch\",\"pid\":8}"
#define INSTALL \
	"{\"effect\":\"mode\",\"real\":\"/w/out/bin\",\"comm\":\"x\",\"exe\":\"/usr/bin/install\"}"
#define CHOWN \
	"{\"op\":\"chown\",\"real\":\"/w/out/bin/app\",\"path\":\"bin/app\",\"uid\":0,\"gid\":8," \
	"\"mode\":\"755\"}"
#define CHMOD "{\"op\":\"chmod\",\"real\":\"/w/out/bin/app\",\"uid\":0,\"gid\":8,\"mode\":\"2755\"}"
#define MKNOD \
	"{\"op\":\"mknod\",\"real\":\"/w/null\",\"uid\":0,\"gid\":0,\"mode\":\"0666\",\"rdev\":\"1:3\"}"
#define HOOK "{\"hook\":\"child_initialized\",\"pid\":7,\"status\":0}"
#define CONNECT "{\"effect\":\"connect\",\"address\":\"127.0.0.1:80\"}"

struct row {
	const char *list;   /* YAML */
	const char *events; /* JSON array */
	long long missing;
	size_t extra;
};

static void check_row(const struct row *row, enum hn_list_kind kind)
{
	struct hn_expect expect = { .exit = -1 };
	struct cb_yaml y = CB_YAML_INIT;
	json_t *events = json_loads(row->events, 0, NULL);
	struct hn_match match = { 0 };
	struct cb_error err;
	int rc;

	cb_yaml_parse(&y, "list", row->list, strlen(row->list));
	CU_ASSERT_PTR_NOT_NULL_FATAL(y.doc);
	hn_list_load(&y, fy_document_root(y.doc), kind, &expect.lists[kind]);
	CU_ASSERT_EQUAL(y.errors, 0);
	rc = hn_match_list(&expect.lists[kind], events, &vars, &match, &err);
	CU_ASSERT_EQUAL(rc, row->missing || row->extra);
	CU_ASSERT_EQUAL(match.missing, row->missing);
	CU_ASSERT_EQUAL(match.extra, row->extra);
	if (match.missing != row->missing || match.extra != row->extra)
		printf("      in: %s\n%s", row->list, match.diff.data);
	cb_buf_destroy(&match.diff);
	hn_expect_destroy(&expect);
	json_decref(events);
	cb_yaml_destroy(&y);
}

static void check_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		check_row(&rows[i], HN_LIST_DENIED);
}

static void test_faked(void)
{
	static const struct row rows[] = {
		{ "[{op: chown, path: out/bin/app, owner: \"0:8\"}]", "[" CHOWN "]", 0, 0 },
		{ "[{op: chown, path: bin/app, owner: \"0:8\"}]", "[" CHOWN "]", 1, 1 },
		{ "[{op: chown, given: bin/app}]", "[" CHOWN "]", 0, 0 },
		{ "[{op: chown, owner: \"0:80\"}]", "[" CHOWN "]", 1, 1 },
		{ "[{op: chown, owner: \"8:0\"}]", "[" CHOWN "]", 1, 1 },
		{ "[{owner: \"~^0:\"}]", "[" CHOWN "]", 0, 0 },
		{ "[{uid: 0, gid: 8}]", "[" CHOWN "]", 0, 0 },
		{ "[{owner: \"0:8\"}]", "[" HOOK "]", 1, 1 },
		{ "[{op: chown}]", "[" CHMOD "]", 1, 1 },
		{ "[{mode: 0755}]", "[" CHOWN "]", 0, 0 },
		{ "[{mode: 755}]", "[" CHOWN "]", 0, 0 },
		{ "[{mode: \"2755\"}]", "[" CHMOD "]", 0, 0 },
		{ "[{mode: \"0755\"}]", "[" CHMOD "]", 1, 1 },
		{ "[{mode: ~^2}]", "[" CHMOD "]", 0, 0 },
		{ "[{mode: 0}]", "[" HOOK "]", 1, 1 },
		{ "[{mode: 666, rdev: \"1:3\"}]", "[" MKNOD "]", 0, 0 },
		{ "[{rdev: \"1:5\"}]", "[" MKNOD "]", 1, 1 },
		{ "[{path: out/, count: 2}]", "[" CHOWN "," CHMOD "]", 0, 0 },
		{ "[]", "[" CHOWN "]", 0, 1 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		check_row(&rows[i], HN_LIST_FAKED);
}

static void test_hooks(void)
{
	static const struct row rows[] = {
		{ "[{event: child_initialized, count: 1}]", "[" HOOK "]", 0, 0 },
		{ "[{event: child_initialized, pid: 7, status: 0}]", "[" HOOK "]", 0, 0 },
		{ "[{event: finished}]", "[" HOOK "]", 1, 1 },
		{ "[{event: child_initialized}]", "[" HOOK "," HOOK "]", 0, 1 },
		{ "[{event: child_initialized, count: 0..1}]", "[]", 0, 0 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		check_row(&rows[i], HN_LIST_HOOKS);
}

static void test_multiset(void)
{
	static const struct row rows[] = {
		{ "[]", "[]", 0, 0 },
		{ "[]", "[" TOUCH_A "]", 0, 1 },
		{ "[{path: /etc/a}]", "[]", 1, 0 },
		{ "[{path: /etc/a}]", "[" TOUCH_A "]", 0, 0 },
		{ "[{path: /etc/a}]", "[" TOUCH_A "," TOUCH_A "]", 0, 1 },
		{ "[{path: /etc/b}, {path: /etc/a}]", "[" TOUCH_A "," TOUCH_B "]", 0, 0 },
		{ "[{path: /etc/c}]", "[" TOUCH_A "]", 1, 1 },
		/* first entry that matches, in file order: the wide one takes A */
		{ "[{path: /etc/}, {path: /etc/a}]", "[" TOUCH_A "," TOUCH_B "]", 1, 1 },
		{ "[{path: /etc/a}, {path: /etc/}]", "[" TOUCH_A "," TOUCH_B "]", 0, 0 },
	};

	check_rows(rows, sizeof rows / sizeof *rows);
}

static void test_counts(void)
{
	static const struct row rows[] = {
		{ "[{path: /etc/, count: 2}]", "[" TOUCH_A "," TOUCH_B "]", 0, 0 },
		{ "[{path: /etc/, count: 3}]", "[" TOUCH_A "," TOUCH_B "]", 1, 0 },
		{ "[{path: /etc/, count: 1..3}]", "[" TOUCH_A "," TOUCH_B "]", 0, 0 },
		{ "[{path: /etc/, count: 0..1}]", "[" TOUCH_A "," TOUCH_B "]", 0, 1 },
		{ "[{path: /etc/, count: 0..1}]", "[]", 0, 0 },
		{ "[{path: /etc/, count: +}]", "[" TOUCH_A "," TOUCH_B "," TOUCH_A "]", 0, 0 },
		{ "[{path: /etc/, count: +}]", "[]", 1, 0 },
		/* what does not fit any more goes on to the next entry */
		{ "[{path: /etc/}, {by: touch}]", "[" TOUCH_A "," TOUCH_B "]", 0, 0 },
	};

	check_rows(rows, sizeof rows / sizeof *rows);
}

static void test_order(void)
{
	static const struct row rows[] = {
		{ "{ordered: yes, entries: [{given: a}, {given: b}]}",
		  "[" TOUCH_A "," TOUCH_B "]", 0, 0 },
		{ "{ordered: yes, entries: [{given: a}, {given: b}]}",
		  "[" TOUCH_B "," TOUCH_A "]", 1, 1 },
		{ "{ordered: no, entries: [{given: a}, {given: b}]}",
		  "[" TOUCH_B "," TOUCH_A "]", 0, 0 },
		{ "{ordered: yes, entries: [{given: a, count: 0..2}, {given: b}]}",
		  "[" TOUCH_B "]", 0, 0 },
		{ "{ordered: yes, entries: [{given: a, count: +}, {given: b}]}",
		  "[" TOUCH_A "," TOUCH_A "," TOUCH_B "]", 0, 0 },
		{ "{ordered: yes, entries: [{given: a, count: +}, {given: b}]}",
		  "[" TOUCH_A "," TOUCH_B "," TOUCH_A "]", 0, 1 },
	};

	check_rows(rows, sizeof rows / sizeof *rows);
}

static void test_fields(void)
{
	static const struct row rows[] = {
		{ "[{path: out/bin}]", "[" INSTALL "]", 0, 0 },
		{ "[{path: out/}]", "[" INSTALL "]", 0, 0 },
		{ "[{path: \"${BUILD_DIR}/out/bin\"}]", "[" INSTALL "]", 0, 0 },
		{ "[{path: \"~^${BUILD_DIR}/.*n$\"}]", "[" INSTALL "]", 0, 0 },
		{ "[{by: install}]", "[" INSTALL "]", 0, 0 },
		{ "[{by: x}]", "[" INSTALL "]", 0, 0 },
		{ "[{by: inst}]", "[" INSTALL "]", 1, 1 },
		{ "[{by: ~inst}]", "[" INSTALL "]", 0, 0 },
		{ "[{exe: /usr/bin/}]", "[" INSTALL "]", 0, 0 },
		{ "[{pid: 7, effect: create}]", "[" TOUCH_A "]", 0, 0 },
		{ "[{given: ../a}]", "[" TOUCH_A "]", 1, 1 },
		{ "[{effect: connect, address: \"127.0.0.1:80\"}]", "[" CONNECT "]", 0, 0 },
		{ "[{effect: connect, path: /x}]", "[" CONNECT "]", 1, 1 },
	};

	check_rows(rows, sizeof rows / sizeof *rows);
}

HN_UNIT_SUITE("harness-match",
	{ "an exact multiset", test_multiset },
	{ "counts", test_counts },
	{ "order", test_order },
	{ "fields", test_fields },
	{ "what was pretended", test_faked },
	{ "hooks", test_hooks });
