/* SPDX-License-Identifier: MIT */
/* Names of files of /proc. */
#include "unit.h"

#include "linux/procname.h"

#include <limits.h>
#include <string.h>

static void threads(void)
{
	static const struct {
		pid_t tid;
		const char *file, *name;
	} cases[] = {
		{ 1, "exe", "/proc/1/exe" },
		{ 4194304, "ns/user", "/proc/4194304/ns/user" },
		{ INT_MAX, "task", "/proc/2147483647/task" },
		{ 10, "", "/proc/10" },
		{ 0, "status", "/proc/thread-self/status" },
		{ 0, "", "/proc/thread-self" },
	};
	struct cb_proc_name n;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		CU_ASSERT_STRING_EQUAL(cb_proc_name(&n, cases[i].tid, cases[i].file), cases[i].name);
}

static void descriptors(void)
{
	struct cb_proc_name n;

	CU_ASSERT_STRING_EQUAL(cb_proc_name_fd(&n, 12, 0), "/proc/12/fd/0");
	CU_ASSERT_STRING_EQUAL(cb_proc_name_fd(&n, 12, -100), "/proc/12/fd/-100");
	CU_ASSERT_STRING_EQUAL(cb_proc_name_fd(&n, INT_MAX, INT_MIN),
			       "/proc/2147483647/fd/-2147483648");
	CU_ASSERT_STRING_EQUAL(cb_proc_name_fdinfo(&n, 0, INT_MAX),
			       "/proc/thread-self/fdinfo/2147483647");
	CU_ASSERT_STRING_EQUAL(cb_proc_name_own(&n, 10), "/proc/self/fd/10");
}

static void too_long(void)
{
	struct cb_proc_name n;
	char file[4 * CB_PROC_FILE_MAX];

	memset(file, 'x', sizeof file);
	file[sizeof file - 1] = '\0';
	CU_ASSERT_EQUAL(strlen(cb_proc_name(&n, INT_MAX, file)),
			strlen("/proc/2147483647/") + CB_PROC_FILE_MAX);
}

HN_UNIT_SUITE("procname", { "of threads", threads }, { "of descriptors", descriptors },
	      { "too long", too_long });
