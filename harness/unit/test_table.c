/* SPDX-License-Identifier: MIT */
/* The table is well formed, and every row that changes something has cases in
 * the suites: one that is refused and one that is let through. */
#include "unit.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "linux/syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

static void rows_are_sorted(void)
{
	const struct cb_syscall *rows;
	size_t n;

	rows = cb_syscall_rows(&n);
	for (size_t i = 1; i < n; i++) {
		bool same = rows[i].number == rows[i - 1].number;

		CU_ASSERT_TRUE(rows[i].number >= rows[i - 1].number);
		if (same) /* only requests of one call share a number */
			CU_ASSERT_TRUE(rows[i].kind == CB_ROW_FORM || rows[i].kind == CB_ROW_WATCH);
	}
}

static void rows_say_what_they_are(void)
{
	const struct cb_syscall *rows;
	size_t n;

	rows = cb_syscall_rows(&n);
	for (size_t i = 0; i < n; i++) {
		bool judged = rows[i].kind == CB_ROW_CALL || rows[i].kind == CB_ROW_FORM;

		CU_ASSERT_EQUAL(judged, rows[i].effect != CB_EFFECT_NONE);
		CU_ASSERT_EQUAL(judged, rows[i].reason == NULL);
		CU_ASSERT_PTR_EQUAL(cb_syscall_by_name(rows[i].name), &rows[i]);
	}
}

/* Which calls are stopped, by their arguments. */
static void filter_conditions(void)
{
	static const struct {
		unsigned number;
		unsigned long long arg[CB_ARGS];
		struct cb_needs needs;
		const char *row; /* NULL: not stopped */
		enum cb_abi abi;
		const char *name; /* if it is not the row's */
	} cases[] = {
		{ 5, { 0, O_RDONLY }, { 0 }, NULL, CB_ABI_I386, NULL },
		{ 5, { 0, O_WRONLY }, { 0 }, "open", CB_ABI_I386, NULL },
		{ 2, { 0, O_WRONLY }, { 0 }, NULL, CB_ABI_I386, NULL },
		{ 182, { 0 }, { 0 }, "chown16", CB_ABI_I386, "chown" },
		{ 212, { 0 }, { 0 }, "chown", CB_ABI_I386, "chown32" },
		{ 22, { 0 }, { 0 }, "umount2", CB_ABI_I386, "umount" },
		{ 54, { 0, 0x40086602 }, { 0 }, "FS_IOC_SETFLAGS", CB_ABI_I386, "ioctl" },
		{ 54, { 0, 0x40046602 }, { 0 }, "FS_IOC32_SETFLAGS", CB_ABI_I386, "ioctl" },
		{ 16, { 0, 0x40046602 }, { 0 }, NULL, CB_ABI_X86_64, NULL },
		{ 221, { 0, 8 }, { 0 }, "F_SETOWN", CB_ABI_I386, "fcntl64" },
		{ 102, { 2 }, { 0 }, "socketcall", CB_ABI_I386, NULL },
		{ 1000, { 0 }, { 0 }, NULL, CB_ABI_X86_64, NULL },
		{ 62, { 1, 15 }, { 0 }, NULL, CB_ABI_OTHER, NULL },
		{ 257, { 0, 0, O_RDONLY }, { 0 }, NULL, CB_ABI_X86_64, NULL },
		{ 257, { 0, 0, O_RDONLY | O_DIRECTORY | O_NOFOLLOW }, { 0 }, NULL, CB_ABI_X86_64, NULL },
		{ 257, { 0, 0, O_WRONLY }, { 0 }, "openat", CB_ABI_X86_64, NULL },
		{ 257, { 0, 0, O_RDWR }, { 0 }, "openat", CB_ABI_X86_64, NULL },
		{ 257, { 0, 0, O_ACCMODE }, { 0 }, "openat", CB_ABI_X86_64, NULL },
		{ 257, { 0, 0, O_RDONLY | O_TRUNC }, { 0 }, "openat", CB_ABI_X86_64, NULL },
		{ 257, { 0, 0, O_RDONLY | O_CREAT }, { 0 }, "openat", CB_ABI_X86_64, NULL },
		{ 257, { 0, 0, O_TMPFILE | O_RDWR }, { 0 }, "openat", CB_ABI_X86_64, NULL },
		{ 257, { 0, 0, O_PATH | O_RDWR | O_CREAT }, { 0 }, NULL, CB_ABI_X86_64, NULL },
		{ 257, { 0, 0, 0x100000000ull | O_WRONLY }, { 0 }, "openat", CB_ABI_X86_64, NULL },
		{ 257, { 0, 0, O_RDONLY }, { .reads = true }, "openat", CB_ABI_X86_64, NULL },
		{ 437, { 0 }, { 0 }, "openat2", CB_ABI_X86_64, NULL },
		{ 21, { 0, 4 }, { 0 }, NULL, CB_ABI_X86_64, NULL },
		{ 21, { 0, 2 }, { 0 }, "access", CB_ABI_X86_64, NULL },
		{ 21, { 0, 4 }, { .reads = true }, "access", CB_ABI_X86_64, NULL },
		{ 21, { 0, 0 }, { .reads = true }, NULL, CB_ABI_X86_64, NULL },
		{ 62, { 1, 0 }, { 0 }, NULL, CB_ABI_X86_64, NULL },
		{ 62, { 1, 15 }, { 0 }, "kill", CB_ABI_X86_64, NULL },
		{ 62, { 1, 0 }, { .probes = true }, "kill", CB_ABI_X86_64, NULL },
		{ 105, { 0 }, { 0 }, "setuid", CB_ABI_X86_64, NULL },
		{ 23, { 0 }, { 0 }, "setuid16", CB_ABI_I386, "setuid" },
		{ 4, { 0 }, { .reads = true, .net = true }, NULL, CB_ABI_X86_64, NULL },
		{ 4, { 0 }, { .fake = true }, "stat", CB_ABI_X86_64, NULL },
		{ 332, { 0 }, { .fake = true }, "statx", CB_ABI_X86_64, NULL },
		{ 102, { 0 }, { 0 }, NULL, CB_ABI_X86_64, NULL },
		{ 102, { 0 }, { .fake = true }, "getuid", CB_ABI_X86_64, NULL },
		{ 24, { 0 }, { .fake = true }, "getuid16", CB_ABI_I386, "getuid" },
		{ 199, { 0 }, { .fake = true }, "getuid", CB_ABI_I386, "getuid32" },
		{ 195, { 0 }, { .fake = true }, "stat64", CB_ABI_I386, NULL },
		{ 106, { 0 }, { 0 }, NULL, CB_ABI_I386, NULL },
		{ 21, { 0, 1 }, { .fake = true }, "access", CB_ABI_X86_64, NULL },
		{ 257, { 0, 0, O_RDONLY }, { .fake = true }, NULL, CB_ABI_X86_64, NULL },
		{ 157, { 8, 1 }, { .fake = true }, "PR_SET_KEEPCAPS", CB_ABI_X86_64, NULL },
		{ 157, { 8, 1 }, { 0 }, NULL, CB_ABI_X86_64, NULL },
		{ 157, { 24, 0 }, { 0 }, "PR_CAPBSET_DROP", CB_ABI_X86_64, NULL },
		{ 62, { 1, 0x100000000ull }, { 0 }, "kill", CB_ABI_X86_64, NULL },
		{ 16, { 0, 0x5401 }, { 0 }, NULL, CB_ABI_X86_64, NULL },
		{ 16, { 0, 0x5412 }, { 0 }, "TIOCSTI", CB_ABI_X86_64, NULL },
		{ 16, { 0, 0x7700005412ull }, { 0 }, "TIOCSTI", CB_ABI_X86_64, NULL },
		{ 16, { 0, 0x40086602 }, { 0 }, "FS_IOC_SETFLAGS", CB_ABI_X86_64, NULL },
		{ 56, { 0x1200011 }, { 0 }, NULL, CB_ABI_X86_64, NULL },
		{ 56, { 0x10000000 }, { 0 }, "clone", CB_ABI_X86_64, NULL },
		{ 56, { 0x00800000 }, { 0 }, "clone", CB_ABI_X86_64, NULL },
		{ 44, { 0 }, { .net = true }, NULL, CB_ABI_X86_64, NULL },
		{ 44, { 0, 0, 0, 0, 1 }, { .net = true }, "sendto", CB_ABI_X86_64, NULL },
		{ 44, { 0, 0, 0, 0, 1 }, { 0 }, NULL, CB_ABI_X86_64, NULL },
		{ 42, { 0 }, { 0 }, NULL, CB_ABI_X86_64, NULL },
		{ 42, { 0 }, { .net = true }, "connect", CB_ABI_X86_64, NULL },
		{ 41, { 0 }, { .families = true }, "socket", CB_ABI_X86_64, NULL },
		{ 41, { 0 }, { .net = true }, NULL, CB_ABI_X86_64, NULL },
		{ 157, { 4, 0 }, { 0 }, "prctl", CB_ABI_X86_64, NULL },
		{ 157, { 3, 0 }, { 0 }, NULL, CB_ABI_X86_64, NULL },
		{ 317, { 1, 0 }, { 0 }, NULL, CB_ABI_X86_64, NULL },
		{ 317, { 1, 8 }, { 0 }, "seccomp", CB_ABI_X86_64, NULL },
		{ 0, { 0 }, { .reads = true, .net = true, .families = true }, NULL, CB_ABI_X86_64, NULL },
		{ 100000, { 0 }, { 0 }, NULL, CB_ABI_X86_64, NULL },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct cb_found found = cb_syscall_find(cases[i].abi, cases[i].number, cases[i].arg,
							&cases[i].needs);

		CU_ASSERT_STRING_EQUAL(found.row ? found.row->name : "-",
				       cases[i].row ? cases[i].row : "-");
		if (found.row && cases[i].name)
			CU_ASSERT_STRING_EQUAL(found.name, cases[i].name);
	}
}

static void read_suites(struct cb_buf *all)
{
	glob_t found;

	cb_buf_clear(all);
	if (glob("suites/*.yaml", 0, NULL, &found))
		return;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		CB_AUTO_BUF struct cb_buf one = CB_BUF_INIT;

		CU_ASSERT_EQUAL(cb_buf_read_file(&one, AT_FDCWD, found.gl_pathv[i], 16u << 20), 0);
		cb_buf_add(all, one.data, one.len);
	}
	globfree(&found);
}

static bool has_case(const struct cb_buf *suites, const char *row, const char *what)
{
	CB_AUTO_BUF struct cb_buf want = CB_BUF_INIT;

	cb_buf_addf(&want, "- name: %s %s", row, what);
	return strstr(suites->data, want.data);
}

/* What only i386 has is tried in the containment suites.
 * Rows that judge an open only when reads matter change nothing by themselves. */
static bool needs_cases(const struct cb_syscall *row)
{
	if (row->kind > CB_ROW_FORM || row->number >= CB_ONLY_I386 || (row->traits & CB_TRAIT_QUESTION))
		return false;
	return cb_effect_class(row->effect) == CB_CLASS_WRITE ||
	       cb_effect_class(row->effect) == CB_CLASS_SYSTEM || row->effect == CB_EFFECT_BIND;
}

/* A form that is answered and not done is never denied. */
static bool is_only_answered(const struct cb_syscall *row)
{
	return cb_syscall_argument(row, CB_ROLE_DUMPABLE) >= 0;
}

static void every_row_has_cases(void)
{
	CB_AUTO_BUF struct cb_buf suites = CB_BUF_INIT;
	const struct cb_syscall *rows;
	size_t n;

	read_suites(&suites);
	rows = cb_syscall_rows(&n);
	for (size_t i = 0; i < n; i++) {
		if (!needs_cases(&rows[i]))
			continue;
		if ((!is_only_answered(&rows[i]) && !has_case(&suites, rows[i].name, "denied")) ||
		    (!(rows[i].traits & CB_TRAIT_NEVER) &&
		     !has_case(&suites, rows[i].name, "allowed"))) {
			fprintf(stderr, "row %s: no case \"%s denied\" and \"%s allowed\" in suites/\n",
				rows[i].name, rows[i].name, rows[i].name);
			CU_FAIL("a row of syscalls.def has no suite case");
		}
	}
}

static void names_of_system_rules(void)
{
	static const char *const known[] = { "chroot", "mount", "fsopen", "namespace", "mknod",
					     "TIOCSTI", "kill" };
	static const char *const unknown[] = { "", "read", "openat", "mkdir", "nope", "ioctl2" };

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		CU_ASSERT_TRUE(cb_syscall_is_system_name(known[i]));
	for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
		CU_ASSERT_FALSE(cb_syscall_is_system_name(unknown[i]));
}

HN_UNIT_SUITE("table", { "rows are sorted by number", rows_are_sorted },
	   { "rows say what they are", rows_say_what_they_are },
	   { "what the filter stops", filter_conditions },
	   { "every row has suite cases", every_row_has_cases },
	   { "names that system: takes", names_of_system_rules });
