/* SPDX-License-Identifier: MIT */
/* Paths as this very process sees them, in the scratch directory: a byte of
 * flags, a byte that chooses the descriptor, the path. The kernel is asked the
 * same, and must agree. */
#include "fuzz.h"

#include "base/cleanup.h"
#include "trace/resolve.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel counts all symlinks of a path, the resolver each walk by itself and
 * "self" not at all; it takes so many bytes to name more than 40. */
#define MANY_LINKS 80

struct question {
	int dirfd;
	const char *path;
	unsigned flags; /* enum cb_resolve_flag */
};

/* What the kernel says: a descriptor, or -errno. */
static int ask_kernel(const struct question *q)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC };
	int fd;

	if (!(q->flags & CB_RESOLVE_FOLLOW) || (q->flags & CB_RESOLVE_ENTRY))
		how.flags |= O_NOFOLLOW;
	if (q->flags & CB_RESOLVE_IN_ROOT)
		how.resolve = RESOLVE_IN_ROOT;
	fd = (int)syscall(SYS_openat2, q->dirfd, q->path, &how, sizeof how);
	return fd < 0 ? -errno : fd;
}

static bool same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* A name that ends in a slash must be a directory: the resolver says what is
 * there and leaves that to natural errnos. It also looks at the length of the
 * last name first. */
static bool error_agrees(const struct cb_place *p, int error)
{
	if (p->error == ENAMETOOLONG)
		return true;
	switch (error) {
	case ENOENT:
		return p->error == ENOENT || (!p->error && !p->exists);
	case ENOTDIR:
		return p->error == ENOTDIR ||
		       (!p->error && p->exists && p->slash && !S_ISDIR(p->st.st_mode));
	case ELOOP:
	case ENAMETOOLONG:
	case EBADF:
		return p->error == error;
	default: /* permission, and whatever else depends on more than the path */
		return true;
	}
}

static bool agrees(const struct cb_place *p, const struct question *q)
{
	CB_AUTO_FD int fd = ask_kernel(q);
	struct stat st;

	if (fd == -ELOOP && strlen(q->path) >= MANY_LINKS)
		return true;
	if (fd < 0)
		return error_agrees(p, -fd);
	return !p->error && p->exists && !fstat(fd, &st) && same(&st, &p->st);
}

/* The canonical name leads there without any symlink. */
static bool name_leads_there(const struct cb_place *p)
{
	struct stat st;

	if (!p->exists || p->unnamed)
		return true;
	return !lstat(p->real.data, &st) && same(&st, &p->st);
}

static bool is_canonical(const char *name)
{
	size_t len = strlen(name);

	return *name == '/' && !strstr(name, "//") && !strstr(name, "/./") &&
	       !strstr(name, "/../") && (len == 1 || name[len - 1] != '/');
}

/* Entries of procfs are made anew at each look, and descriptors come and go here. */
static bool is_steady(const struct question *q, const struct cb_place *p)
{
	return !strstr(q->path, "fd") && strncmp(p->real.data, "/proc", 5) && strncmp(p->real.data, "/dev", 4) && !p->via;
}

/* Where the kernel is asked something else than the resolver is: an empty path
 * with leave to be one; a slash behind a name that is made or removed. */
static bool is_comparable(const struct question *q, const struct cb_place *p)
{
	return (*q->path || !(q->flags & CB_RESOLVE_EMPTY)) &&
	       !((q->flags & CB_RESOLVE_ENTRY) && p->slash);
}

/* The kernel refuses a root that is no directory, and the resolver leaves that to it. */
static bool root_is_odd(const struct question *q)
{
	struct stat st;

	return (q->flags & CB_RESOLVE_IN_ROOT) && q->dirfd != AT_FDCWD &&
	       (fstat(q->dirfd, &st) || !S_ISDIR(st.st_mode));
}

static bool holds(struct cb_resolver *r, const struct question *q, struct cb_place *p)
{
	if (cb_resolve_path(r, getpid(), q->dirfd, q->path, q->flags, p))
		return false;
	FZ_HOLDS(p->real.data);
	if (!is_steady(q, p) || root_is_odd(q))
		return true;
	if (!p->error && !p->unnamed && (!is_canonical(p->real.data) || !name_leads_there(p)))
		return false;
	return !is_comparable(q, p) || agrees(p, q);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fz_enter_scratch();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fz_input in = { data, size };
	struct question q = { .flags = fz_byte(&in) & 31u };
	CB_AUTO_FREE char *path = NULL;
	struct cb_place place = { .real = CB_BUF_INIT };
	struct cb_resolver r;

	q.dirfd = fz_descriptor(fz_byte(&in));
	path = fz_text(&in);
	if (strlen(path) >= PATH_MAX)
		return 0;
	q.path = path;
	FZ_HOLDS(!cb_resolver_init(&r, false, NULL));
	/* the machine may change below us: twice in a row it does not */
	if (!holds(&r, &q, &place))
		FZ_HOLDS(holds(&r, &q, &place));
	cb_resolve_constraint(getpid(), q.dirfd, path, O_NOFOLLOW, fz_byte(&in));
	FZ_HOLDS(!cb_resolve_fd(&r, getpid(), q.dirfd, 0, &place));
	cb_place_destroy(&place);
	cb_resolver_destroy(&r);
	return 0;
}
