/* SPDX-License-Identifier: MIT */
/* Where a path of a tracee leads: its canonical name, as the kernel says it,
 * and what is there. Judges nothing and changes nothing. */
#ifndef CB_TRACE_RESOLVE_H
#define CB_TRACE_RESOLVE_H

#include "base/buf.h"
#include "base/error.h"

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

/* What the last component of a path is. */
enum cb_last { CB_LAST_NAME, CB_LAST_DOT, CB_LAST_DOTDOT, CB_LAST_ROOT };

/* A resolved path. The buffer is reused from call to call. */
struct cb_place {
	struct cb_buf real; /* canonical path without final slash; "pipe:[7]" if it has none */
	struct stat st;     /* of what is there, if exists */
	bool holds;         /* fd is open, with O_PATH, on what st is about (CB_RESOLVE_HOLD) */
	int fd;             /* owned, if holds */
	bool in_dir;        /* dir is open, with O_PATH, on the directory of the last component
			     * (CB_RESOLVE_HOLD_DIR) */
	int dir;            /* owned, if in_dir */
	bool exists;
	bool slash;         /* the path as given ended with a slash */
	bool unnamed;       /* no path leads there: pipe, socket, memfd, anonymous inode */
	pid_t via;          /* whose link in procfs led there; 0: none did; -1: not one in fd/ */
	bool orphan;        /* nothing can be made there: a deleted directory, or procfs */
	enum cb_last last;
	int error;          /* positive errno of a walk that failed before the last component */
};

/* How to resolve. */
enum cb_resolve_flag {
	CB_RESOLVE_FOLLOW = 1 << 0,  /* follow a symlink in the last component */
	CB_RESOLVE_EMPTY = 1 << 1,   /* an empty path means the descriptor itself */
	CB_RESOLVE_IN_ROOT = 1 << 2, /* the descriptor is the root (RESOLVE_IN_ROOT) */
	CB_RESOLVE_HOLD = 1 << 4,    /* keep what is there open */
	CB_RESOLVE_HOLD_DIR = 1 << 5, /* keep the directory of a last component open */
	CB_RESOLVE_ENTRY = 1 << 3,   /* the directory entry itself: a slash behind it follows nothing */
};

struct cb_resolver {
	int self_fds;      /* /proc/self/fd; owned */
	int root;          /* our own root directory; owned */
	dev_t memfd_dev;   /* the device that memfds live on */
	bool roots_vary;   /* tracees may have another root than we */
	bool holds_more;   /* something is pretended: questions hold their files, and what
			    * makes files their directories */
	struct cb_buf rest, link, name; /* scratch of the walk */
};

int cb_resolver_init(struct cb_resolver *r, bool roots_vary, struct cb_error *err);
void cb_resolver_destroy(struct cb_resolver *r);
void cb_place_destroy(struct cb_place *place);

/* Closes what it holds. */
void cb_place_let_go(struct cb_place *place);

/* Fills *place. Returns 0 (see place->error), CB_GONE, or -EPERM when the
 * kernel lets us look neither at the tracee's cwd nor its descriptors. */
int cb_resolve_path(struct cb_resolver *r, pid_t tid, int dirfd, const char *path,
		    unsigned flags, struct cb_place *place);

/* What openat2's RESOLVE_ flags say to the path: the errno of breaking one of
 * them (ELOOP, EXDEV, ...), 0 if the path keeps to them or fails otherwise. */
int cb_resolve_constraint(pid_t tid, int dirfd, const char *path, unsigned long long open_flags,
			  unsigned long long resolve);

/* The same for an open descriptor; a bad one is error EBADF. AT_FDCWD is fine. */
int cb_resolve_fd(struct cb_resolver *r, pid_t tid, int fd, unsigned flags,
		  struct cb_place *place);

/* --- between resolve.c, walk.c and longpath.c */

/* Opens the directory `path` (may be "") from `start` under `root`, component
 * by component, as the tracee would see it. Returns a descriptor or -errno;
 * then place->real is what was resolved, and the rest is appended. */
int cb_walk(struct cb_resolver *r, pid_t tid, int root, int start, const char *path,
	    struct cb_place *place);

/* The path of an O_PATH descriptor into out. 0 or -errno. */
int cb_path_of_fd(struct cb_resolver *r, int fd, struct cb_buf *out);

/* The same for directories deeper than PATH_MAX, by climbing. */
int cb_long_path_of_fd(struct cb_resolver *r, int fd, struct cb_buf *out);

/* A link of that procfs directory (root, cwd, fd/N of a process) may lead into
 * other mounts than ours, where names mean something else: does it? */
bool cb_link_leaves_mounts(struct cb_resolver *r, int dir);

/* Is it (the root of) a procfs, wherever that is mounted? */
bool cb_is_procfs(int fd);
bool cb_is_proc_root(int fd);

/* Is it a magic link (in a process's directory of procfs)? `dir` holds it. */
bool cb_link_is_magic(int dir);

#define CB_LINKS_MAX 40 /* path_resolution(7) */

#endif
