/* SPDX-License-Identifier: MIT */
/* Validates a report, and puts files in their place in one step. */
#include "junit.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <libxml/parser.h>
#include <libxml/relaxng.h>
#include <libxml/xmlschemas.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- validating */

static void note(void *ctx, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Takes libxml2's messages, each possibly in pieces. */
static void note(void *ctx, const char *fmt, ...)
{
	struct cb_buf *said = ctx;
	va_list ap;

	if (said->len > 400)
		return;
	va_start(ap, fmt);
	cb_buf_addv(said, fmt, ap);
	va_end(ap);
}

static int invalid(const char *schema, const struct cb_buf *said, struct cb_error *err)
{
	return cb_error(err, EINVAL, "the report is not valid by %s: %.*s", schema,
			said->len ? (int)strcspn(said->data, "\n") : 1,
			said->len ? said->data : "?");
}

static int check_dialect(xmlDocPtr doc, struct cb_error *err)
{
	CB_AUTO_BUF struct cb_buf said = CB_BUF_INIT;
	xmlRelaxNGParserCtxtPtr parser =
		xmlRelaxNGNewMemParserCtxt(hn_junit_schema, (int)strlen(hn_junit_schema));
	xmlRelaxNGPtr schema;
	xmlRelaxNGValidCtxtPtr valid;
	int rc = -1;

	xmlRelaxNGSetParserErrors(parser, note, note, &said);
	schema = xmlRelaxNGParse(parser);
	xmlRelaxNGFreeParserCtxt(parser);
	valid = schema ? xmlRelaxNGNewValidCtxt(schema) : NULL;
	if (valid) {
		xmlRelaxNGSetValidErrors(valid, note, note, &said);
		rc = xmlRelaxNGValidateDoc(valid, doc);
		xmlRelaxNGFreeValidCtxt(valid);
	}
	xmlRelaxNGFree(schema);
	return rc ? invalid("its own schema", &said, err) : 0;
}

static xmlSchemaPtr read_xsd(const char *path, struct cb_error *err)
{
	CB_AUTO_BUF struct cb_buf said = CB_BUF_INIT;
	xmlSchemaParserCtxtPtr parser;
	xmlSchemaPtr schema = NULL;

	if (access(path, R_OK)) {
		cb_error(err, EINVAL, "cannot read the schema '%s' (JUNIT_XSD): %s", path,
			 strerror(errno));
		return NULL;
	}
	parser = xmlSchemaNewParserCtxt(path);
	if (parser) {
		xmlSchemaSetParserErrors(parser, note, note, &said);
		schema = xmlSchemaParse(parser);
		xmlSchemaFreeParserCtxt(parser);
	}
	if (!schema)
		cb_error(err, EINVAL, "'%s' is no schema (JUNIT_XSD): %.*s", path,
			 said.len ? (int)strcspn(said.data, "\n") : 1, said.len ? said.data : "?");
	return schema;
}

/* Without a document: is it a schema? */
static int check_xsd(xmlDocPtr doc, const char *path, struct cb_error *err)
{
	CB_AUTO_BUF struct cb_buf said = CB_BUF_INIT;
	xmlSchemaPtr schema = read_xsd(path, err);
	xmlSchemaValidCtxtPtr valid;
	int rc = -1;

	if (!schema || !doc) {
		xmlSchemaFree(schema);
		return schema ? 0 : -EINVAL;
	}
	valid = xmlSchemaNewValidCtxt(schema);
	if (valid) {
		xmlSchemaSetValidErrors(valid, note, note, &said);
		rc = xmlSchemaValidateDoc(valid, doc);
		xmlSchemaFreeValidCtxt(valid);
	}
	xmlSchemaFree(schema);
	return rc ? invalid(path, &said, err) : 0;
}

static int check_extra(xmlDocPtr doc, const char *paths, struct cb_error *err)
{
	int rc = 0;

	while (!rc && paths && *paths) {
		size_t len = strcspn(paths, ":");
		CB_AUTO_FREE char *path = cb_strndup(paths, len);

		if (len)
			rc = check_xsd(doc, path, err);
		paths += len + (paths[len] == ':');
	}
	return rc;
}

/* Against its own schema, and those of JUNIT_XSD if `extra`. */
static int validate(const char *xml, size_t len, bool extra, struct cb_error *err)
{
	xmlDocPtr doc = xmlReadMemory(xml, (int)len, "report", NULL,
				      XML_PARSE_NONET | XML_PARSE_HUGE | XML_PARSE_NOERROR |
				      XML_PARSE_NOWARNING);
	int rc;

	if (!doc)
		return cb_error(err, EINVAL, "the report is not well-formed XML");
	rc = check_dialect(doc, err);
	if (!rc && extra)
		rc = check_extra(doc, getenv("JUNIT_XSD"), err);
	xmlFreeDoc(doc);
	return rc;
}

int hn_junit_validate(const char *xml, size_t len, struct cb_error *err)
{
	return validate(xml, len, true, err);
}

int hn_junit_check_dialect(const char *xml, size_t len, struct cb_error *err)
{
	return validate(xml, len, false, err);
}

int hn_junit_check_schemas(struct cb_error *err)
{
	return check_extra(NULL, getenv("JUNIT_XSD"), err);
}

void hn_junit_cleanup(void)
{
	xmlCleanupParser();
}

/* --- publishing */

static void make_folder(const char *path)
{
	CB_AUTO_FREE char *copy = cb_strdup(path);

	for (char *p = strchr(copy + 1, '/'); p; p = strchr(p + 1, '/')) {
		*p = '\0';
		mkdir(copy, 0777); /* what is wrong with it, the open will say */
		*p = '/';
	}
}

static int write_all(int fd, const char *bytes, size_t len)
{
	while (len) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno != EINTR)
			return -1;
		if (n > 0) {
			bytes += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

/* In one step: a temporary name, fsync, rename. */
static int replace(const char *path, const char *bytes, size_t len, struct cb_error *err)
{
	CB_AUTO_BUF struct cb_buf temporary = CB_BUF_INIT;
	CB_AUTO_FD int fd = -1;
	mode_t mask = umask(0);

	umask(mask);
	if (*path)
		make_folder(path);
	cb_buf_addf(&temporary, "%s.XXXXXX", path);
	fd = mkostemp(temporary.data, O_CLOEXEC);
	if (fd < 0)
		return cb_error_sys(err, "cannot write '%s'", path);
	if (write_all(fd, bytes, len) || fchmod(fd, 0666 & ~mask) || fsync(fd) ||
	    rename(temporary.data, path)) {
		int rc = cb_error_sys(err, "cannot write '%s'", path);

		unlink(temporary.data);
		return rc;
	}
	return 0;
}

/* Where our own output goes (/dev/stdout): the descriptor, else -1. */
static int own_output(const char *path)
{
	struct stat st, own;

	for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO && !stat(path, &st); fd++)
		if (!fstat(fd, &own) && own.st_dev == st.st_dev && own.st_ino == st.st_ino)
			return fd;
	return -1;
}

/* Is the name's directory one of procfs, whose links lead to open files? */
static bool is_in_proc(const char *path)
{
	const char *slash = strrchr(path, '/');
	CB_AUTO_FREE char *dir = slash ? cb_strndup(path, (size_t)(slash - path)) : cb_strdup(".");
	CB_AUTO_FREE char *real = realpath(*dir ? dir : "/", NULL);

	return real && !strncmp(real, "/proc/", 6);
}

/* Does it lead to an open file, as /dev/fd/3 does? */
static bool is_open_file(const char *path)
{
	CB_AUTO_FREE char *at = cb_strdup(path);
	char target[PATH_MAX];

	for (int links = 0; links < 8; links++) {
		ssize_t n = readlink(at, target, sizeof target - 1);

		if (is_in_proc(at))
			return true;
		if (n <= 0 || *target != '/') /* one that is relative leads to no other place */
			return false;
		free(at);
		at = cb_strndup(target, (size_t)n);
	}
	return false;
}

/* Is it that, or there and no regular file? Nothing may be renamed over it, nor put
 * into /dev. */
static bool is_special(const char *path)
{
	struct stat st;

	return own_output(path) >= 0 || is_open_file(path) ||
	       (!strncmp(path, "/dev/", 5) && strncmp(path, "/dev/shm/", 9)) ||
	       (!stat(path, &st) && !S_ISREG(st.st_mode));
}

/* Behind symlinks, if there are any: those stay. Owned by the caller. */
static char *target_of(const char *path)
{
	char *real = realpath(path, NULL);

	return real ? real : cb_strdup(path);
}

void hn_unpublish(const char *path)
{
	CB_AUTO_FREE char *target = target_of(path);

	if (!is_special(path))
		unlink(target);
}

static int write_special(const char *path, const char *bytes, size_t len, struct cb_error *err)
{
	int own = own_output(path);
	CB_AUTO_FD int fd = own >= 0 ? dup(own) : open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);

	fflush(NULL); /* what was said before comes before */
	if (fd < 0 || write_all(fd, bytes, len))
		return cb_error_sys(err, "cannot write '%s'", path);
	return 0;
}

int hn_publish(const char *path, const char *bytes, size_t len, struct cb_error *err)
{
	CB_AUTO_FREE char *target = target_of(path);

	return is_special(path) ? write_special(path, bytes, len, err) :
				  replace(target, bytes, len, err);
}
