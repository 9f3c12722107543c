/* SPDX-License-Identifier: MIT */
/* Every call is made through /proc/self/fd/N of the file that was judged: that
 * works on what an O_PATH descriptor holds, symlinks included, while fchmod(2)
 * and futimens(3) on one are EBADF (open(2)). */
#include "trace/metadata.h"

#include "base/cleanup.h"
#include "linux/memory.h"
#include "linux/procname.h"
#include "trace/as_tracee.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#define XATTR_VALUE_MAX 65536 /* XATTR_SIZE_MAX */
#define LAST_OF_5_11 441      /* epoll_pwait2: the newest call that every kernel here has */

bool cb_metadata_is(const struct cb_syscall *row)
{
	if (row->effect == CB_EFFECT_FLAGS)
		return cb_syscall_argument(row, CB_ROLE_FLAGS) >= 0 ||
		       cb_syscall_argument(row, CB_ROLE_FSXATTR) >= 0 ||
		       cb_syscall_argument(row, CB_ROLE_FILEATTR) >= 0;
	return row->effect == CB_EFFECT_MODE || row->effect == CB_EFFECT_OWNER ||
	       row->effect == CB_EFFECT_TIME || row->effect == CB_EFFECT_XATTR;
}

struct work {
	const struct cb_call *call;
	struct cb_proc_name file; /* /proc/self/fd/N */
	void *value;    /* of an attribute, or flags */
	bool undone;    /* it can only be done by who has the file open */
};

/* Flags are set through a descriptor that was opened, or by path since Linux 6.17. */
static int set_flags(struct work *w)
{
	const struct cb_call *c = w->call;
	bool is_file = S_ISREG(c->operand[0].place.st.st_mode) ||
		       S_ISDIR(c->operand[0].place.st.st_mode);
	CB_AUTO_FD int fd = -1;

	if (c->row->kind == CB_ROW_CALL)
		return (int)syscall(c->row->number, AT_FDCWD, w->file.text, w->value, c->value_size, 0);
	if (!is_file) { /* nothing else has flags, and opening it could do something */
		errno = ENOTTY;
		return -1;
	}
	fd = open(w->file.text, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	w->undone = fd < 0;
	if (w->undone)
		return 0;
	return ioctl(fd, cb_syscall_argument(c->row, CB_ROLE_FLAGS) >= 0 ? FS_IOC_SETFLAGS :
									  FS_IOC_FSSETXATTR, w->value);
}

static long make(void *ctx)
{
	struct work *w = ctx;
	const struct cb_call *c = w->call;
	int rc;

	switch (c->effect) {
	case CB_EFFECT_MODE:
		rc = chmod(w->file.text, c->mode & 07777);
		break;
	case CB_EFFECT_OWNER:
		rc = chown(w->file.text, c->uid, c->gid);
		break;
	case CB_EFFECT_TIME:
		rc = utimensat(AT_FDCWD, w->file.text, c->times_given ? c->times : NULL, 0);
		break;
	case CB_EFFECT_FLAGS:
		rc = set_flags(w);
		break;
	default:
		if (c->row->traits & CB_TRAIT_DELXATTR)
			rc = removexattr(w->file.text, c->xattr);
		else
			rc = setxattr(w->file.text, c->xattr, w->value, c->value_size,
				      (int)c->xattr_flags);
	}
	return rc ? -errno : 0;
}

/* A kernel without the call says so itself; nothing here is a valid argument. */
static bool kernel_has(const struct cb_syscall *row)
{
	return row->number <= LAST_OF_5_11 || row->number >= CB_ONLY_I386 ||
	       syscall(row->number, -1, NULL, -1, NULL, NULL, 0) >= 0 ||
	       errno != ENOSYS;
}

/* 0, CB_GONE, or a negative errno that the kernel would say. */
static int read_value(const struct cb_call *call, void **value)
{
	int rc;

	*value = NULL;
	if (!call->value_size)
		return 0;
	if (call->value_size > XATTR_VALUE_MAX)
		return -E2BIG;
	*value = cb_alloc(call->value_size);
	rc = cb_memory_read(call->memory, call->tid, call->value, *value, call->value_size);
	return rc == CB_GONE ? -EFAULT : rc;
}

bool cb_metadata_carry_out(struct cb_run *run, const struct cb_call *call, long *result)
{
	const struct cb_place *place = &call->operand[0].place;
	struct work w = { .call = call };
	bool done = true;

	if (!kernel_has(call->row))
		return false;
	*result = -cb_call_operand_errno(call);
	if (*result)
		return true;
	if (!place->holds) /* nothing is there that could be changed */
		return false;
	cb_proc_name_own(&w.file, place->fd);
	if (call->effect == CB_EFFECT_XATTR || call->effect == CB_EFFECT_FLAGS)
		*result = read_value(call, &w.value);
	if (!*result)
		done = cb_as_tracee(run, call->tid, make, &w, result);
	free(w.value);
	return done && !w.undone;
}
