/* SPDX-License-Identifier: MIT */
/* Writes the counters. Knows nothing of what they are. */
#include "api/stats.h"

#include "base/buf.h"
#include "base/cleanup.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

int catbox_stats_open(const char *path, int *dir, struct cb_error *err)
{
	const char *slash = strrchr(path, '/');
	CB_AUTO_FREE char *name = slash ? cb_strndup(path, (size_t)(slash - path) + 1) :
					  cb_strdup(".");

	*dir = open(name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return *dir < 0 ? cb_error_sys(err, "cannot write the counters '%s'", path) : 0;
}

/* Under a name that nobody can have put there, then renamed: the directory may be one
 * that the build writes to. */
int catbox_stats_write(const char *path, int dir, json_t *stats, struct cb_error *err)
{
	CB_AUTO_BUF struct cb_buf temporary = CB_BUF_INIT;
	const char *slash = strrchr(path, '/');
	unsigned long long nonce = 0;
	CB_AUTO_FD int fd = -1;
	int rc;

	if (getrandom(&nonce, sizeof nonce, 0) < 0)
		nonce = (unsigned long long)getpid();
	cb_buf_addf(&temporary, ".catbox-%016llx", nonce);
	fd = openat(dir, temporary.data, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	rc = fd < 0 || json_dumpfd(stats, fd, JSON_INDENT(2));
	json_decref(stats);
	if (!rc)
		rc = renameat(dir, temporary.data, dir, slash ? slash + 1 : path);
	if (rc) {
		rc = cb_error_sys(err, "cannot write the counters '%s'", path);
		if (fd >= 0)
			unlinkat(dir, temporary.data, 0);
	}
	return rc;
}
