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
#define CONNECT "{\"effect\":\"connect\",\"address\":\"127.0.0.1:80\"}"

struct row {
	const char *list;   /* YAML */
	const char *events; /* JSON array */
	long long missing;
	size_t extra;
};

static void check_row(const struct row *row)
{
	struct hn_expect expect = { .exit = -1 };
	struct cb_yaml y = CB_YAML_INIT;
	json_t *events = json_loads(row->events, 0, NULL);
	struct hn_match match = { 0 };
	struct cb_error err;
	int rc;

	cb_yaml_parse(&y, "list", row->list, strlen(row->list));
	CU_ASSERT_PTR_NOT_NULL_FATAL(y.doc);
	hn_list_load(&y, fy_document_root(y.doc), "denied", &expect.lists[HN_LIST_DENIED]);
	CU_ASSERT_EQUAL(y.errors, 0);
	rc = hn_match_list(&expect.lists[HN_LIST_DENIED], events, &vars, &match, &err);
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
		check_row(&rows[i]);
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
	{ "fields", test_fields });
