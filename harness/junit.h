/* SPDX-License-Identifier: MIT */
/* JUnit XML, the one writer. A report is filled, then written: counts are
 * computed from the cases, all text is cleaned, and what is written has been
 * validated against the project's schema and those that JUNIT_XSD names. */
#ifndef HN_JUNIT_H
#define HN_JUNIT_H

#include "base/error.h"
#include "result.h"
#include "text.h"

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

/* About the case added last: the extended dialect, which says where it stands
 * (copies the file's name) and more. */
void hn_report_set_place(struct hn_report_suite *suite, const char *file, int line);
void hn_report_add_case_property(struct hn_report_suite *suite, const char *name,
				 const char *value);

/* Reads a report that hn_report_write wrote; NULL and an error if it is none. */
struct hn_report *hn_report_read(const char *path, struct cb_error *err);

/* Appends the ids, "suite/case", of cases that failed; an engine in their class
 * is left out. */
void hn_report_failed(const struct hn_report *report, struct hn_strings *ids);

/* Puts the cases of `more` (which is emptied) into `report`. Of two with the same
 * name and class the worse one counts. What comes of several reports is the same
 * whatever their order, once they are sorted. */
void hn_report_merge(struct hn_report *report, struct hn_report *more);
void hn_report_sort(struct hn_report *report);

void hn_report_count(const struct hn_report *report, struct hn_counts *counts);

/* The report as XML text, validated. Appends to out. */
int hn_report_format(const struct hn_report *report, struct cb_buf *out, struct cb_error *err);

/* Formats it and puts it at `path` in one step (a temporary name, fsync,
 * rename). Makes the folder. Nothing is published if it is not valid. */
int hn_report_write(const struct hn_report *report, const char *path, struct cb_error *err);

/* Writes any bytes to `path` in the same way; what is there and no regular file (a
 * terminal, a pipe) is written to as it is. Symlinks stay. */
int hn_publish(const char *path, const char *bytes, size_t len, struct cb_error *err);

/* Removes a report of an earlier run, if it is a regular file. */
void hn_unpublish(const char *path);

/* Checks XML text against the schema of the dialect and JUNIT_XSD. */
int hn_junit_validate(const char *xml, size_t len, struct cb_error *err);

/* Checks it against the schema of the dialect alone. */
int hn_junit_check_dialect(const char *xml, size_t len, struct cb_error *err);

/* Can the schemas that JUNIT_XSD names be used? Better asked before a run than after it. */
int hn_junit_check_schemas(struct cb_error *err);

/* Frees what libxml2 keeps, at the end of a program. */
void hn_junit_cleanup(void);

#endif
