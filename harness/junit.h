/* SPDX-License-Identifier: MIT */
/* JUnit XML, the one writer. A report is filled, then written: counts are
 * computed from the cases, all text is cleaned, and what is written has been
 * validated against the project's schema and those that JUNIT_XSD names. */
#ifndef HN_JUNIT_H
#define HN_JUNIT_H

#include "base/error.h"
#include "result.h"

#include <stdbool.h>
#include <time.h>

struct hn_report;       /* opaque */
struct hn_report_suite; /* opaque; owned by its report */

/* RELAX NG, the dialect that is written. */
extern const char hn_junit_schema[];

struct hn_report *hn_report_new(void);
void hn_report_free(struct hn_report *report);

/* Adds a suite; classname of its cases is "catbox.<name>". Copies the name. */
struct hn_report_suite *hn_report_add_suite(struct hn_report *report, const char *name);

/* When it started; default: when it was added. */
void hn_report_set_start(struct hn_report_suite *suite, time_t start);

/* Copies both. */
void hn_report_add_property(struct hn_report_suite *suite, const char *name, const char *value);

/* Adds a case, whose name must be unique in the suite. Copies, cleans and cuts
 * everything; `log` (may be NULL) says where the whole of a cut text is. */
void hn_report_add_case(struct hn_report_suite *suite, const char *name,
			const struct hn_result *result, const char *log);

void hn_report_count(const struct hn_report *report, struct hn_counts *counts);

/* The report as XML text, validated. Appends to out. */
int hn_report_format(const struct hn_report *report, struct cb_buf *out, struct cb_error *err);

/* Formats it and puts it at `path` in one step (a temporary name, fsync,
 * rename). Makes the folder. Nothing is published if it is not valid. */
int hn_report_write(const struct hn_report *report, const char *path, struct cb_error *err);

/* Is it a file, so that another may take its place? A FIFO, a terminal and what /dev
 * names are not, and are written to as they are. */
bool hn_is_replaceable(const char *path);

/* Writes any bytes to `path` in the same way, or as it is. */
int hn_publish(const char *path, const char *bytes, size_t len, struct cb_error *err);

/* Checks XML text against the schema of the dialect and JUNIT_XSD. */
int hn_junit_validate(const char *xml, size_t len, struct cb_error *err);

/* Frees what libxml2 keeps, at the end of a program. */
void hn_junit_cleanup(void);

#endif
