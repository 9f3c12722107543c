/* SPDX-License-Identifier: MIT */
/* The name of a directory that lies deeper than PATH_MAX, which /proc cannot
 * say (ENAMETOOLONG): climb until it can, and look up each name on the way. */
#include "trace/resolve.h"

#include "base/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define LEVELS_MAX 20000

/* Finds the entry of directory `parent` that is the directory st. */
static int find_name(int parent, const struct stat *st, struct cb_buf *name)
{
	int fd = openat(parent, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;
	int rc = -ENOENT;

	if (!dir) {
		rc = -errno;
		if (fd >= 0)
			close(fd);
		return rc;
	}
	while (rc && (e = readdir(dir))) {
		struct stat entry;

		if (e->d_type != DT_DIR && e->d_type != DT_UNKNOWN)
			continue;
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		if (fstatat(dirfd(dir), e->d_name, &entry, AT_SYMLINK_NOFOLLOW) == 0 &&
		    entry.st_dev == st->st_dev && entry.st_ino == st->st_ino) {
			cb_buf_sets(name, e->d_name);
			rc = 0;
		}
	}
	closedir(dir);
	return rc;
}

/* Puts "/name" before what is in tail. */
static void prepend(struct cb_buf *tail, const struct cb_buf *name)
{
	struct cb_buf joined = CB_BUF_INIT;

	cb_buf_addc(&joined, '/');
	cb_buf_add(&joined, name->data, name->len);
	cb_buf_add(&joined, tail->data, tail->len);
	cb_buf_destroy(tail);
	*tail = joined;
}

int cb_long_path_of_fd(struct cb_resolver *r, int fd, struct cb_buf *out)
{
	CB_AUTO_BUF struct cb_buf tail = CB_BUF_INIT;
	CB_AUTO_BUF struct cb_buf name = CB_BUF_INIT;
	CB_AUTO_FD int here = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	int rc = -ENAMETOOLONG;

	cb_buf_clear(&tail);
	for (int level = 0; level < LEVELS_MAX && rc == -ENAMETOOLONG; level++) {
		struct stat st;
		int up;

		if (fstat(here, &st))
			return -errno;
		up = openat(here, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (up < 0)
			return -errno;
		rc = find_name(up, &st, &name);
		close(here);
		here = up;
		if (rc)
			return rc;
		prepend(&tail, &name);
		rc = cb_path_of_fd(r, here, out);
	}
	if (!rc) {
		if (out->len == 1) /* "/" */
			cb_buf_clear(out);
		cb_buf_add(out, tail.data, tail.len);
	}
	return rc;
}
