/* SPDX-License-Identifier: MIT */
/* The programs as they were made from the table, and loading them. */
#include "linux/filter.h"

#include "base/buf.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* the kernel only reads it, though the type does not say so */
#define PROGRAM(code) { sizeof(code) / sizeof *(code), (struct sock_filter *)(code) }

#include "linux/filters.inc"

struct cb_filter cb_filter_of(const struct cb_needs *needs)
{
	return (struct cb_filter){ PROGRAM(known), programs[cb_filter_index(needs)] };
}

/* valgrind 3.19 answers ENOSYS to seccomp(2) and lets prctl(2) through */
static int load(const struct sock_fprog *prog)
{
	if (!syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, prog))
		return 0;
	if (errno != ENOSYS)
		return -errno;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, prog) ? -errno : 0;
}

int cb_filter_load(const struct cb_filter *filter)
{
	int rc;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	rc = load(&filter->known);
	return rc ? rc : load(&filter->judged);
}

struct cb_filter cb_filter_asking(const struct cb_filter *filter)
{
	size_t size = filter->judged.len * sizeof(struct sock_filter);
	struct cb_filter asking = *filter;
	struct sock_filter *code = cb_calloc(1, size);

	memcpy(code, filter->judged.filter, size);
	for (size_t i = 0; i < filter->judged.len; i++)
		if (code[i].code == (BPF_RET | BPF_K) &&
		    (code[i].k & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_TRACE)
			code[i].k = SECCOMP_RET_USER_NOTIF;
	asking.judged.filter = code;
	return asking;
}

void cb_filter_destroy(struct cb_filter *asking)
{
	free(asking->judged.filter);
	asking->judged = (struct sock_fprog){ 0, NULL };
}

int cb_filter_listen(const struct sock_fprog *program, bool *wait_killable)
{
	unsigned long flags = SECCOMP_FILTER_FLAG_NEW_LISTENER;
	long fd = -1;

	if (*wait_killable)
		fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
			     flags | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, program);
	if (fd < 0 && (!*wait_killable || errno == EINVAL)) {
		*wait_killable = false;
		fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, program);
	}
	return fd < 0 ? -errno : (int)fd;
}

int cb_filter_load_listener(const struct cb_filter *asking, bool *wait_killable)
{
	int rc;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	rc = load(&asking->known);
	return rc ? rc : cb_filter_listen(&asking->judged, wait_killable);
}
