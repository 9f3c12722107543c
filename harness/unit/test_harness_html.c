/* SPDX-License-Identifier: MIT */
/* The HTML page, and the JSON report that it is made of. */
#include "unit.h"

#include "base/cleanup.h"
#include "html.h"
#include "json_report.h"

#include <stdbool.h>
#include <string.h>

static const char sample[] =
"{\"catbox-harness\":\"0\",\"start\":\"2026-11-25T03:20:00Z\",\"ms\":61234,\"host\":\"<farm>\","
"\"sections\":[{\"title\":\"A & B\",\"html\":\"<svg id='plot'></svg>\"}],\"suites\":["
"{\"name\":\"s\",\"engine\":\"notify\",\"file\":\"s.yaml\",\"cases\":["
" {\"name\":\"<script>alert(1)</script>\",\"verdict\":\"failed\",\"ms\":10,\"message\":\"a\\u0007b\","
"  \"problems\":[{\"message\":\"denied: 1 missing\",\"file\":\"s.yaml\",\"line\":7,"
"   \"detail\":\"--- expected\\n+++ got\\n- create /a\\n+ create /b\\n  same\\n\"}],"
"  \"stderr\":\"\\u001b[31mred\\u001b[0m </pre>\",\"tags\":[\"t\"],\"kept\":\"/k\","
"  \"events\":[{\"seq\":1,\"t\":0.0125,\"event\":\"violation\",\"effect\":\"create\",\"real\":\"/a<b\"},"
"   {\"event\":\"note\",\"text\":\"odd\"}],\"events_total\":9},"
" {\"name\":\"fine\",\"verdict\":\"passed\",\"ms\":5}]}]}";

static json_t *sample_report(void)
{
	json_t *from = json_loads(sample, 0, NULL), *report;

	CU_ASSERT_PTR_NOT_NULL_FATAL(from);
	report = hn_json_report_empty(from);
	hn_json_report_merge(report, from); /* counts */
	json_decref(from);
	return report;
}

static bool holds(const struct cb_buf *page, const char *text)
{
	bool found = strstr(page->data, text);

	if (!found)
		printf("      not in the page: %s\n", text);
	return found;
}

static void test_page(void)
{
	json_t *report = sample_report();
	CB_AUTO_BUF struct cb_buf page = CB_BUF_INIT;

	hn_html(&page, report);
	CU_ASSERT_TRUE(holds(&page, "<h1>1 case failed</h1>"));
	CU_ASSERT_TRUE(holds(&page, "1 min 1 s &middot; 2026-11-25T03:20:00Z &middot; &lt;farm&gt;"));
	CU_ASSERT_TRUE(holds(&page, "<section class=\"more\"><h2>A &amp; B</h2>\n<svg id='plot'>"));
	CU_ASSERT_TRUE(holds(&page, "id=\"notify.s/&lt;script&gt;alert(1)&lt;/script&gt;\" open>"));
	CU_ASSERT_TRUE(holds(&page, "id=\"notify.s/fine\"><summary>"));
	CU_ASSERT_TRUE(holds(&page, "<small>ab</small>"));
	CU_ASSERT_TRUE(holds(&page, "<span class=\"del\">- create /a</span>"
			     "<span class=\"add\">+ create /b</span>"
			     "<span class=\"\">  same</span>"));
	CU_ASSERT_TRUE(holds(&page, "<span class=\"at\">--- expected</span>"));
	CU_ASSERT_TRUE(holds(&page, "<pre>red &lt;/pre&gt;</pre>"));
	CU_ASSERT_TRUE(holds(&page, "<tr class=\"violation\"><td>12 ms</td><td>violation</td>"
			     "<td>create /a&lt;b</td></tr>"));
	CU_ASSERT_TRUE(holds(&page, "<td>note</td><td>text odd</td>"));
	CU_ASSERT_TRUE(holds(&page, "<p>and 7 more</p>"));
	CU_ASSERT_TRUE(holds(&page, "--w:50%"));
	CU_ASSERT_PTR_NULL(strstr(page.data, "<script>alert"));
	/* nothing is fetched */
	CU_ASSERT_PTR_NULL(strstr(page.data, "http:"));
	CU_ASSERT_PTR_NULL(strstr(page.data, "https:"));
	CU_ASSERT_PTR_NULL(strstr(page.data, "url("));
	CU_ASSERT_PTR_NULL(strstr(page.data, " src="));
	CU_ASSERT_TRUE(holds(&page, "</body>\n</html>\n"));
	json_decref(report);
}

static const char *verdict_of(const json_t *report, size_t suite, size_t c)
{
	const json_t *s = json_array_get(json_object_get(report, "suites"), suite);

	return json_string_value(json_object_get(json_array_get(json_object_get(s, "cases"), c),
						 "verdict"));
}

/* The worse of two, in the order of the file, whatever comes first. */
static void test_merge(void)
{
	static const char *const parts[] = {
		"{\"start\":\"b\",\"ms\":1,\"suites\":[{\"name\":\"s\",\"file\":\"s\",\"cases\":["
		"{\"name\":\"x\",\"verdict\":\"passed\",\"line\":9},"
		"{\"name\":\"y\",\"verdict\":\"skipped\",\"line\":3}]}]}",
		"{\"start\":\"a\",\"ms\":2,\"suites\":[{\"name\":\"r\",\"file\":\"r\",\"cases\":["
		"{\"name\":\"z\",\"verdict\":\"flaky\"}]},{\"name\":\"s\",\"file\":\"s\",\"cases\":["
		"{\"name\":\"x\",\"verdict\":\"failed\",\"line\":9},"
		"{\"name\":\"y\",\"verdict\":\"passed\",\"line\":3}]}]}",
	};

	for (int first = 0; first < 2; first++) {
		json_t *a = json_loads(parts[first], 0, NULL), *b = json_loads(parts[!first], 0, NULL);
		json_t *report = hn_json_report_empty(a);

		hn_json_report_merge(report, a);
		hn_json_report_merge(report, b);
		CU_ASSERT_STRING_EQUAL(verdict_of(report, 0, 0), "flaky");
		CU_ASSERT_STRING_EQUAL(verdict_of(report, 1, 0), "passed");
		CU_ASSERT_STRING_EQUAL(verdict_of(report, 1, 1), "failed");
		CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(report, "start")), "a");
		CU_ASSERT_EQUAL(json_integer_value(json_object_get(
			json_object_get(report, "counts"), "failed")), 1);
		json_decref(a);
		json_decref(b);
		json_decref(report);
	}
}

HN_UNIT_SUITE("harness-html",
	{ "the page", test_page },
	{ "JSON reports merged in any order", test_merge });
