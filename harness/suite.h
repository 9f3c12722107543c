/* SPDX-License-Identifier: MIT */
/* A suite as written in its YAML file: cases and what each expects. Plain data;
 * loading checks all of it, running never changes it. */
#ifndef HN_SUITE_H
#define HN_SUITE_H

#include "base/buf.h"
#include "base/error.h"
#include "text.h"

#include <stdbool.h>
#include <stddef.h>

/* --- expectations about events */

/* One `key: value` of an entry; `row` is the key's row in hn_fields. */
struct hn_field {
	int row;
	char *value; /* as written; owned */
};

/* How a key's value is compared with the event. */
enum hn_form {
	HN_FORM_TEXT,
	HN_FORM_PATH,   /* ${NAME}, relative paths and a final / have a meaning */
	HN_FORM_BY,     /* comm, or the last part of exe */
	HN_FORM_OWNER,  /* "uid:gid", of two fields */
	HN_FORM_OCTAL,  /* as numbers: "0755" is 755 */
	HN_FORM_DEVICE, /* "major:minor" */
};

/* What a key of an entry compares with. */
struct hn_field_kind {
	const char *key;    /* as in the suite */
	const char *event;  /* the event's field; NULL: the form says which */
	enum hn_form form;
	unsigned int lists; /* where the key has a meaning: bits 1 << enum hn_list_kind */
};

extern const struct hn_field_kind hn_fields[]; /* ends with a NULL key */

struct hn_entry {
	struct hn_field *fields; /* owned */
	size_t count;
	long long min; /* events it needs */
	long long max; /* events it takes */
	int line;
};

/* The lists of `expect` that are matched against events. */
enum hn_list_kind {
	HN_LIST_DENIED,
	HN_LIST_EXPECTED,
	HN_LIST_NET,
	HN_LIST_LEFTOVERS,
	HN_LIST_FAKED,
	HN_LIST_HOOKS,
	HN_LIST_COUNT
};

const char *hn_list_name(enum hn_list_kind kind);

struct hn_list {
	bool given;   /* stands in the suite; else unchecked, but for `denied` */
	bool ordered; /* events come in the order of the entries */
	int line;
	struct hn_entry *entries; /* owned */
	size_t count;
};

/* --- expectations about the rest */

enum hn_file_type {
	HN_FILE_ANY,
	HN_FILE_REGULAR,
	HN_FILE_DIRECTORY,
	HN_FILE_SYMLINK,
	HN_FILE_FIFO,
	HN_FILE_SOCKET
};

const char *hn_file_type_name(enum hn_file_type type);

struct hn_file_check {
	char *path;     /* as written; owned, as are the next three */
	char *contains; /* literal or ~regex, or NULL */
	char *equals;   /* the whole content, or NULL */
	char *target;   /* of a symlink, or NULL */
	int mode;       /* permission bits, or -1 */
	enum hn_file_type type;
	bool absent;
	int line;
};

/* A value with the line where it stands; text NULL: not given. */
struct hn_value {
	char *text; /* owned */
	int line;
};

/* What the files that were opened for reading must hold, and must not. */
struct hn_reads {
	bool given;
	int line;
	struct hn_value *includes; /* paths or ~regexes; owned, as the next */
	size_t include_count;
	struct hn_value *excludes;
	size_t exclude_count;
};

enum hn_compare {
	HN_COMPARE_NONE,
	HN_COMPARE_EQUAL,
	HN_COMPARE_AT_MOST,
	HN_COMPARE_AT_LEAST
};

struct hn_expect {
	int line;        /* of `expect:`; 0 if there is none */
	long long exit;  /* or -1 */
	int exit_line;
	struct hn_value signal;  /* abbreviated ("SEGV") */
	struct hn_list lists[HN_LIST_COUNT];
	struct hn_reads reads;
	struct hn_file_check *files; /* owned */
	size_t file_count;
	struct hn_value output; /* of stdout */
	struct hn_value error;  /* of stderr */
	enum hn_compare stops_compare;
	long long stops;
	int stops_line;
};

/* --- cases and suites */

#define HN_CANNOT_TRY 77 /* exit status of a control run that skips its case */

/* What may stand in the suite and in a case. */
struct hn_settings {
	char *policy_file;      /* absolute; owned; NULL: none */
	char *policy_text;      /* inline, line numbers as in the suite; owned; NULL: none */
	long long timeout_ms;   /* 0: not given */
	struct hn_strings tags;
	bool has_tags;
	struct hn_strings env;  /* NAME, value, NAME, value... */
	struct hn_strings options;
	bool has_options;
	struct hn_strings requires; /* probes */
	char *engine;              /* ptrace, notify or both; owned; NULL: not given */
	struct hn_strings differs; /* engine or "runs", reason, ... */
	struct hn_expect *control; /* of the run without the sandbox; owned; NULL: none */
};

struct hn_suite;

struct hn_case {
	struct hn_suite *suite; /* whose it is */
	char *name;
	char *id;      /* "suite/name" */
	int line;
	size_t item;      /* its number in `cases`, from 0 */
	bool from_matrix; /* others are made of the same item */
	char *fixture; /* absolute directory, or NULL */
	char *setup;   /* for /bin/sh -c, without the sandbox and before it; NULL: none */
	char *run;     /* for /bin/sh -c */
	char *xfail;   /* reason, or NULL */
	struct hn_settings own; /* merged with the suite's after loading */
	struct hn_expect expect;
};

struct hn_suite {
	char *path;     /* as given on the command line */
	char *dir;      /* absolute directory of it */
	char *name;     /* of `suite:`; the file's stem when that cannot be read */
	char *fixtures; /* absolute directory where fixtures are looked for last */
	struct hn_settings common;
	struct hn_case **cases; /* owned */
	size_t count;
	struct cb_buf complaints; /* error and warning lines */
	int errors;     /* >0: nothing of it can be run */
};

/* What the case's control run must show, its own or the suite's; NULL: it has none. */
const struct hn_expect *hn_case_control(const struct hn_case *c);

/* Never NULL: an unreadable file is a suite with an error. Owned by the caller. */
struct hn_suite *hn_suite_load(const char *path);

/* As hn_suite_load, for a text in the file's place. */
struct hn_suite *hn_suite_parse(const char *path, const char *text, size_t len);
void hn_suite_free(struct hn_suite *suite);

/* Adds an error line about the whole file. */
void hn_suite_complain(struct hn_suite *suite, int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
