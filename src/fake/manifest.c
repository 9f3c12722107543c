/* SPDX-License-Identifier: MIT */
/* libarchive writes the lines and sorts them. What it has no word for is where the
 * content lies; that is appended to each line here, since its reader would otherwise
 * look below the current directory, and would take a file that stands in for a device
 * as a contradiction: for a device it is told a place where nothing can be. */
#include "fake/manifest.h"

#include "base/cleanup.h"

#include <archive.h>
#include <archive_entry.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define LINE_ROOM 65536 /* for a line of /etc/passwd or /etc/group */

/* The name of an id, asked for again only when another id comes. */
struct known_name {
	unsigned id;
	bool asked;
	char *name;      /* NULL if it has none; owned */
};

struct manifest {
	const struct cb_fake_state *state;
	const struct cb_fake_view *view;
	struct archive *writer;
	struct archive_entry *entry; /* used for one file after the other */
	struct cb_buf lines;         /* as libarchive writes them */
	struct cb_buf path;          /* of the present file, from "." on */
	struct known_name user, group;
	size_t lost;
	struct cb_error *err;
};

/* From the file itself, as the archive is for machines that have no other names in common
 * than those of the system: no directory service is asked. */
static const char *user_name(struct known_name *known, unsigned id)
{
	struct passwd entry, *found;
	char room[LINE_ROOM];
	FILE *file;

	if (known->asked && known->id == id)
		return known->name;
	free(known->name);
	*known = (struct known_name){ id, true, NULL };
	file = fopen("/etc/passwd", "re");
	while (file && !known->name && !fgetpwent_r(file, &entry, room, sizeof room, &found))
		if (found->pw_uid == id)
			known->name = cb_strdup(found->pw_name);
	if (file)
		fclose(file);
	return known->name;
}

static const char *group_name(struct known_name *known, unsigned id)
{
	struct group entry, *found;
	char room[LINE_ROOM];
	FILE *file;

	if (known->asked && known->id == id)
		return known->name;
	free(known->name);
	*known = (struct known_name){ id, true, NULL };
	file = fopen("/etc/group", "re");
	while (file && !known->name && !fgetgrent_r(file, &entry, room, sizeof room, &found))
		if (found->gr_gid == id)
			known->name = cb_strdup(found->gr_name);
	if (file)
		fclose(file);
	return known->name;
}

/* A link's target, of whatever length. */
static int read_target(int dir, const char *name, size_t size, struct cb_buf *target)
{
	for (size_t room = size + 1; ; room *= 2) {
		char *at;
		ssize_t n;

		cb_buf_clear(target);
		at = cb_buf_reserve(target, room);
		n = readlinkat(dir, name, at, room);
		if (n < 0)
			return -1;
		if ((size_t)n < room) {
			at[n] = '\0';
			return 0;
		}
	}
}

static int complain(struct manifest *m, const char *what)
{
	return cb_error_sys(m->err, "cannot %s '%s' for the manifest", what, m->path.data);
}

/* One line: what the file looks like pretended. */
static int add_line(struct manifest *m, int dir, const char *name, const struct statx *shown)
{
	CB_AUTO_BUF struct cb_buf target = CB_BUF_INIT;
	struct archive_entry *e = archive_entry_clear(m->entry);

	archive_entry_copy_pathname(e, m->path.data);
	archive_entry_set_mode(e, shown->stx_mode);
	archive_entry_set_uid(e, shown->stx_uid);
	archive_entry_set_gid(e, shown->stx_gid);
	archive_entry_copy_uname(e, user_name(&m->user, shown->stx_uid));
	archive_entry_copy_gname(e, group_name(&m->group, shown->stx_gid));
	archive_entry_set_mtime(e, shown->stx_mtime.tv_sec, (long)shown->stx_mtime.tv_nsec);
	archive_entry_set_size(e, S_ISREG(shown->stx_mode) ? (la_int64_t)shown->stx_size : 0);
	if (S_ISCHR(shown->stx_mode) || S_ISBLK(shown->stx_mode))
		archive_entry_set_rdev(e, makedev(shown->stx_rdev_major, shown->stx_rdev_minor));
	if (S_ISLNK(shown->stx_mode)) {
		if (read_target(dir, name, shown->stx_size, &target))
			return complain(m, "read the link");
		archive_entry_copy_symlink(e, target.data);
	}
	if (archive_write_header(m->writer, e) != ARCHIVE_OK)
		return cb_error(m->err, EIO, "cannot put '%s' into the manifest: %s", m->path.data,
				archive_error_string(m->writer));
	return 0;
}

static int add_directory(struct manifest *m, int fd);

/* A file and, if it is a directory, all below it; m->path is its name already. */
static int add_file(struct manifest *m, int dir, const char *name)
{
	const struct cb_fake_record *record;
	CB_AUTO_FD int fd = -1;
	struct cb_fake_id id;
	struct statx stx;
	int rc;

	if (statx(dir, name, AT_SYMLINK_NOFOLLOW, CB_FAKE_STATX, &stx))
		return complain(m, "look at");
	if (S_ISSOCK(stx.stx_mode))
		return 0;
	id = cb_fake_id_of(&stx);
	record = cb_fake_state_find(m->state, &id);
	m->lost += record && record->xattrs;
	cb_fake_show(m->view, record, &stx);
	rc = add_line(m, dir, name, &stx);
	if (rc || !S_ISDIR(stx.stx_mode))
		return rc;
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return complain(m, "open the directory");
	return add_directory(m, cb_steal_fd(&fd));
}

/* All in a directory; takes its descriptor. */
static int add_directory(struct manifest *m, int fd)
{
	size_t len = m->path.len;
	DIR *stream = fdopendir(fd);
	struct dirent *e;
	int rc = 0;

	if (!stream) {
		rc = complain(m, "read the directory");
		close(fd);
		return rc;
	}
	while (!rc && (errno = 0, e = readdir(stream))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		cb_buf_addf(&m->path, "/%s", e->d_name);
		rc = add_file(m, dirfd(stream), e->d_name);
		cb_buf_truncate(&m->path, len);
	}
	if (!rc && errno)
		rc = complain(m, "read the directory");
	closedir(stream);
	return rc;
}

static la_ssize_t take_lines(struct archive *writer, void *ctx, const void *bytes, size_t len)
{
	struct manifest *m = ctx;

	(void)writer;
	cb_buf_add(&m->lines, bytes, len);
	return (la_ssize_t)len;
}

static int open_writer(struct manifest *m)
{
	m->writer = archive_write_new();
	m->entry = archive_entry_new();
	if (!m->writer || !m->entry || archive_write_set_format_mtree(m->writer) ||
	    archive_write_set_options(m->writer, "!all,type,mode,uid,gid,uname,gname,time,size,device,link") ||
	    archive_write_open(m->writer, m, NULL, take_lines, NULL))
		return cb_error(m->err, EIO, "cannot write a manifest: %s",
				m->writer ? archive_error_string(m->writer) : "out of memory");
	return 0;
}

/* As libarchive writes names: what is no plain character as its octal number. */
static void add_quoted(struct cb_buf *out, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 0x80 && (isalnum(c) || strchr("/._-+,:@%", c)))
			cb_buf_addc(out, (char)c);
		else
			cb_buf_addf(out, "\\%03o", c);
	}
}

static bool has_word(const char *line, size_t len, const char *word)
{
	return memmem(line, len, word, strlen(word));
}

/* The lines with the place of their content. Each line of a file begins with its name. */
static void add_places(const struct cb_buf *lines, const char *root, struct cb_buf *out)
{
	const char *end = lines->data + lines->len;

	for (const char *line = lines->data; line < end; ) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		size_t len = newline ? (size_t)(newline - line) : (size_t)(end - line);
		size_t name = strcspn(line, " \n");

		cb_buf_add(out, line, len);
		if (*line == '.') {
			cb_buf_adds(out, " contents=");
			add_quoted(out, root);
			cb_buf_add(out, line + 1, name - 1);
			if (has_word(line, len, " type=char") || has_word(line, len, " type=block"))
				cb_buf_adds(out, "/device"); /* below a file: it leads nowhere */
		}
		cb_buf_addc(out, '\n');
		line += len + 1;
	}
}

static int write_tree(struct manifest *m, const char *root)
{
	CB_AUTO_FD int fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int rc;

	cb_buf_sets(&m->path, root);
	if (fd < 0)
		return complain(m, "open the directory");
	cb_buf_sets(&m->path, ".");
	rc = open_writer(m);
	if (!rc)
		rc = add_file(m, fd, ".");
	if (!rc && archive_write_close(m->writer))
		rc = cb_error(m->err, EIO, "cannot write a manifest: %s", archive_error_string(m->writer));
	return rc;
}

int cb_fake_manifest(const char *root, const struct cb_fake_state *state,
		     const struct cb_fake_view *view, struct cb_buf *out, size_t *lost,
		     struct cb_error *err)
{
	struct manifest m = { .state = state, .view = view, .err = err };
	CB_AUTO_FREE char *whole = realpath(root, NULL);
	int rc;

	if (!whole)
		return cb_error_sys(err, "cannot make a manifest of '%s'", root);
	rc = write_tree(&m, whole);
	if (!rc)
		add_places(&m.lines, whole, out);
	if (!rc && lost)
		*lost = m.lost;
	archive_entry_free(m.entry);
	archive_write_free(m.writer);
	cb_buf_destroy(&m.lines);
	cb_buf_destroy(&m.path);
	free(m.user.name);
	free(m.group.name);
	return rc;
}
