/* SPDX-License-Identifier: MIT */
/* Writes the counters. Knows nothing of what they are. */
#include "api/stats.h"

#include "base/buf.h"
#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

int catbox_stats_open(const char *path, int *dir, struct cb_error *err)
{
	const char *slash = strrchr(path, '/');
	CB_AUTO_FREE char *name = slash ? cb_strndup(path, (size_t)(slash - path) + 1) :
					  cb_strdup(".");

	*dir = open(name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return *dir < 0 ? cb_error_sys(err, "cannot write the counters '%s'", path) : 0;
}

/* The descriptor of ours that a path of that form means, or -1. */
static int own_descriptor(const char *path)
{
	static const struct { const char *prefix; int fd; } names[] = {
		{ "/dev/stdout", 1 }, { "/dev/stderr", 2 }, { "/dev/fd/", -1 }, { "/proc/self/fd/", -1 },
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		size_t n = strlen(names[i].prefix);
		char *end;
		long fd;

		if (strncmp(path, names[i].prefix, n))
			continue;
		if (names[i].fd >= 0)
			return path[n] ? -1 : names[i].fd;
		fd = strtol(path + n, &end, 10);
		return end == path + n || *end ? -1 : (int)fd;
	}
	return -1;
}

/* A FIFO, a terminal or a descriptor of ours is written to as it is: a file in its
 * place would take it away from everybody. -1: it is none of these. */
static int open_in_place(const char *path, int dir, const char *name)
{
	int own = own_descriptor(path);
	struct stat st;

	if (own >= 0)
		return fcntl(own, F_DUPFD_CLOEXEC, 3);
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) || S_ISREG(st.st_mode) || S_ISLNK(st.st_mode))
		return -1;
	return openat(dir, name, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW);
}

/* Under a name that nobody can have put there, then renamed: the directory may be one
 * that the build writes to. */
static int replace(int dir, const char *name, const json_t *stats)
{
	CB_AUTO_BUF struct cb_buf temporary = CB_BUF_INIT;
	unsigned long long nonce = 0;
	CB_AUTO_FD int fd = -1;
	int error;

	if (getrandom(&nonce, sizeof nonce, 0) < 0)
		nonce = (unsigned long long)getpid();
	cb_buf_addf(&temporary, ".catbox-%016llx", nonce);
	fd = openat(dir, temporary.data, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (fd < 0)
		return -1;
	if (!json_dumpfd(stats, fd, JSON_INDENT(2)) && !renameat(dir, temporary.data, dir, name))
		return 0;
	error = errno;
	unlinkat(dir, temporary.data, 0);
	errno = error;
	return -1;
}

int catbox_stats_write(const char *path, int dir, json_t *stats, struct cb_error *err)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	CB_AUTO_FD int fd = open_in_place(path, dir, name);
	int rc = fd >= 0 ? json_dumpfd(stats, fd, JSON_INDENT(2)) : replace(dir, name, stats);

	json_decref(stats);
	return rc ? cb_error_sys(err, "cannot write the counters '%s'", path) : 0;
}
