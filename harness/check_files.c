/* SPDX-License-Identifier: MIT */
/* Looks at the files that a case was to leave, or not to leave. */
#include "check.h"

#include "base/cleanup.h"
#include "pattern.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#define CONTENT_MAX (64u << 20)

struct looking {
	const struct hn_observed *seen;
	const struct hn_file_check *check;
	struct hn_result *result;
	const char *path; /* absolute */
	struct stat st;   /* of the file itself, symlinks not followed */
};

static void fail(struct looking *l, const char *detail, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void fail(struct looking *l, const char *detail, const char *fmt, ...)
{
	CB_AUTO_BUF struct cb_buf message = CB_BUF_INIT;
	va_list ap;

	cb_buf_addf(&message, "file %s: ", l->check->path);
	va_start(ap, fmt);
	cb_buf_addv(&message, fmt, ap);
	va_end(ap);
	hn_check_fail(l->seen, l->result, HN_PROBLEM_FILES, l->check->line, message.data, detail);
}

static enum hn_file_type type_of(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG: return HN_FILE_REGULAR;
	case S_IFDIR: return HN_FILE_DIRECTORY;
	case S_IFLNK: return HN_FILE_SYMLINK;
	case S_IFIFO: return HN_FILE_FIFO;
	case S_IFSOCK: return HN_FILE_SOCKET;
	default: return HN_FILE_ANY;
	}
}

static void check_type(struct looking *l)
{
	enum hn_file_type want = l->check->type, got = type_of(l->st.st_mode);

	if (want != HN_FILE_ANY && want != got)
		fail(l, NULL, "expected type %s, got %s", hn_file_type_name(want),
		     got == HN_FILE_ANY ? "device" : hn_file_type_name(got));
}

/* A symlink has no mode of its own that anybody means: its target's counts. */
static void check_mode(struct looking *l)
{
	struct stat st = l->st;

	if (l->check->mode < 0)
		return;
	if (S_ISLNK(st.st_mode) && stat(l->path, &st))
		fail(l, NULL, "dangling symlink, so it has no mode");
	else if ((int)(st.st_mode & 07777) != l->check->mode)
		fail(l, NULL, "expected mode %04o, got %04o", (unsigned int)l->check->mode,
		     (unsigned int)st.st_mode & 07777);
}

static void check_target(struct looking *l)
{
	char target[4097];
	CB_AUTO_FREE char *wrong = NULL;
	ssize_t n;

	if (!l->check->target)
		return;
	n = readlink(l->path, target, sizeof target - 1);
	if (n < 0) {
		fail(l, NULL, "expected a symlink, got %s",
		     hn_file_type_name(type_of(l->st.st_mode)));
		return;
	}
	wrong = hn_check_text(l->check->target, target, (size_t)n, false, l->seen->vars);
	if (wrong)
		fail(l, wrong, "the symlink points elsewhere");
}

/* The content, or a failure and false. A FIFO must not hold us up. */
static bool read_content(struct looking *l, struct cb_buf *content)
{
	struct stat st;
	int rc;

	if (stat(l->path, &st) || !S_ISREG(st.st_mode)) {
		fail(l, NULL, "no regular file, so it has no content");
		return false;
	}
	rc = cb_buf_read_file(content, AT_FDCWD, l->path, CONTENT_MAX);
	if (rc)
		fail(l, NULL, "cannot be read: %s", strerror(-rc));
	return !rc;
}

static void check_content(struct looking *l)
{
	CB_AUTO_BUF struct cb_buf content = CB_BUF_INIT;
	CB_AUTO_FREE char *part = NULL, *whole = NULL;

	if ((!l->check->contains && !l->check->equals) || !read_content(l, &content))
		return;
	if (l->check->contains)
		part = hn_check_text(l->check->contains, content.data, content.len, true,
				     l->seen->vars);
	if (part)
		fail(l, part, "the content does not match");
	if (l->check->equals)
		whole = hn_check_text(l->check->equals, content.data, content.len, false,
				      l->seen->vars);
	if (whole)
		fail(l, whole, "the content differs");
}

static void check_file(struct looking *l)
{
	if (lstat(l->path, &l->st)) {
		if (!l->check->absent || (errno != ENOENT && errno != ENOTDIR))
			fail(l, NULL, "%s", errno == ENOENT ? "missing" : strerror(errno));
		return;
	}
	if (l->check->absent) {
		fail(l, NULL, "expected to be absent, but it exists");
		return;
	}
	check_type(l);
	check_mode(l);
	check_target(l);
	check_content(l);
}

void hn_check_files(const struct hn_observed *seen, struct hn_result *result)
{
	const struct hn_expect *e = seen->expect;

	for (size_t i = 0; i < e->file_count; i++) {
		struct looking l = { .seen = seen, .check = &e->files[i], .result = result };
		CB_AUTO_BUF struct cb_buf path = CB_BUF_INIT;
		struct cb_error err;

		if (hn_path_resolve(&path, e->files[i].path, seen->vars, &err)) {
			fail(&l, NULL, "%s", err.message);
			continue;
		}
		l.path = path.data;
		check_file(&l);
	}
}
