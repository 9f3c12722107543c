/* SPDX-License-Identifier: MIT */
/* A JSON report as one HTML page that needs nothing else: no network, no
 * framework; without JavaScript only the filter is missing. */
#ifndef HN_HTML_H
#define HN_HTML_H

#include "base/buf.h"
#include "base/error.h"

#include <jansson.h>

/* Appends the page. A report may have "sections", an array of {"title", "html"}:
 * trusted markup, put before the suites (a benchmark's plot). */
void hn_html(struct cb_buf *out, const json_t *report);

/* Puts the page at `path` in one step. */
int hn_html_write(const json_t *report, const char *path, struct cb_error *err);

#endif
