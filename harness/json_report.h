/* SPDX-License-Identifier: MIT */
/* The whole of a run as one JSON object: what the HTML page is made of, and what
 * other programs may read. Its form is in catbox-harness(1). */
#ifndef HN_JSON_REPORT_H
#define HN_JSON_REPORT_H

#include "report.h"

/* The caller's. */
json_t *hn_json_report(const struct hn_account *account, long long ms);

/* Reads one; NULL and an error if the file holds none. */
json_t *hn_json_report_read(const char *path, struct cb_error *err);

/* A report with the head of `like` and no cases; the caller's. */
json_t *hn_json_report_empty(const json_t *like);

/* Puts the suites and cases of `more` into `report`, by the rules of
 * hn_report_merge; then sorts and counts them. */
void hn_json_report_merge(json_t *report, const json_t *more);

/* Puts it at `path` in one step. */
int hn_json_report_write(const json_t *report, const char *path, struct cb_error *err);

#endif
