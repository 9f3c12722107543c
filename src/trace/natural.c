/* SPDX-License-Identifier: MIT */
/* Natural errno first: what would have failed anyway fails with its own errno
 * and is no violation. Only errnos about names, types, arguments and state;
 * EACCES, EPERM and EROFS depend on who asks and where, and are left to the
 * policy. */
#include "trace/call.h"

#include "base/cleanup.h"
#include "trace/proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/xattr.h>


static bool is_natural(int error)
{
	return error != EACCES && error != EPERM && error != EROFS;
}

static bool is_dir(const struct cb_place *p)
{
	return p->exists && S_ISDIR(p->st.st_mode);
}

static bool has_entries(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *e;
	bool found = false;

	if (!dir)
		return false;
	while (!found && (e = readdir(dir)))
		found = strcmp(e->d_name, ".") && strcmp(e->d_name, "..");
	closedir(dir);
	return found;
}

static int existing(const struct cb_place *p)
{
	if (!p->exists)
		return ENOENT;
	return p->slash && !is_dir(p) ? ENOTDIR : 0;
}

static int new_name(const struct cb_call *call, const struct cb_place *p)
{
	if (p->exists || p->last != CB_LAST_NAME)
		return EEXIST;
	if (p->orphan || (p->slash && !(call->row->traits & CB_TRAIT_MAKEDIR)))
		return ENOENT;
	return 0;
}

static int unlinked(const struct cb_place *p)
{
	if (p->last != CB_LAST_NAME)
		return EISDIR;
	if (!p->exists)
		return ENOENT;
	if (is_dir(p))
		return EISDIR;
	return p->slash ? ENOTDIR : 0;
}

static int removed_dir(const struct cb_place *p)
{
	if (p->last == CB_LAST_DOT)
		return EINVAL;
	if (p->last == CB_LAST_DOTDOT)
		return ENOTEMPTY;
	if (p->last == CB_LAST_ROOT)
		return EBUSY;
	if (!p->exists)
		return ENOENT;
	if (!is_dir(p))
		return ENOTDIR;
	return has_entries(p->real.data) ? ENOTEMPTY : 0;
}

static int opened(const struct cb_call *call, const struct cb_place *p)
{
	unsigned flags = call->open_flags;
	bool creates = flags & O_CREAT, writes = (flags & O_ACCMODE) || (flags & O_TRUNC);

	if ((flags & CB_OPEN_TMPFILE) && (flags & O_ACCMODE) == O_RDONLY)
		return EINVAL;
	if (flags & CB_OPEN_TMPFILE)
		return !p->exists ? ENOENT : is_dir(p) ? 0 : ENOTDIR;
	if (creates && (flags & O_DIRECTORY)) /* since 6.4 */
		return EINVAL;
	if (creates && p->last != CB_LAST_NAME)
		return flags & O_EXCL ? EEXIST : EISDIR;
	if (creates && p->slash)
		return EISDIR;
	if (!p->exists)
		return creates && !p->orphan ? 0 : ENOENT;
	if (creates && (flags & O_EXCL))
		return EEXIST;
	if (S_ISLNK(p->st.st_mode))
		return ELOOP;
	if (is_dir(p))
		return writes || creates ? EISDIR : 0;
	if ((flags & O_DIRECTORY) || p->slash)
		return ENOTDIR;
	return S_ISSOCK(p->st.st_mode) ? ENXIO : 0;
}

/* Is `path` below the directory `dir`? */
static bool is_below(const struct cb_buf *path, const struct cb_buf *dir)
{
	return path->len > dir->len && !memcmp(path->data, dir->data, dir->len) &&
	       path->data[dir->len] == '/';
}

static int renamed(const struct cb_call *call)
{
	const struct cb_place *from = &call->operand[0].place, *to = &call->operand[1].place;
	unsigned flags = call->rename_flags;
	bool exchange = flags & RENAME_EXCHANGE;

	if (flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE | RENAME_WHITEOUT) ||
	    (exchange && (flags & (RENAME_NOREPLACE | RENAME_WHITEOUT))))
		return EINVAL;
	if (from->error || to->error)
		return from->error ? from->error : to->error;
	if (from->last != CB_LAST_NAME)
		return EBUSY;
	if (to->last != CB_LAST_NAME)
		return flags & RENAME_NOREPLACE ? EEXIST : EBUSY;
	if (!from->exists)
		return ENOENT;
	if ((flags & RENAME_NOREPLACE) && to->exists)
		return EEXIST;
	if ((exchange && !to->exists) || to->orphan)
		return ENOENT;
	if ((from->slash && !is_dir(from)) || (to->slash && !is_dir(exchange ? to : from)))
		return ENOTDIR;
	if (is_dir(from) && is_below(&to->real, &from->real))
		return EINVAL;
	if (is_dir(to) && is_below(&from->real, &to->real))
		return exchange ? EINVAL : ENOTEMPTY;
	if (exchange || !to->exists)
		return 0;
	if (is_dir(from) != is_dir(to))
		return is_dir(to) ? EISDIR : ENOTDIR;
	return is_dir(to) && has_entries(to->real.data) ? ENOTEMPTY : 0;
}

static int behind_fd(const struct cb_call *call, const struct cb_operand *o)
{
	int flags = cb_proc_fd_flags(call->tid, o->dirfd);

	if (o->dirfd == AT_FDCWD)
		return 0;
	if (flags < 0)
		return EBADF;
	return flags & O_PATH ? EBADF : 0; /* none to work on (open(2)) */
}

static int operand_errno(const struct cb_call *call, const struct cb_operand *o)
{
	const struct cb_place *p = &o->place;

	if (p->error)
		return p->error;
	if (!o->has_path)
		return behind_fd(call, o);
	switch (o->role) {
	case CB_ROLE_P_OPEN:
		return opened(call, p);
	case CB_ROLE_L_NEW:
		return new_name(call, p);
	case CB_ROLE_L_UNLINK:
		return unlinked(p);
	case CB_ROLE_L_RMDIR:
		return removed_dir(p);
	case CB_ROLE_P_SHOWDIR:
		return p->exists && !is_dir(p) ? ENOTDIR : existing(p);
	case CB_ROLE_P_FILE:
		if (is_dir(p))
			return EISDIR;
		return !p->exists ? ENOENT : S_ISREG(p->st.st_mode) ? existing(p) : EINVAL;
	default:
		return existing(p);
	}
}

static int xattr_errno(const struct cb_call *call)
{
	const char *real = call->operand[0].place.real.data;
	bool must_exist = (call->row->traits & CB_TRAIT_DELXATTR) ||
			  (call->xattr_flags & XATTR_REPLACE);
	bool there;

	if (!call->xattr[0])
		return ERANGE;
	there = lgetxattr(real, call->xattr, NULL, 0) >= 0;
	if (there)
		return call->xattr_flags & XATTR_CREATE ? EEXIST : 0;
	return must_exist && (errno == ENODATA || errno == EOPNOTSUPP) ? errno : 0;
}

/* What openat2 was told about the ways a path may take. */
static int constraint_errno(const struct cb_call *call)
{
	const struct cb_operand *o = &call->operand[0];

	if (!call->how.resolve || !call->operands)
		return 0;
	return cb_resolve_constraint(call->tid, o->dirfd, o->path, call->open_flags,
				     call->how.resolve);
}

int cb_call_operand_errno(const struct cb_call *call)
{
	int error = cb_call_argument_errno(call);

	if (!error)
		error = constraint_errno(call);
	if (!error && call->operands == 2 && call->operand[0].role == CB_ROLE_L_FROM)
		error = renamed(call);
	if (!error && call->effect == CB_EFFECT_MODE && call->operands == 1 &&
	    call->operand[0].place.exists && S_ISLNK(call->operand[0].place.st.st_mode) &&
	    !call->operand[0].place.slash)
		error = EOPNOTSUPP; /* a symlink has no mode of its own (fchmodat(2)) */
	for (int i = 0; i < call->operands && !error; i++)
		if (call->operand[i].role != CB_ROLE_L_FROM && call->operand[i].role != CB_ROLE_L_TO)
			error = operand_errno(call, &call->operand[i]);
	return error;
}

int cb_call_natural_errno(const struct cb_call *call)
{
	int error = cb_call_operand_errno(call);

	if (!error && (call->row->traits & (CB_TRAIT_SETXATTR | CB_TRAIT_DELXATTR)))
		error = xattr_errno(call);
	/* a socket's name that is taken has an errno of its own (unix(7)) */
	if (error == EEXIST && call->has_address)
		error = EADDRINUSE;
	return is_natural(error) ? error : 0;
}
