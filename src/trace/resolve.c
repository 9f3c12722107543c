/* SPDX-License-Identifier: MIT */
/* Resolves a tracee's path: the kernel walks (openat2 without magic links),
 * and /proc/self/fd says the name. Only where that walk failed or would have
 * gone through procfs, where "self" is whoever asks, the careful one of walk.c
 * is taken. The last component is then looked at by itself. */
#include "trace/resolve.h"

#include "base/cleanup.h"
#include "linux/procname.h"
#include "linux/tracing.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

static const char deleted[] = " (deleted)";

int cb_resolver_init(struct cb_resolver *r, bool roots_vary, struct cb_error *err)
{
	CB_AUTO_FD int memfd = memfd_create("catbox", MFD_CLOEXEC);
	struct stat st;

	*r = (struct cb_resolver){ .self_fds = -1, .root = -1, .roots_vary = roots_vary };
	if (memfd >= 0 && !fstat(memfd, &st))
		r->memfd_dev = st.st_dev;
	r->self_fds = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (r->self_fds < 0)
		return cb_error_sys(err, "/proc/self/fd (is /proc mounted?)");
	r->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (r->root < 0)
		return cb_error_sys(err, "/");
	return 0;
}

void cb_resolver_destroy(struct cb_resolver *r)
{
	if (r->self_fds >= 0)
		close(r->self_fds);
	if (r->root >= 0)
		close(r->root);
	cb_buf_destroy(&r->rest);
	cb_buf_destroy(&r->link);
	cb_buf_destroy(&r->name);
}

void cb_place_let_go(struct cb_place *place)
{
	if (place->holds)
		close(place->fd);
	place->holds = false;
	if (place->in_dir)
		close(place->dir);
	place->in_dir = false;
}

void cb_place_destroy(struct cb_place *place)
{
	cb_place_let_go(place);
	cb_buf_destroy(&place->real);
}

/* readlink of a link whose text is a path. */
static int read_path(int dir, const char *name, struct cb_buf *out)
{
	ssize_t n;

	cb_buf_clear(out);
	n = readlinkat(dir, name, cb_buf_reserve(out, PATH_MAX), PATH_MAX);
	if (n < 0)
		return -errno;
	out->len = (size_t)n;
	out->data[n] = '\0';
	return 0;
}

/* The kernel appends " (deleted)" to names that are gone; so may a file be
 * called: then it is there. */
static void strip_deleted(struct cb_buf *path)
{
	size_t n = sizeof deleted - 1;
	struct stat st;

	if (path->len > n && !memcmp(path->data + path->len - n, deleted, n) &&
	    lstat(path->data, &st))
		cb_buf_truncate(path, path->len - n);
}

int cb_path_of_fd(struct cb_resolver *r, int fd, struct cb_buf *out)
{
	struct cb_proc_name name;
	int rc = read_path(r->self_fds, cb_proc_name_number(&name, fd), out);

	if (!rc)
		strip_deleted(out);
	return rc;
}

static int path_of_dir(struct cb_resolver *r, int fd, struct cb_buf *out)
{
	int rc = cb_path_of_fd(r, fd, out);

	return rc == -ENAMETOOLONG ? cb_long_path_of_fd(r, fd, out) : rc;
}

/* Recognised by the filesystem, never by the text of the link. */
static bool is_unnamed(const struct cb_resolver *r, int fd, const struct stat *st)
{
	struct statfs fs;

	if (st->st_dev == r->memfd_dev)
		return true;
	if (fstatfs(fd, &fs))
		return false;
	return fs.f_type == PIPEFS_MAGIC || fs.f_type == SOCKFS_MAGIC ||
	       fs.f_type == ANON_INODE_FS_MAGIC;
}

static void hold(struct cb_place *place, int *fd)
{
	place->holds = true;
	place->fd = cb_steal_fd(fd);
}

/* Fills place from an O_PATH descriptor of the thing itself. */
static int place_from_fd(struct cb_resolver *r, int *fd, unsigned flags, struct cb_place *place)
{
	int rc;

	if (fstat(*fd, &place->st))
		return -errno;
	place->exists = true;
	place->unnamed = is_unnamed(r, *fd, &place->st);
	rc = S_ISDIR(place->st.st_mode) ? path_of_dir(r, *fd, &place->real) :
					  cb_path_of_fd(r, *fd, &place->real);
	if (flags & CB_RESOLVE_HOLD)
		hold(place, fd);
	return rc;
}

/* The kernel refuses to show another's /proc entries: that tracee is opaque. */
static int opaque(int error)
{
	if (error == ENOENT || error == ESRCH)
		return CB_GONE;
	return error == EACCES || error == EPERM ? -EPERM : -error;
}

/* Opens /proc/TID/<what>; -EBADF if that descriptor of it is not open. */
static int open_of_tracee(pid_t tid, const char *what, int fd)
{
	struct cb_proc_name name;
	int got = open(fd >= 0 ? cb_proc_name_fd(&name, tid, fd) : cb_proc_name(&name, tid, what),
		       O_PATH | O_CLOEXEC);

	if (got >= 0)
		return got;
	if (errno == ENOENT && fd >= 0)
		return access(cb_proc_name(&name, tid, ""), F_OK) ? CB_GONE : -EBADF;
	return opaque(errno) == CB_GONE ? -ESRCH : opaque(errno);
}

static int open_base(pid_t tid, int dirfd)
{
	if (dirfd == AT_FDCWD)
		return open_of_tracee(tid, "cwd", -1);
	return dirfd < 0 ? -EBADF : open_of_tracee(tid, NULL, dirfd);
}

static int kernel_walk(int start, const char *path)
{
	struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_NO_MAGICLINKS,
	};

	return (int)syscall(SYS_openat2, start, path, &how, sizeof how);
}

static bool in_proc(const struct cb_buf *path)
{
	return !strncmp(path->data, "/proc", 5) && (!path->data[5] || path->data[5] == '/');
}

/* The directory that `path` names, from *start under root: a descriptor, or
 * -errno with the rest in place->real. On success real is its name. An empty
 * path is *start itself, which is then handed over. */
static int open_directory(struct cb_resolver *r, pid_t tid, int root, int *start,
			  const char *path, struct cb_place *place)
{
	int fd = -1;

	if (!*path && *start >= 0 && !path_of_dir(r, *start, &place->real))
		return cb_steal_fd(start);
	if (root == r->root) {
		fd = kernel_walk(*start, path);
		if (fd >= 0 && (path_of_dir(r, fd, &place->real) || cb_is_procfs(fd))) {
			close(fd);
			fd = -1;
		}
	}
	if (fd < 0) {
		fd = cb_walk(r, tid, root, *start, path, place);
		if (fd >= 0 && path_of_dir(r, fd, &place->real)) {
			close(fd);
			return -ENAMETOOLONG;
		}
	}
	return fd;
}

/* A path cut at its last component. */
struct cut {
	size_t dir;       /* bytes before the last component */
	const char *name; /* the last component, not terminated; "" for a root */
	size_t len;
	bool slash;
	enum cb_last last;
};

static struct cut cut_path(const char *path)
{
	size_t end = strlen(path), start;
	struct cut c = { 0 };

	while (end > 0 && path[end - 1] == '/')
		end--;
	c.slash = path[end] == '/';
	for (start = end; start > 0 && path[start - 1] != '/';)
		start--;
	c.dir = start;
	c.name = path + start;
	c.len = end - start;
	if (!c.len)
		c.last = CB_LAST_ROOT;
	else if (c.len == 1 && *c.name == '.')
		c.last = CB_LAST_DOT;
	else if (c.len == 2 && c.name[0] == '.' && c.name[1] == '.')
		c.last = CB_LAST_DOTDOT;
	return c;
}

/* One path from start: resolved to the end, or until its last component is a
 * symlink to follow: then *next is its text and *start the directory of it. */
struct lookup {
	struct cb_resolver *r;
	pid_t tid;
	int root;      /* borrowed */
	int start;     /* owned; -1 when the path is absolute, which starts at root */
	unsigned flags;
	int links;
	struct cb_place *place;
	struct cb_buf path; /* to resolve */
};

/* A path that names a directory by its whole: "/", ".", "..", "a/..". */
static int finish_directory(struct lookup *l)
{
	CB_AUTO_FD int fd = open_directory(l->r, l->tid, l->root, &l->start, l->path.data, l->place);

	if (fd < 0) {
		l->place->error = -fd;
		return 0;
	}
	l->place->exists = true;
	if (fstat(fd, &l->place->st))
		return -errno;
	if (l->flags & CB_RESOLVE_HOLD)
		hold(l->place, &fd);
	return 0;
}

static void append_name(struct cb_buf *real, const char *name)
{
	if (real->len != 1 || *real->data != '/')
		cb_buf_addc(real, '/');
	cb_buf_adds(real, name);
}

/* The process of a directory /proc/PID/fd or /proc/PID/task/TID/fd; else -1. */
static pid_t owner_of_link(const struct cb_buf *dir)
{
	char end[8];
	int pid, tid;

	if (sscanf(dir->data, "/proc/%d/%7s", &pid, end) == 2 && !strcmp(end, "fd"))
		return pid;
	if (sscanf(dir->data, "/proc/%d/task/%d/%7s", &pid, &tid, end) == 3 && !strcmp(end, "fd"))
		return pid;
	return -1;
}

/* Through a magic link: what it leads to has no path text of its own. */
static int finish_magic(struct lookup *l, int dir, const char *name)
{
	CB_AUTO_FD int fd = -1;

	l->place->via = owner_of_link(&l->place->real);
	if (cb_link_leaves_mounts(l->r, dir)) {
		append_name(&l->place->real, name);
		l->place->error = EACCES;
		return 0;
	}
	fd = openat(dir, name, O_PATH | O_CLOEXEC);
	if (fd < 0) {
		append_name(&l->place->real, name);
		l->place->error = errno;
		return 0;
	}
	return place_from_fd(l->r, &fd, l->flags, l->place);
}

/* Makes the text of the symlink `name` in `dir` the path to resolve. */
static int next_path(struct lookup *l, int *dir, const char *name)
{
	struct cb_buf text = CB_BUF_INIT;
	int rc = read_path(*dir, name, &text);

	if (rc || !text.len) {
		cb_buf_destroy(&text);
		return rc ? rc : -ENOENT;
	}
	if (l->place->slash)
		cb_buf_addc(&text, '/');
	cb_buf_destroy(&l->path);
	l->path = text;
	if (l->start >= 0)
		close(l->start);
	l->start = *text.data == '/' ? -1 : cb_steal_fd(dir);
	return 0;
}

/* What is called `name` in `dir`, itself. 0, or -1 and errno. */
static int look_at(const struct lookup *l, int dir, const char *name)
{
	CB_AUTO_FD int fd = -1;

	if (!(l->flags & CB_RESOLVE_HOLD))
		return fstatat(dir, name, &l->place->st, AT_SYMLINK_NOFOLLOW);
	fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &l->place->st))
		return -1;
	hold(l->place, &fd);
	return 0;
}

/* The directory of what is not there yet. */
static void hold_dir(const struct lookup *l, int *dir)
{
	if (!(l->flags & CB_RESOLVE_HOLD_DIR))
		return;
	l->place->in_dir = true;
	l->place->dir = cb_steal_fd(dir);
}

static bool follows(const struct lookup *l)
{
	if (l->flags & CB_RESOLVE_ENTRY)
		return false;
	return (l->flags & CB_RESOLVE_FOLLOW) || l->place->slash;
}

/* One round. Returns 0 when done, 1 to go on with the next path, or -errno. */
static int look_up(struct lookup *l)
{
	struct cut c = cut_path(l->path.data);
	struct cb_place *place = l->place;
	char name[PATH_MAX]; /* how long one may be is for the filesystem to say */
	CB_AUTO_FD int dir = -1;
	struct stat parent;

	place->slash |= c.slash;
	place->last = c.last;
	if (c.last != CB_LAST_NAME)
		return finish_directory(l);
	if (c.len >= sizeof name) {
		cb_buf_sets(&place->real, l->path.data);
		place->error = ENAMETOOLONG;
		return 0;
	}
	memcpy(name, c.name, c.len);
	name[c.len] = '\0';
	cb_buf_truncate(&l->path, c.dir);
	dir = open_directory(l->r, l->tid, l->root, &l->start, l->path.data, place);
	if (dir < 0) {
		append_name(&place->real, name);
		place->error = -dir;
		return 0;
	}
	if (look_at(l, dir, name)) {
		if (errno != ENOENT)
			place->error = errno;
		place->orphan = in_proc(&place->real) || (!fstat(dir, &parent) && !parent.st_nlink);
		append_name(&place->real, name);
		hold_dir(l, &dir);
		return 0;
	}
	if (S_ISLNK(place->st.st_mode) && follows(l)) {
		cb_place_let_go(place);
		/* "self" in /proc is a link whose text would be ours */
		if ((!strcmp(name, "self") || !strcmp(name, "thread-self")) &&
		    cb_is_proc_root(dir)) {
			cb_buf_adds(&l->path, name);
			return finish_directory(l);
		}
		if (cb_link_is_magic(dir))
			return finish_magic(l, dir, name);
		if (++l->links > CB_LINKS_MAX) {
			place->error = ELOOP;
			append_name(&place->real, name);
			return 0;
		}
		return next_path(l, &dir, name) ? -EIO : 1;
	}
	place->exists = true;
	append_name(&place->real, name);
	return 0;
}

static void reset(struct cb_place *place)
{
	struct cb_buf keep = place->real;

	cb_place_let_go(place);
	*place = (struct cb_place){ .real = keep };
	cb_buf_clear(&place->real);
}

static int open_root(struct cb_resolver *r, pid_t tid, int dirfd, unsigned flags, int *owned)
{
	int fd;

	if (flags & CB_RESOLVE_IN_ROOT)
		fd = open_base(tid, dirfd);
	else if (r->roots_vary)
		fd = open_of_tracee(tid, "root", -1);
	else
		return r->root;
	*owned = fd;
	return fd;
}

/* Errors of opening the tracee's base: gone, opaque, or the path's own. */
static int base_error(int error, const char *path, struct cb_place *place)
{
	if (error == -ESRCH)
		return CB_GONE;
	if (error == -EPERM)
		return -EPERM;
	cb_buf_sets(&place->real, path);
	place->error = -error;
	return 0;
}

int cb_resolve_path(struct cb_resolver *r, pid_t tid, int dirfd, const char *path,
		    unsigned flags, struct cb_place *place)
{
	struct lookup l = { .r = r, .tid = tid, .start = -1, .flags = flags, .place = place };
	CB_AUTO_FD int own_root = -1;
	int rc;

	reset(place);
	if (!*path) {
		if (flags & CB_RESOLVE_EMPTY)
			return cb_resolve_fd(r, tid, dirfd, flags, place);
		place->error = ENOENT;
		return 0;
	}
	l.root = open_root(r, tid, dirfd, flags, &own_root);
	if (l.root < 0)
		return base_error(l.root, path, place);
	if (*path != '/') {
		l.start = open_base(tid, dirfd);
		if (l.start < 0)
			return base_error(l.start, path, place);
	}
	cb_buf_sets(&l.path, path);
	do
		rc = look_up(&l);
	while (rc == 1);
	if (l.start >= 0)
		close(l.start);
	cb_buf_destroy(&l.path);
	return rc;
}

int cb_resolve_fd(struct cb_resolver *r, pid_t tid, int fd, unsigned flags,
		  struct cb_place *place)
{
	CB_AUTO_FD int opened = open_base(tid, fd);

	reset(place);
	if (opened < 0)
		return base_error(opened, "", place);
	return place_from_fd(r, &opened, flags, place);
}

int cb_resolve_constraint(pid_t tid, int dirfd, const char *path, unsigned long long open_flags,
			  unsigned long long resolve)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC | (open_flags & O_NOFOLLOW),
		.resolve = resolve,
	};
	CB_AUTO_FD int base = open_base(tid, dirfd);
	CB_AUTO_FD int fd = -1;

	if (base < 0)
		return 0;
	fd = (int)syscall(SYS_openat2, base, path, &how, sizeof how);
	if (fd >= 0)
		return 0;
	return errno == ELOOP || errno == EXDEV || errno == EAGAIN ? errno : 0;
}
