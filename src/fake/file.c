/* SPDX-License-Identifier: MIT */
/* The lock is one on the file itself (flock(2)), which the kernel takes back from whoever
 * dies. As saving replaces the file, the new one is locked before it gets the name, and
 * whoever has waited for an old one sees that it has lost the name, and tries again. */
#include "fake/file.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define LARGEST (1u << 30)

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

char *cb_fake_file_draft(const char *path)
{
	const char *name = base_name(path);
	struct cb_buf draft = CB_BUF_INIT;

	cb_buf_addf(&draft, "%.*s.%s.catbox-new", (int)(name - path), path, name);
	return cb_buf_steal(&draft);
}

static int open_dir(struct cb_fake_file *file, struct cb_error *err)
{
	const char *name = base_name(file->path);
	CB_AUTO_FREE char *dir = name == file->path ? cb_strdup(".") :
					 cb_strndup(file->path, (size_t)(name - file->path));

	file->dir = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (file->dir < 0)
		return cb_error_sys(err, "cannot open the directory of '%s'", file->path);
	return *name ? 0 : cb_error(err, EISDIR, "'%s' is no name of a file", file->path);
}

/* Is the locked file still the one that has the name? */
static bool has_name(const struct cb_fake_file *file)
{
	struct stat held, named;

	return !fstat(file->fd, &held) &&
	       !fstatat(file->dir, base_name(file->path), &named, AT_SYMLINK_NOFOLLOW) &&
	       held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

/* Opens and locks what has the name; 1: it has lost the name in the meantime. */
static int try_lock(struct cb_fake_file *file, struct cb_error *err)
{
	struct stat st;

	file->fd = openat(file->dir, base_name(file->path),
			  O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666);
	if (file->fd < 0)
		return cb_error_sys(err, "cannot open the state '%s'", file->path);
	if (fstat(file->fd, &st) || !S_ISREG(st.st_mode))
		return cb_error(err, EINVAL, "the state '%s' is no regular file", file->path);
	while (flock(file->fd, LOCK_EX))
		if (errno != EINTR)
			return cb_error_sys(err, "cannot lock the state '%s'", file->path);
	return has_name(file) ? 0 : 1;
}

static int load(int dir, const char *name, const char *path, struct cb_fake_state *state,
		cb_fake_dropped *dropped, void *ctx, struct cb_error *err)
{
	CB_AUTO_BUF struct cb_buf text = CB_BUF_INIT;
	int rc = cb_buf_read_file(&text, dir, name, LARGEST);

	errno = -rc;
	if (rc)
		return cb_error_sys(err, "cannot read the state '%s'", path);
	if (text.len != strlen(text.data ? text.data : ""))
		return cb_error(err, EINVAL, "%s: this is no state of faked files", path);
	return cb_fake_state_read(state, path, text.data ? text.data : "",
				  cb_fake_look_at_disk, dropped, ctx, err);
}

int cb_fake_file_read(const char *path, struct cb_fake_state *state, cb_fake_dropped *dropped,
		      void *ctx, struct cb_error *err)
{
	return load(AT_FDCWD, path, path, state, dropped, ctx, err);
}

int cb_fake_file_open(struct cb_fake_file *file, const char *path, struct cb_fake_state *state,
		      cb_fake_dropped *dropped, void *ctx, struct cb_error *err)
{
	CB_AUTO_FREE char *draft = cb_fake_file_draft(base_name(path));
	int rc;

	*file = (struct cb_fake_file)CB_FAKE_FILE_NONE;
	file->path = cb_strdup(path);
	rc = open_dir(file, err);
	while (!rc) {
		rc = try_lock(file, err);
		if (rc <= 0)
			break;
		close(file->fd);
		file->fd = -1;
		rc = 0;
	}
	if (!rc) {
		unlinkat(file->dir, draft, 0); /* of one that was killed while it wrote */
		if (state)
			rc = load(file->dir, base_name(path), path, state, dropped, ctx, err);
	}
	if (rc)
		cb_fake_file_close(file);
	return rc;
}

static int write_all(int fd, const struct cb_buf *text)
{
	size_t done = 0;

	while (done < text->len) {
		ssize_t n = write(fd, text->data + done, text->len - done);

		if (n < 0 && errno != EINTR)
			return -1;
		done += n > 0 ? (size_t)n : 0;
	}
	return fsync(fd);
}

int cb_fake_file_save(struct cb_fake_file *file, struct cb_fake_state *state,
		      cb_fake_dropped *dropped, void *ctx, struct cb_error *err)
{
	CB_AUTO_FREE char *draft = cb_fake_file_draft(base_name(file->path));
	CB_AUTO_BUF struct cb_buf text = CB_BUF_INIT;
	CB_AUTO_FD int fd = -1;
	struct stat st;

	cb_fake_state_write(state, cb_fake_look_at_disk, dropped, ctx, &text);
	unlinkat(file->dir, draft, 0);
	fd = openat(file->dir, draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (fd < 0)
		return cb_error_sys(err, "cannot write the state '%s'", file->path);
	if (!fstat(file->fd, &st) && fchmod(fd, st.st_mode & 0777)) /* as it was */
		errno = 0;
	if (flock(fd, LOCK_EX | LOCK_NB) || write_all(fd, &text) ||
	    renameat(file->dir, draft, file->dir, base_name(file->path))) {
		int rc = cb_error_sys(err, "cannot write the state '%s'", file->path);

		unlinkat(file->dir, draft, 0);
		return rc;
	}
	close(file->fd);
	file->fd = cb_steal_fd(&fd);
	return 0;
}

void cb_fake_file_close(struct cb_fake_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	if (file->dir >= 0)
		close(file->dir);
	free(file->path);
	*file = (struct cb_fake_file)CB_FAKE_FILE_NONE;
}
