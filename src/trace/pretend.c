/* SPDX-License-Identifier: MIT */
/* Answers to stat(2) and its many forms, which are most of what is asked: the file is
 * looked at once, what is pretended is laid over it, and the result is written to where
 * the caller wants it. Where the disk says the same, the kernel answers. */
#include "trace/pretend.h"

#include "base/cleanup.h"
#include "linux/procname.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#ifndef STATX__RESERVED
#define STATX__RESERVED 0x80000000U
#endif
#define STAT_FLAGS (AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | AT_STATX_SYNC_TYPE)

static const struct cb_answer go_on = { .kind = CB_ANSWER_CONTINUE };

/* What root may have here is what our children could get at most. */
static uint64_t bounding_set(void)
{
	CB_AUTO_BUF struct cb_buf text = CB_BUF_INIT;
	const char *line;

	if (cb_buf_read_file(&text, AT_FDCWD, "/proc/self/status", 1 << 20))
		return 0;
	line = strstr(text.data, "\nCapBnd:");
	return line ? strtoull(line + 8, NULL, 16) : 0;
}

static uint64_t known_caps(void)
{
	CB_AUTO_BUF struct cb_buf text = CB_BUF_INIT;
	int last = cb_buf_read_file(&text, AT_FDCWD, "/proc/sys/kernel/cap_last_cap", 64) ? 0 :
			   atoi(text.data);

	return last > 0 && last < 63 ? (1ull << (last + 1)) - 1 : ~0ull;
}

struct cb_pretend *cb_pretend_new(const struct cb_settings *settings)
{
	struct cb_pretend *p;

	if (!settings->fake)
		return NULL;
	p = cb_calloc(1, sizeof *p);
	p->classes = settings->fake;
	p->keep_bits = settings->fake_keep_bits;
	p->view = (struct cb_fake_view){
		.map_owner = (settings->fake & CB_FAKE_CLASS_OWNER) && !settings->real_owner,
		.own_uid = geteuid(),
		.own_gid = getegid(),
	};
	p->state = cb_fake_state_new();
	cb_fake_creds_root(&p->root, bounding_set());
	p->known_caps = known_caps();
	return p;
}

static void expected_free(struct cb_expected *e)
{
	if (e->dir >= 0)
		close(e->dir);
	free(e->name);
	free(e->real);
	free(e);
}

void cb_pretend_free(struct cb_pretend *p)
{
	struct cb_pretender *who, *after;

	if (!p)
		return;
	HASH_ITER(hh, p->who, who, after) {
		HASH_DEL(p->who, who); /* NOLINT(clang-analyzer-unix.Malloc): as in forget() */
		cb_fake_creds_destroy(&who->creds);
		free(who);
	}
	while (p->expected) {
		struct cb_expected *e = p->expected;

		p->expected = e->next;
		expected_free(e);
	}
	cb_fake_creds_destroy(&p->root);
	cb_fake_state_free(p->state);
	free(p);
}

static void matters(void *ctx, const struct cb_fake_record *record)
{
	struct cb_pretend *p = ctx;

	p->xattrs |= record->xattrs > 0;
	p->devices |= record->fields & CB_FAKE_RDEV;
	p->setgid_dirs |= (record->fields & CB_FAKE_MODE) && (record->mode & S_ISGID);
}

void cb_pretend_loaded(struct cb_pretend *p)
{
	cb_fake_state_each(p->state, matters, p);
}

bool cb_pretend_look(const struct cb_pretend *p, int fd, struct statx *disk, struct statx *shown,
		     struct cb_fake_record **record)
{
	struct cb_fake_id id;

	if (statx(fd, "", AT_EMPTY_PATH, CB_FAKE_STATX, disk))
		return false;
	id = cb_fake_id_of(disk);
	*record = cb_fake_state_find(p->state, &id);
	*shown = *disk;
	cb_fake_show(&p->view, *record, shown);
	return true;
}

/* --- stat */

/* A question about a file, from its arguments. */
struct question {
	int dirfd;             /* or the descriptor that is meant */
	unsigned long long path; /* in the tracee; 0: the descriptor itself */
	bool follow;
	unsigned flags;        /* AT_ flags */
	unsigned mask;         /* of statx(2) */
	enum cb_fake_layout layout;
	unsigned long long out; /* where the answer goes in the tracee */
};

static bool take_layout(struct question *q, enum cb_role role, unsigned long long arg)
{
	switch (role) {
	case CB_ROLE_STAT:
		q->layout = CB_FAKE_LAYOUT_STAT;
		break;
	case CB_ROLE_STATX:
		q->layout = CB_FAKE_LAYOUT_STATX;
		break;
	case CB_ROLE_STAT_I386:
		q->layout = CB_FAKE_LAYOUT_STAT_I386;
		break;
	case CB_ROLE_STAT64:
		q->layout = CB_FAKE_LAYOUT_STAT64_I386;
		break;
	case CB_ROLE_STAT_OLD:
		q->layout = CB_FAKE_LAYOUT_OLD_STAT;
		break;
	default:
		return false;
	}
	q->out = arg;
	return true;
}

/* Since Linux 6.11 no path is the same as an empty one; before, it is a bad one. */
static bool null_is_empty(void)
{
	struct stat st;

	return !syscall(SYS_newfstatat, AT_FDCWD, NULL, &st, AT_EMPTY_PATH);
}

/* False: the kernel has an errno for these arguments. */
static bool take_question(struct question *q, const struct cb_syscall *row,
			  const struct cb_entry *entry)
{
	*q = (struct question){ .dirfd = AT_FDCWD, .mask = CB_FAKE_STATX };
	for (int i = 0; i < CB_ARGS; i++) {
		unsigned long long arg = entry->args[i];

		switch (row->role[i]) {
		case CB_ROLE_DIRFD:
		case CB_ROLE_FD:
			q->dirfd = (int)arg;
			break;
		case CB_ROLE_P_OLD:
			q->follow = true;
			q->path = arg;
			break;
		case CB_ROLE_L_OLD:
			q->path = arg;
			break;
		case CB_ROLE_ATFLAGS:
			q->flags = (unsigned)arg;
			break;
		case CB_ROLE_STATXMASK:
			q->mask = (unsigned)arg;
			break;
		default:
			take_layout(q, row->role[i], arg);
		}
	}
	if (q->flags & AT_SYMLINK_NOFOLLOW)
		q->follow = false;
	if (!q->path && cb_syscall_argument(row, CB_ROLE_FD) < 0 &&
	    (!(q->flags & AT_EMPTY_PATH) || !null_is_empty()))
		return false;
	return !(q->flags & ~STAT_FLAGS) && !(q->mask & STATX__RESERVED) &&
	       (q->flags & AT_STATX_SYNC_TYPE) != AT_STATX_SYNC_TYPE;
}

/* Files of procfs may mean the tracer where the tracee is meant. */
static bool may_be_procfs(int fd, const struct statx *stx)
{
	struct statfs fs;

	return !stx->stx_dev_major && (fstatfs(fd, &fs) || fs.f_type == PROC_SUPER_MAGIC);
}

static const char *name_of(struct cb_proc_name *name, pid_t tid, int dirfd)
{
	return dirfd == AT_FDCWD ? cb_proc_name(name, tid, "cwd") :
				   cb_proc_name_fd(name, tid, dirfd);
}

/* Behind a descriptor (or the cwd) of the tracee. */
static int look_behind(pid_t tid, const struct question *q, struct statx *stx)
{
	struct cb_proc_name name;

	if (q->dirfd < 0 && q->dirfd != AT_FDCWD)
		return -EBADF;
	return statx(AT_FDCWD, name_of(&name, tid, q->dirfd), (int)(q->flags & AT_STATX_SYNC_TYPE),
		     q->mask | CB_FAKE_STATX, stx) ? -errno : 0;
}

/* The kernel walks, as long as no magic link is on the way. */
static int look_fast(struct cb_run *run, pid_t tid, const struct question *q, const char *path,
		     struct statx *stx)
{
	struct open_how how = {
		.flags = (q->follow ? 0 : O_NOFOLLOW) | O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_NO_MAGICLINKS,
	};
	CB_AUTO_FD int base = -1;
	CB_AUTO_FD int fd = -1;
	struct cb_proc_name name;

	if (*path != '/') {
		base = open(name_of(&name, tid, q->dirfd), O_PATH | O_CLOEXEC);
		if (base < 0)
			return -errno;
	}
	fd = (int)syscall(SYS_openat2, *path == '/' ? run->resolver.root : base, path, &how,
			  sizeof how);
	if (fd < 0 || statx(fd, "", (int)(AT_EMPTY_PATH | (q->flags & AT_STATX_SYNC_TYPE)),
			    q->mask | CB_FAKE_STATX, stx))
		return -errno;
	return may_be_procfs(fd, stx) ? -EAGAIN : 0;
}

static int look_carefully(struct cb_run *run, pid_t tid, const struct question *q,
			  const char *path, struct statx *stx)
{
	struct cb_place *place = &run->call->operand[0].place;
	int rc = cb_resolve_path(&run->resolver, tid, q->dirfd, path,
				 (q->follow ? CB_RESOLVE_FOLLOW : 0) | CB_RESOLVE_HOLD, place);

	if (!rc && !place->holds)
		rc = -ENOENT;
	if (!rc && statx(place->fd, "", (int)(AT_EMPTY_PATH | (q->flags & AT_STATX_SYNC_TYPE)),
			 q->mask | CB_FAKE_STATX, stx))
		rc = -errno;
	cb_place_let_go(place);
	return rc;
}

/* Any failure is for the kernel to tell. */
static int look(struct cb_run *run, pid_t tid, const struct question *q, struct statx *stx)
{
	char path[PATH_MAX];
	int rc;

	if (!q->path)
		return look_behind(tid, q, stx);
	rc = cb_memory_string(&run->memory, tid, q->path, path, sizeof path);
	if (rc)
		return rc;
	if (!*path)
		return q->flags & AT_EMPTY_PATH ? look_behind(tid, q, stx) : -ENOENT;
	rc = run->resolver.roots_vary ? -EAGAIN : look_fast(run, tid, q, path, stx);
	if (rc == -ELOOP || rc == -EAGAIN || rc == -ENOSYS || rc == -EPERM)
		rc = look_carefully(run, tid, q, path, stx);
	return rc;
}

static int ask_stat(struct cb_run *run, pid_t tid, const struct cb_entry *entry,
		    const struct cb_found *found, struct cb_answer *answer)
{
	const struct cb_pretend *p = run->pretend;
	unsigned char out[CB_FAKE_LAYOUT_MAX];
	const struct cb_fake_record *record;
	struct cb_fake_id id;
	struct question q;
	struct statx stx;
	int size;

	if (!take_question(&q, found->row, entry) || look(run, tid, &q, &stx))
		return 0;
	id = cb_fake_id_of(&stx);
	record = cb_fake_state_find(p->state, &id);
	if (cb_fake_shows_disk(&p->view, record, &stx))
		return 0;
	cb_fake_show(&p->view, record, &stx);
	if (!(q.mask & STATX_BTIME)) { /* it was for us */
		stx.stx_mask &= ~STATX_BTIME;
		memset(&stx.stx_btime, 0, sizeof stx.stx_btime);
	}
	size = cb_fake_layout_put(q.layout, &stx, out);
	if (size > 0)
		size = cb_memory_write(&run->memory, tid, q.out, out, (size_t)size);
	if (size == CB_GONE)
		return CB_GONE;
	if (size != -EPERM)
		*answer = (struct cb_answer){ .kind = CB_ANSWER_RETURN, .value = size };
	return 0;
}

int cb_pretend_ask(struct cb_run *run, pid_t tid, const struct cb_entry *entry,
		   const struct cb_found *found, struct cb_answer *answer)
{
	*answer = go_on;
	switch (found->row->ask) {
	case CB_ASK_STAT:
		return ask_stat(run, tid, entry, found, answer);
	case CB_ASK_GETXATTR:
	case CB_ASK_LISTXATTR:
		return cb_pretend_ask_xattr(run, tid, entry, found, answer);
	case CB_ASK_DENTS:
		return cb_pretend_ask_dents(run, tid, entry, found, answer);
	default:
		return cb_pretend_ask_ids(run, tid, entry, found, answer);
	}
}

/* --- what was about to be made */

static bool is_it(const struct cb_expected *e, const struct statx *stx)
{
	if ((stx->stx_mode & S_IFMT) != e->type)
		return false;
	if (!(stx->stx_mask & STATX_BTIME))
		return true;
	return stx->stx_btime.tv_sec > e->since.tv_sec ||
	       (stx->stx_btime.tv_sec == e->since.tv_sec &&
		stx->stx_btime.tv_nsec >= e->since.tv_nsec);
}

static bool is_younger(const struct statx *a, const struct statx *b)
{
	return a->stx_btime.tv_sec > b->stx_btime.tv_sec ||
	       (a->stx_btime.tv_sec == b->stx_btime.tv_sec &&
		a->stx_btime.tv_nsec >= b->stx_btime.tv_nsec);
}

/* The youngest file without a name that whoever made it has open, and that nothing is
 * said of yet. */
static bool find_nameless(const struct cb_pretend *p, const struct cb_expected *e,
			  struct statx *youngest)
{
	struct cb_fake_id id;
	struct statx stx;
	bool found = false;
	struct cb_proc_name name;
	struct dirent *d;
	DIR *dir;

	dir = opendir(cb_proc_name(&name, e->tid, "fd"));
	while (dir && (d = readdir(dir))) {
		if (*d->d_name == '.' ||
		    statx(dirfd(dir), d->d_name, 0, CB_FAKE_STATX, &stx) || stx.stx_nlink)
			continue;
		id = cb_fake_id_of(&stx);
		if (!is_it(e, &stx) || cb_fake_state_find(p->state, &id) ||
		    (found && !is_younger(&stx, youngest)))
			continue;
		*youngest = stx;
		found = true;
	}
	if (dir)
		closedir(dir);
	return found;
}

static bool settle_one(struct cb_pretend *p, const struct cb_expected *e)
{
	struct cb_fake_record *r;
	struct cb_fake_id id;
	struct statx stx;
	bool found;

	if (e->name)
		found = !statx(e->dir, e->name, AT_SYMLINK_NOFOLLOW, CB_FAKE_STATX, &stx) &&
			is_it(e, &stx);
	else
		found = find_nameless(p, e, &stx);
	if (!found)
		return false;
	id = cb_fake_id_of(&stx);
	r = cb_fake_state_add(p->state, &id, e->real);
	r->fields |= e->fields;
	r->uid = e->uid;
	r->gid = e->gid;
	r->mode = e->mode;
	return true;
}

void cb_pretend_settle(struct cb_run *run, pid_t tid)
{
	struct cb_expected **at = &run->pretend->expected;

	while (*at) {
		struct cb_expected *e = *at;

		if (!settle_one(run->pretend, e) && e->tid != tid) {
			at = &e->next;
			continue;
		}
		*at = e->next;
		expected_free(e);
	}
}
