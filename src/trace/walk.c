/* SPDX-License-Identifier: MIT */
/* The careful walk: one component at a time, so that /proc/self and friends
 * mean the tracee and not us, absolute links start at the tracee's root, and
 * an error leaves the longest prefix that could be resolved. */
#include "trace/resolve.h"

#include "base/cleanup.h"
#include "linux/procname.h"
#include "trace/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <limits.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#define PROC_ROOT_INO 1

struct walk {
	struct cb_resolver *r;
	pid_t tid;
	int root;   /* borrowed */
	int here;   /* owned */
	int links;  /* symlinks followed so far */
};

bool cb_is_procfs(int fd)
{
	struct statfs fs;

	return !fstatfs(fd, &fs) && fs.f_type == PROC_SUPER_MAGIC;
}

bool cb_is_proc_root(int fd)
{
	struct stat st;

	return cb_is_procfs(fd) && !fstat(fd, &st) && st.st_ino == PROC_ROOT_INO;
}

bool cb_link_is_magic(int dir)
{
	return cb_is_procfs(dir) && !cb_is_proc_root(dir);
}

static bool same_link(const char *a, const char *b)
{
	char x[64], y[64];
	ssize_t n = readlink(a, x, sizeof x), m = readlink(b, y, sizeof y);

	return n > 0 && n == m && !memcmp(x, y, (size_t)n);
}

bool cb_link_leaves_mounts(struct cb_resolver *r, int dir)
{
	CB_AUTO_BUF struct cb_buf name = CB_BUF_INIT;
	struct cb_proc_name theirs;
	int pid;

	if (r->roots_vary) /* the policy lets the run have mounts of its own */
		return false;
	if (cb_path_of_fd(r, dir, &name) || sscanf(name.data, "/proc/%d", &pid) != 1)
		return true;
	return !same_link(cb_proc_name(&theirs, pid, "ns/mnt"), "/proc/self/ns/mnt");
}

static bool same_file(int a, int b)
{
	struct stat x, y;

	return !fstat(a, &x) && !fstat(b, &y) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static void enter(struct walk *w, int fd)
{
	close(w->here);
	w->here = fd;
}

/* Puts `text` and a slash before the components that are still to go. */
static void push(struct cb_resolver *r, const char *text)
{
	CB_AUTO_BUF struct cb_buf old = r->rest;

	r->rest = (struct cb_buf)CB_BUF_INIT;
	cb_buf_adds(&r->rest, text);
	cb_buf_addc(&r->rest, '/');
	cb_buf_add(&r->rest, old.data, old.len);
}

/* /proc/self and /proc/thread-self are whoever asks: say it for the tracee. */
static bool expand_self(struct walk *w, const char *name)
{
	char text[64];
	bool thread = !strcmp(name, "thread-self");

	if ((!thread && strcmp(name, "self")) || !cb_is_proc_root(w->here))
		return false;
	if (thread)
		snprintf(text, sizeof text, "%d/task/%d", cb_proc_tgid(w->tid), w->tid);
	else
		snprintf(text, sizeof text, "%d", cb_proc_tgid(w->tid));
	push(w->r, text);
	return true;
}

static int follow(struct walk *w, const char *name)
{
	char *to;
	ssize_t n;

	if (++w->links > CB_LINKS_MAX)
		return -ELOOP;
	if (cb_link_is_magic(w->here)) {
		int fd;

		if (cb_link_leaves_mounts(w->r, w->here))
			return -EACCES;
		fd = openat(w->here, name, O_PATH | O_CLOEXEC);
		if (fd < 0)
			return -errno;
		enter(w, fd);
		return 0;
	}
	cb_buf_clear(&w->r->link);
	to = cb_buf_reserve(&w->r->link, PATH_MAX);
	n = readlinkat(w->here, name, to, PATH_MAX);
	if (n < 0)
		return -errno;
	to[n] = '\0';
	if (*to == '/') {
		int fd = fcntl(w->root, F_DUPFD_CLOEXEC, 0);

		if (fd < 0)
			return -errno;
		enter(w, fd);
	}
	push(w->r, to);
	return 0;
}

static int step(struct walk *w, const char *name)
{
	struct stat st;
	int fd;

	if (!strcmp(name, "..") && same_file(w->here, w->root))
		return 0;
	if (expand_self(w, name))
		return 0;
	fd = openat(w->here, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st)) {
		close(fd);
		return -errno;
	}
	if (S_ISLNK(st.st_mode)) {
		close(fd);
		return follow(w, name);
	}
	enter(w, fd);
	return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

/* Takes the next component out of rest into name; false at the end. */
static bool next_component(struct cb_resolver *r)
{
	char *p = r->rest.data;
	size_t skip = strspn(p, "/"), n = strcspn(p + skip, "/");

	cb_buf_clear(&r->name);
	if (!n)
		return false;
	cb_buf_add(&r->name, p + skip, n);
	memmove(p, p + skip + n, r->rest.len - skip - n + 1);
	r->rest.len -= skip + n;
	return true;
}

/* After an error: what was reached, and the names that were not. */
static void unresolved(struct walk *w, struct cb_place *place, bool name_too)
{
	struct cb_resolver *r = w->r;

	if (cb_path_of_fd(r, w->here, &place->real))
		cb_buf_sets(&place->real, "");
	if (place->real.len == 1)
		cb_buf_clear(&place->real);
	while (name_too || next_component(r)) {
		cb_buf_addc(&place->real, '/');
		cb_buf_add(&place->real, r->name.data, r->name.len);
		name_too = false;
	}
}

int cb_walk(struct cb_resolver *r, pid_t tid, int root, int start, const char *path,
	    struct cb_place *place)
{
	struct walk w = { .r = r, .tid = tid, .root = root };

	w.here = fcntl(*path == '/' ? root : start, F_DUPFD_CLOEXEC, 0);
	if (w.here < 0)
		return -errno;
	cb_buf_sets(&r->rest, path);
	while (next_component(r)) {
		int rc = step(&w, r->name.data);

		if (rc) {
			/* at ENOTDIR the component itself has been entered */
			unresolved(&w, place, rc != -ENOTDIR);
			close(w.here);
			return rc;
		}
	}
	return w.here;
}
