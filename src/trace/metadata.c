/* SPDX-License-Identifier: MIT */
/* Every call is made through /proc/self/fd/N of the file that was judged: that
 * works on what an O_PATH descriptor holds, symlinks included, while fchmod(2)
 * and futimens(3) on one are EBADF (open(2)). */
#include "trace/metadata.h"

#include "linux/memory.h"
#include "trace/as_tracee.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#define XATTR_VALUE_MAX 65536 /* XATTR_SIZE_MAX */
#define LAST_OF_5_11 441      /* epoll_pwait2: the newest call that every kernel here has */

bool cb_metadata_is(const struct cb_syscall *row)
{
	if (row->kind != CB_ROW_CALL)
		return false;
	return row->effect == CB_EFFECT_MODE || row->effect == CB_EFFECT_OWNER ||
	       row->effect == CB_EFFECT_TIME || row->effect == CB_EFFECT_XATTR;
}

struct work {
	const struct cb_call *call;
	char file[32];  /* /proc/self/fd/N */
	void *value;    /* of an extended attribute */
};

static long make(void *ctx)
{
	const struct work *w = ctx;
	const struct cb_call *c = w->call;
	int rc;

	switch (c->effect) {
	case CB_EFFECT_MODE:
		rc = chmod(w->file, c->mode & 07777);
		break;
	case CB_EFFECT_OWNER:
		rc = chown(w->file, c->uid, c->gid);
		break;
	case CB_EFFECT_TIME:
		rc = utimensat(AT_FDCWD, w->file, c->times_given ? c->times : NULL, 0);
		break;
	default:
		if (c->row->traits & CB_TRAIT_DELXATTR)
			rc = removexattr(w->file, c->xattr);
		else
			rc = setxattr(w->file, c->xattr, w->value, c->value_size,
				      (int)c->xattr_flags);
	}
	return rc ? -errno : 0;
}

/* A kernel without the call says so itself; nothing here is a valid argument. */
static bool kernel_has(const struct cb_syscall *row)
{
	return row->number <= LAST_OF_5_11 || syscall(row->number, -1, NULL, -1, NULL, NULL, 0) >= 0 ||
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
	snprintf(w.file, sizeof w.file, "/proc/self/fd/%d", place->fd);
	if (call->effect == CB_EFFECT_XATTR)
		*result = read_value(call, &w.value);
	if (!*result)
		done = cb_as_tracee(run, call->tid, make, &w, result);
	free(w.value);
	return done;
}
