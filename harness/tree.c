/* SPDX-License-Identifier: MIT */
/* Copies and removes trees by descriptors, so that neither the length of a path
 * nor a symlink put in the way matters. A tree may be deeper than there are
 * descriptors: what is too deep is moved up to the top, and removed from there. */
#include "tree.h"

#include "base/buf.h"
#include "base/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define DEPTH_MAX 100
#define ROUNDS_MAX 10000

static bool is_dots(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..");
}

/* --- copying */

static int copy_dir(int from, int to, int depth, struct cb_error *err);

static int copy_bytes(int in, int out, const char *name, struct cb_error *err)
{
	char chunk[65536];

	for (;;) {
		ssize_t n = read(in, chunk, sizeof chunk), done = 0;

		if (n == 0)
			return 0;
		if (n < 0)
			return cb_error_sys(err, "cannot read '%s'", name);
		while (done < n) {
			ssize_t w = write(out, chunk + done, (size_t)(n - done));

			if (w < 0)
				return cb_error_sys(err, "cannot write '%s'", name);
			done += w;
		}
	}
}

static int copy_file(int from, int to, const char *name, const struct stat *st,
		     struct cb_error *err)
{
	CB_AUTO_FD int in = openat(from, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	CB_AUTO_FD int out = -1;
	int rc;

	if (in < 0)
		return cb_error_sys(err, "cannot open '%s'", name);
	out = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (out < 0)
		return cb_error_sys(err, "cannot create '%s'", name);
	rc = copy_bytes(in, out, name, err);
	if (!rc && fchmod(out, st->st_mode & 07777))
		rc = cb_error_sys(err, "cannot set the mode of '%s'", name);
	return rc;
}

static int copy_link(int from, int to, const char *name, struct cb_error *err)
{
	char target[4097];
	ssize_t n = readlinkat(from, name, target, sizeof target - 1);

	if (n < 0)
		return cb_error_sys(err, "cannot read the symlink '%s'", name);
	target[n] = '\0';
	return symlinkat(target, to, name) ? cb_error_sys(err, "cannot create '%s'", name) : 0;
}

static int copy_subdir(int from, int to, const char *name, const struct stat *st, int depth,
		       struct cb_error *err)
{
	CB_AUTO_FD int in = openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	CB_AUTO_FD int out = -1;
	int rc;

	if (in < 0)
		return cb_error_sys(err, "cannot open '%s'", name);
	if (depth >= DEPTH_MAX)
		return cb_error(err, ELOOP, "'%s' is nested too deeply", name);
	if (mkdirat(to, name, 0700))
		return cb_error_sys(err, "cannot create '%s'", name);
	out = openat(to, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (out < 0)
		return cb_error_sys(err, "cannot open '%s'", name);
	rc = copy_dir(in, out, depth + 1, err);
	if (!rc && fchmod(out, st->st_mode & 07777))
		rc = cb_error_sys(err, "cannot set the mode of '%s'", name);
	return rc;
}

static int copy_entry(int from, int to, const char *name, int depth, struct cb_error *err)
{
	struct stat st;
	int rc;

	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW))
		return cb_error_sys(err, "cannot look at '%s'", name);
	switch (st.st_mode & S_IFMT) {
	case S_IFREG:
		rc = copy_file(from, to, name, &st, err);
		break;
	case S_IFDIR:
		rc = copy_subdir(from, to, name, &st, depth, err);
		break;
	case S_IFLNK:
		rc = copy_link(from, to, name, err);
		break;
	case S_IFIFO:
		rc = mkfifoat(to, name, st.st_mode & 0777) ?
			cb_error_sys(err, "cannot create '%s'", name) : 0;
		break;
	default:
		return cb_error(err, EINVAL, "'%s' is no file that a fixture may hold", name);
	}
	if (!rc) {
		struct timespec times[2] = { st.st_atim, st.st_mtim };

		utimensat(to, name, times, AT_SYMLINK_NOFOLLOW); /* a comfort, not a need */
	}
	return rc;
}

/* Opens the directory again, so that the caller's descriptor keeps its place. */
static DIR *open_dir(int fd)
{
	int own = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = own < 0 ? NULL : fdopendir(own);

	if (!dir && own >= 0)
		close(own);
	return dir;
}

static int copy_dir(int from, int to, int depth, struct cb_error *err)
{
	DIR *dir = open_dir(from);
	struct dirent *d;
	int rc = 0;

	if (!dir)
		return cb_error_sys(err, "cannot list a directory");
	while (!rc && (d = readdir(dir)))
		if (!is_dots(d->d_name))
			rc = copy_entry(from, to, d->d_name, depth, err);
	closedir(dir);
	return rc;
}

int hn_tree_copy(const char *from, const char *to, struct cb_error *err)
{
	CB_AUTO_FD int in = open(from, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CB_AUTO_FD int out = open(to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (in < 0)
		return cb_error_sys(err, "cannot open '%s'", from);
	if (out < 0)
		return cb_error_sys(err, "cannot open '%s'", to);
	return copy_dir(in, out, 0, err);
}

/* --- removing */

struct removal {
	int top;              /* directory that takes what is too deep */
	unsigned long serial; /* for names there */
	bool moved;           /* something was moved up in this round */
};

static bool clear_flags(int fd)
{
	int flags;

	if (fd < 0 || ioctl(fd, FS_IOC_GETFLAGS, &flags) ||
	    !(flags & (FS_IMMUTABLE_FL | FS_APPEND_FL)))
		return false;
	flags &= ~(FS_IMMUTABLE_FL | FS_APPEND_FL);
	return !ioctl(fd, FS_IOC_SETFLAGS, &flags);
}

/* Makes an entry of `dir` removable where permissions or flags are in the way. */
static bool loosen(int dir, const char *name)
{
	CB_AUTO_FD int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	bool parent = clear_flags(dir);
	bool own = clear_flags(fd);

	return !fchmod(dir, 0700) || parent || own;
}

/* Is another filesystem, or another part of this one, mounted here? */
static bool is_mount(int fd)
{
	struct statx st;

	return !statx(fd, "", AT_EMPTY_PATH, 0, &st) &&
	       (st.stx_attributes & STATX_ATTR_MOUNT_ROOT);
}

/* Negative also for a mount: what is in there is not ours to remove. */
static int open_subdir(int dir, const char *name)
{
	int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(dir, name, flags);
	struct stat st;

	if (fd < 0 && errno == EACCES && !fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) &&
	    S_ISDIR(st.st_mode) && !fchmodat(dir, name, 0700, 0))
		fd = openat(dir, name, flags);
	if (fd >= 0 && dir != AT_FDCWD && is_mount(fd)) {
		close(fd);
		return -1;
	}
	return fd;
}

static void move_up(struct removal *r, int dir, const char *name)
{
	char unique[48];

	snprintf(unique, sizeof unique, ".catbox-rm.%lu", ++r->serial);
	if (!fchmodat(dir, name, 0700, 0) && !renameat(dir, name, r->top, unique))
		r->moved = true;
}

static void remove_content(struct removal *r, int fd, int depth);

static void remove_entry(struct removal *r, int dir, const char *name, int depth)
{
	int fd;

	if (!unlinkat(dir, name, 0) || errno == ENOENT)
		return;
	/* a directory that may not be changed: make that so before going deeper */
	if ((errno == EACCES || errno == EPERM) && loosen(dir, name) && !unlinkat(dir, name, 0))
		return;
	fd = open_subdir(dir, name);
	if (fd >= 0) {
		if (depth >= DEPTH_MAX)
			move_up(r, dir, name);
		else
			remove_content(r, fd, depth + 1);
		close(fd);
		if (!unlinkat(dir, name, AT_REMOVEDIR) || errno == ENOENT)
			return;
	}
	if (loosen(dir, name) && unlinkat(dir, name, 0))
		unlinkat(dir, name, AT_REMOVEDIR);
}

static void remove_content(struct removal *r, int fd, int depth)
{
	DIR *dir = open_dir(fd);
	struct dirent *d;

	if (!dir && !fchmod(fd, 0700))
		dir = open_dir(fd);
	while (dir && (d = readdir(dir)))
		if (!is_dots(d->d_name))
			remove_entry(r, fd, d->d_name, depth);
	if (dir)
		closedir(dir);
}

/* --- mounts */

/* Undoes the \ooo of mountinfo, in place. */
static void unescape(char *s)
{
	char *to = s;

	for (; *s; s++)
		if (*s == '\\' && s[1] && s[2] && s[3]) {
			*to++ = (char)((s[1] - '0') * 64 + (s[2] - '0') * 8 + (s[3] - '0'));
			s += 3;
		} else {
			*to++ = *s;
		}
	*to = '\0';
}

/* The mount point of a line of mountinfo (its fifth word), or NULL. */
static char *mount_point(char *line)
{
	char *save, *word = strtok_r(line, " ", &save);

	for (int i = 0; i < 4 && word; i++)
		word = strtok_r(NULL, " ", &save);
	if (word)
		unescape(word);
	return word;
}

/* Takes one mount below `path` away, the last made. False: there is none. */
static bool unmount_one(const char *path)
{
	FILE *info = fopen("/proc/self/mountinfo", "re");
	CB_AUTO_FREE char *found = NULL;
	char *line = NULL;
	size_t room = 0, len = strlen(path);

	while (info && getline(&line, &room, info) > 0) {
		const char *at = mount_point(line);

		if (at && !strncmp(at, path, len) && at[len] == '/') {
			free(found);
			found = cb_strdup(at);
		}
	}
	free(line);
	if (info)
		fclose(info);
	return found && !umount2(found, MNT_DETACH | UMOUNT_NOFOLLOW);
}

int hn_tree_unmount(const char *path)
{
	int count = 0;

	while (count < ROUNDS_MAX && unmount_one(path))
		count++;
	return count;
}

int hn_tree_remove(const char *path, struct cb_error *err)
{
	CB_AUTO_FD int fd = open_subdir(AT_FDCWD, path);
	struct removal r = { fd, 0, true };

	if (fd < 0 && errno == ENOENT)
		return 0;
	for (int round = 0; fd >= 0 && r.moved && round < ROUNDS_MAX; round++) {
		r.moved = false;
		remove_content(&r, fd, 0);
	}
	clear_flags(fd);
	return rmdir(path) && errno != ENOENT ? cb_error_sys(err, "cannot remove '%s'", path) : 0;
}
