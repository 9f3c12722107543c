/* SPDX-License-Identifier: MIT */
/* Differences of texts, and where values stand in YAML. */
#include "unit.h"

#include "base/cleanup.h"
#include "diff.h"
#include "span.h"

#include <stdio.h>
#include <string.h>

static void test_diff(void)
{
	static const struct {
		const char *a, *b, *want;
	} rows[] = {
		{ "", "", "" },
		{ "a\nb\n", "a\nb\n", "" },
		{ "a\n", "b\n", "@@ -1,1 +1,1 @@\n- a\n+ b\n" },
		{ "", "x\n", "@@ -0,0 +1,1 @@\n+ x\n" },
		{ "x\n", "", "@@ -1,1 +0,0 @@\n- x\n" },
		{ "a", "a\n", "@@ -1,1 +1,1 @@\n- a\n  (no newline at the end)\n+ a\n" },
		{ "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n",
		  "@@ -4,3 +4,3 @@\n  4\n- 5\n+ five\n  6\n" },
		{ "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "0\n1\n2\n3\n4\n5\n6\n7\n8\n",
		  "@@ -1,1 +1,2 @@\n+ 0\n  1\n@@ -8,2 +9,1 @@\n  8\n- 9\n" },
		{ "a\nb\nc\n", "a\nc\nb\n", "@@ -1,3 +1,3 @@\n  a\n- b\n  c\n+ b\n" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		CB_AUTO_BUF struct cb_buf out = CB_BUF_INIT;

		cb_buf_clear(&out);
		hn_diff(&out, rows[i].a, strlen(rows[i].a), rows[i].b, strlen(rows[i].b), 1, 0);
		CU_ASSERT_STRING_EQUAL(out.data, rows[i].want);
		if (strcmp(out.data, rows[i].want))
			printf("      %zu: %s", i, out.data);
	}
}

/* Only so many lines, and a word about the rest; also where no table fits. */
static void test_long_diff(void)
{
	CB_AUTO_BUF struct cb_buf a = CB_BUF_INIT, b = CB_BUF_INIT, out = CB_BUF_INIT;

	cb_buf_clear(&out);
	for (int i = 0; i < 4000; i++) {
		cb_buf_addf(&a, "a%d\n", i);
		cb_buf_addf(&b, "b%d\n", i);
	}
	hn_diff(&out, a.data, a.len, b.data, b.len, 3, 2);
	CU_ASSERT_STRING_EQUAL(out.data, "@@ -1,4000 +1,4000 @@\n- a0\n- a1\n  ... and 7998 more lines\n");
}

/* The text of a value, found by keys and numbers. */
static void check_span(const struct hn_span *s, const char *text, const char *want)
{
	CB_AUTO_FREE char *got = s ? cb_strndup(text + s->start, s->end - s->start) : NULL;

	CU_ASSERT_PTR_NOT_NULL_FATAL(got);
	if (!got)
		return;
	CU_ASSERT_STRING_EQUAL(got, want);
}

static void test_spans(void)
{
	static const char text[] =
		"# \xc3\xa4\xc3\xb6 before\nsuite: s\ncases:\n  - name: \"\xe2\x82\xac\"  # why\n"
		"    expect:\n      exit: 1 # one\n      stdout: |\n        a\n        b\n"
		"      denied:\n        - {path: 'x', by: y}\n        - path: z\n          by: q\n"
		"      # the last word\n\n"
		"  - {name: b, expect: {exit: 0, denied: [], stderr: \"q\\\"q\"}}\n"
		"  - name: c\n    expect: &e\n      net: [\n        {a: b}, # x\n        ]\n"
		"  - name: d\n    expect: *e\n";
	struct hn_span *root = hn_spans_read(text, sizeof text - 1);
	const struct hn_span *cases = hn_span_of(root, "cases"), *e;

	CU_ASSERT_PTR_NOT_NULL_FATAL(cases);
	if (!cases)
		return;
	CU_ASSERT_EQUAL_FATAL(cases->count, 4);
	check_span(hn_span_of(hn_span_item(cases, 0), "name"), text, "\"\xe2\x82\xac\"");
	e = hn_span_of(hn_span_item(cases, 0), "expect");
	CU_ASSERT_FALSE(e->flow);
	check_span(hn_span_of(e, "exit"), text, "1");
	check_span(hn_span_of(e, "stdout"), text, "|\n        a\n        b");
	check_span(hn_span_of(e, "denied"), text,
		   "- {path: 'x', by: y}\n        - path: z\n          by: q");
	check_span(hn_span_item(hn_span_of(e, "denied"), 0), text, "{path: 'x', by: y}");
	check_span(hn_span_item(hn_span_of(e, "denied"), 1), text, "path: z\n          by: q");
	e = hn_span_of(hn_span_item(cases, 1), "expect");
	CU_ASSERT_TRUE(e->flow);
	check_span(e, text, "{exit: 0, denied: [], stderr: \"q\\\"q\"}");
	check_span(hn_span_of(e, "denied"), text, "[]");
	check_span(hn_span_of(e, "stderr"), text, "\"q\\\"q\"");
	e = hn_span_of(hn_span_item(cases, 2), "expect");
	check_span(hn_span_of(e, "net"), text, "[\n        {a: b}, # x\n        ]");
	CU_ASSERT_EQUAL(hn_span_of(hn_span_item(cases, 3), "expect")->kind, HN_SPAN_ALIAS);
	CU_ASSERT_PTR_NULL(hn_span_of(e, "exit"));
	CU_ASSERT_PTR_NULL(hn_span_item(cases, 4));
	hn_spans_free(root);
	CU_ASSERT_PTR_NULL(hn_spans_read("a: [", 4));
}

HN_UNIT_SUITE("harness-diff",
	{ "a unified difference", test_diff },
	{ "a long one", test_long_diff },
	{ "where values stand", test_spans });
