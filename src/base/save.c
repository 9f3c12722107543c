/* SPDX-License-Identifier: MIT */
/* The new file has no name until all of it is on the disk (O_TMPFILE); then it gets a
 * name that nobody can have guessed, and that one is renamed over the old file. Between
 * these two steps a killed process leaves a whole file too many; where a filesystem has
 * no nameless files, it leaves a part of one. */
#include "base/save.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

static int complain(struct cb_error *err, const char *what, const char *path)
{
	return cb_error_sys(err, "cannot write the %s '%s'", what, path);
}

int cb_save_open(struct cb_save *save, const char *path, const char *what, struct cb_error *err)
{
	CB_AUTO_FREE char *target = realpath(path, NULL);
	const char *place = target ? target : path, *slash = strrchr(place, '/');
	CB_AUTO_FREE char *dir = slash ? cb_strndup(place, (size_t)(slash - place) + 1) : cb_strdup(".");
	const char *name = slash ? slash + 1 : place;
	CB_AUTO_FD int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return complain(err, what, path);
	if (!*name || (!fstatat(fd, name, &st, 0) && S_ISDIR(st.st_mode))) {
		errno = EISDIR;
		return complain(err, what, path);
	}
	if (faccessat(fd, ".", W_OK | X_OK, AT_EACCESS))
		return complain(err, what, path);
	save->dir = cb_steal_fd(&fd);
	save->name = cb_strdup(name);
	save->path = cb_strdup(path);
	return 0;
}

void cb_save_close(struct cb_save *save)
{
	if (save->dir >= 0)
		close(save->dir);
	free(save->name);
	free(save->path);
	*save = (struct cb_save)CB_SAVE_INIT;
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
	return fsync(fd);
}

/* The mode of the file that is replaced. */
static int take_mode(const struct cb_save *save, int fd)
{
	struct stat st;

	if (fstatat(save->dir, save->name, &st, 0) || !S_ISREG(st.st_mode))
		return 0;
	return fchmod(fd, st.st_mode & 0777);
}

/* Fills a file that is called `temporary` at the end. */
static int make_temporary(const struct cb_save *save, const char *temporary, const void *bytes, size_t len)
{
	CB_AUTO_FD int fd = openat(save->dir, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
	char link[64];
	bool nameless = fd >= 0;

	if (!nameless)
		fd = openat(save->dir, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (fd < 0 || take_mode(save, fd) || write_all(fd, bytes, len))
		return -1;
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	return nameless ? linkat(AT_FDCWD, link, save->dir, temporary, AT_SYMLINK_FOLLOW) : 0;
}

int cb_save_write(struct cb_save *save, const void *bytes, size_t len, const char *what,
		  struct cb_error *err)
{
	unsigned long long nonce = 0;
	char temporary[64];
	int rc;

	if (getrandom(&nonce, sizeof nonce, 0) < 0)
		nonce = (unsigned long long)getpid();
	snprintf(temporary, sizeof temporary, ".catbox-%016llx", nonce);
	if (!make_temporary(save, temporary, bytes, len) &&
	    !renameat(save->dir, temporary, save->dir, save->name))
		return 0;
	rc = complain(err, what, save->path);
	unlinkat(save->dir, temporary, 0);
	return rc;
}
