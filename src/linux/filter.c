/* SPDX-License-Identifier: MIT */
/* The programs as they were made from the table, and loading them. */
#include "linux/filter.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* the kernel only reads it, though the type does not say so */
#define PROGRAM(code) { sizeof(code) / sizeof *(code), (struct sock_filter *)(code) }

#include "linux/filters.inc"

struct cb_filter cb_filter_of(const struct cb_needs *needs)
{
	unsigned i = 0;
	struct cb_needs of;

	do
		of = cb_filter_needs(i);
	while ((of.reads != needs->reads || of.net != needs->net ||
		of.families != needs->families || of.probes != needs->probes ||
		of.fake != needs->fake) && ++i < CB_FILTERS);
	return (struct cb_filter){ PROGRAM(known), programs[i] };
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
