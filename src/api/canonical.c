/* SPDX-License-Identifier: MIT */
/* catbox_canonical: how a process sees a path. */
#include "api/internal.h"

#include "base/cleanup.h"
#include "trace/resolve.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static int resolve(const char *path, bool follow, int pid, char **real, struct cb_error *err)
{
	struct cb_place place = { .real = CB_BUF_INIT };
	struct cb_resolver resolver;
	int rc = cb_resolver_init(&resolver, true, err);

	if (!rc) {
		rc = cb_resolve_path(&resolver, pid, AT_FDCWD, path,
				     follow ? CB_RESOLVE_FOLLOW : 0, &place);
		if (rc)
			rc = cb_error(err, rc < 0 ? -rc : ESRCH, "process %d cannot be looked "
				      "into", pid);
		else
			*real = cb_buf_steal(&place.real);
		cb_place_destroy(&place);
	}
	cb_resolver_destroy(&resolver);
	return rc;
}

int catbox_canonical(const char *path, bool follow, int pid, char **real,
		     struct catbox_error *err)
{
	struct cb_error inner = { 0 };
	int rc = 0;

	if (!*path || strlen(path) >= PATH_MAX)
		rc = cb_error(&inner, *path ? ENAMETOOLONG : ENOENT, *path ?
			      "the path is longer than the kernel takes" : "the path is empty");
	else if (pid < 0 || (pid && kill(pid, 0) && errno == ESRCH))
		rc = cb_error(&inner, ESRCH, "there is no process %d", pid);
	else
		rc = resolve(path, follow, pid ? pid : getpid(), real, &inner);
	return rc ? catbox_error_out(err, &inner) : 0;
}
