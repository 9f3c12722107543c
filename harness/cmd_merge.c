/* SPDX-License-Identifier: MIT */
/* `catbox-harness merge`: one report of those of several machines. */
#include "command.h"

#include "base/cleanup.h"
#include "html.h"
#include "json_report.h"
#include "junit.h"

#include <stdio.h>
#include <string.h>

static bool ends_with(const char *s, const char *end)
{
	size_t len = strlen(s), own = strlen(end);

	return len >= own && !strcmp(s + len - own, end);
}

static int merge_junit(const char *out, char *const in[], int count, struct hn_counts *counts,
		       struct cb_error *err)
{
	struct hn_report *report = hn_report_new();
	int rc = 0;

	for (int i = 0; i < count && !rc; i++) {
		struct hn_report *more = hn_report_read(in[i], err);

		if (more)
			hn_report_merge(report, more);
		rc = more ? 0 : -1;
		hn_report_free(more);
	}
	if (!rc) {
		hn_report_sort(report);
		hn_report_count(report, counts);
		rc = hn_report_write(report, out, err);
	}
	hn_report_free(report);
	return rc;
}

static void count_json(const json_t *report, struct hn_counts *counts)
{
	const json_t *c = json_object_get(report, "counts");

	*counts = (struct hn_counts){
		.passed = json_integer_value(json_object_get(c, "passed")),
		.failed = json_integer_value(json_object_get(c, "failed")),
		.erred = json_integer_value(json_object_get(c, "error")),
		.skipped = json_integer_value(json_object_get(c, "skipped")),
		.flaky = json_integer_value(json_object_get(c, "flaky")),
	};
}

static int merge_json(const char *out, char *const in[], int count, struct hn_counts *counts,
		      struct cb_error *err)
{
	json_t *report = NULL;
	int rc = 0;

	for (int i = 0; i < count && !rc; i++) {
		json_t *more = hn_json_report_read(in[i], err);

		if (!more) {
			rc = -1;
		} else if (!report) {
			report = hn_json_report_empty(more);
		}
		if (more)
			hn_json_report_merge(report, more);
		json_decref(more);
	}
	if (!rc) {
		count_json(report, counts);
		rc = ends_with(out, ".html") ? hn_html_write(report, out, err) :
					       hn_json_report_write(report, out, err);
	}
	json_decref(report);
	return rc;
}

int hn_command_merge(int argc, char *argv[])
{
	struct hn_counts counts;
	struct cb_error err;
	const char *out = argc > 1 ? argv[1] : "";
	char *const *in = argv + 2;
	int count = argc - 2, json = 0, rc;

	if (argc > 1 && *out == '-')
		return hn_usage_error("merge: unknown option '%s'", out);
	if (count < 1 || !*out)
		return hn_usage_error("merge needs a file to write and reports to read");
	for (int i = 0; i < count; i++)
		json += ends_with(in[i], ".json");
	if (json && json < count)
		return hn_usage_error("merge: either all reports are JSON or none");
	if (json && !ends_with(out, ".json") && !ends_with(out, ".html"))
		return hn_usage_error("merge: of JSON reports comes a .json or .html, not '%s'", out);
	if (!json && (ends_with(out, ".json") || ends_with(out, ".html")))
		return hn_usage_error("merge: '%s' can only be made of JSON reports", out);
	rc = json ? merge_json(out, in, count, &counts, &err) :
		    merge_junit(out, in, count, &counts, &err);
	if (rc) {
		fprintf(stderr, "catbox-harness: merge: %s\n", err.message);
		return HN_EXIT_USAGE;
	}
	hn_counts_print(&counts, stdout);
	return HN_EXIT_OK;
}
