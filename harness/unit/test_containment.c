/* SPDX-License-Identifier: MIT */
/* The proof of containment is complete: for every judged row of the table the
 * suites have an attempt by every way to make a call, with a control run that shows
 * what it does without the sandbox. What cannot be attempted is listed here, with
 * the reason. */
#include "unit.h"

#include "base/cleanup.h"
#include "linux/syscalls.h"
#include "suite.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>

#define SUITES 64

static const char *const ways[] = { "raw", "libc", "static", "thread", "vfork", "daemon", "i386" };

/* A way in which a row cannot be attempted. */
struct exemption {
	const char *row, *way, *reason;
};

#define NO_NAME "libseccomp of Debian 12 cannot name it for i386, so that it is ENOSYS"
#define NO_WRAPPER "the C library of Debian 12 has no wrapper"

static const struct exemption exempt[] = {
	{ "openat2", "libc", NO_WRAPPER },
	{ "fchmodat2", "libc", NO_WRAPPER },
	{ "setxattrat", "libc", NO_WRAPPER },
	{ "removexattrat", "libc", NO_WRAPPER },
	{ "file_setattr", "libc", NO_WRAPPER },
	{ "pivot_root", "libc", NO_WRAPPER },
	{ "open_tree_attr", "libc", NO_WRAPPER },
	{ "kexec_load", "libc", NO_WRAPPER },
	{ "kexec_file_load", "libc", NO_WRAPPER },
	{ "init_module", "libc", NO_WRAPPER },
	{ "finit_module", "libc", NO_WRAPPER },
	{ "delete_module", "libc", NO_WRAPPER },
	{ "quotactl_fd", "libc", NO_WRAPPER },
	{ "bpf", "libc", NO_WRAPPER },
	{ "perf_event_open", "libc", NO_WRAPPER },
	{ "tkill", "libc", NO_WRAPPER },
	{ "rt_tgsigqueueinfo", "libc", "its wrapper takes threads of the caller only" },
	{ "kcmp", "libc", NO_WRAPPER },
	{ "migrate_pages", "libc", NO_WRAPPER },
	{ "move_pages", "libc", NO_WRAPPER },
	{ "ioprio_set", "libc", NO_WRAPPER },
	{ "sched_setattr", "libc", NO_WRAPPER },
	{ "seccomp", "libc", NO_WRAPPER },
	{ "kexec_file_load", "i386", "i386 has no such call" },
	{ "setxattrat", "i386", NO_NAME },
	{ "removexattrat", "i386", NO_NAME },
	{ "file_setattr", "i386", NO_NAME },
	{ "open_tree_attr", "i386", NO_NAME },
};

/* Calls of i386 that the table of x86-64 does not have. */
static const char *const only_i386[] = {
	"chown32", "lchown32", "fchown32", "truncate64", "utimensat_time64", "umount", "stime",
	"clock_settime64", "clock_adjtime64", "fcntl64.setown", "fcntl64.setownex",
	"socketcall.socket", "socketcall.connect", "socketcall.bind", "socketcall.listen", "socketcall.sendto",
	"socketcall.sendmsg", "socketcall.sendmmsg", "FS_IOC32_SETFLAGS", "FS_IOC32_SETVERSION",
	"EXT4_IOC32_SETVERSION",
};

struct loaded {
	struct hn_suite *suites[SUITES];
	size_t count;
};

static void load(struct loaded *all)
{
	glob_t found;

	all->count = 0;
	if (glob("suites/containment*.yaml", 0, NULL, &found)) {
		CU_FAIL("there are no suites of containment");
		return;
	}
	for (size_t i = 0; i < found.gl_pathc && i < SUITES; i++) {
		struct hn_suite *suite = hn_suite_load(found.gl_pathv[i]);

		CU_ASSERT_EQUAL(suite->errors, 0);
		all->suites[all->count++] = suite;
	}
	globfree(&found);
}

static void unload(struct loaded *all)
{
	for (size_t i = 0; i < all->count; i++)
		hn_suite_free(all->suites[i]);
}

static const struct hn_case *find_case(const struct loaded *all, const char *row, const char *way)
{
	CB_AUTO_BUF struct cb_buf name = CB_BUF_INIT;

	cb_buf_addf(&name, "%s contained (%s)", row, way);
	for (size_t s = 0; s < all->count; s++)
		for (size_t i = 0; i < all->suites[s]->count; i++)
			if (!strcmp(all->suites[s]->cases[i]->name, name.data))
				return all->suites[s]->cases[i];
	return NULL;
}

/* Does the case make this attempt, with a control, and expect something of it? */
static const char *what_is_wrong(const struct hn_case *c, const char *way)
{
	CB_AUTO_BUF struct cb_buf option = CB_BUF_INIT;

	cb_buf_addf(&option, "--as %s ", way);
	if (!c)
		return "there is no such case";
	if (!strstr(c->run, option.data))
		return "it does not make the call this way";
	if (!hn_case_control(c))
		return "it has no control run";
	if (c->xfail)
		return "it is expected to fail";
	if (!c->expect.output.text || c->expect.exit < 0)
		return "it does not say how the attempt ends";
	return NULL;
}

/* A row that only asks, or is answered and not done, is never denied. */
static bool is_never_denied(const struct cb_syscall *row)
{
	return (row->traits & CB_TRAIT_QUESTION) ||
	       cb_syscall_argument(row, CB_ROLE_DUMPABLE) >= 0;
}

static const struct exemption *find_exemption(const char *row, const char *way)
{
	for (size_t i = 0; i < sizeof exempt / sizeof *exempt; i++)
		if (!strcmp(exempt[i].row, row) && !strcmp(exempt[i].way, way))
			return &exempt[i];
	return NULL;
}

static void check(const struct loaded *all, const char *row, const char *way, bool denied)
{
	const struct hn_case *c = find_case(all, row, way);
	const struct exemption *not = find_exemption(row, way);
	const char *wrong = what_is_wrong(c, way);

	if (not)
		wrong = c ? "the case that exists is exempted" : NULL;
	else if (!wrong && denied && !c->expect.lists[HN_LIST_DENIED].count)
		wrong = "it expects no denial";
	if (!wrong)
		return;
	fprintf(stderr, "suites/containment*.yaml: \"%s contained (%s)\": %s\n", row, way, wrong);
	CU_FAIL("a judged row is not proved to be contained");
}

static void every_row_every_way(void)
{
	const struct cb_syscall *rows;
	struct loaded all;
	size_t n;

	load(&all);
	rows = cb_syscall_rows(&n);
	for (size_t i = 0; i < n; i++)
		for (size_t w = 0; w < sizeof ways / sizeof *ways && rows[i].kind <= CB_ROW_FORM &&
		     rows[i].number < CB_ONLY_I386; w++)
			check(&all, rows[i].name, ways[w], !is_never_denied(&rows[i]));
	unload(&all);
}

static void calls_of_i386_alone(void)
{
	struct loaded all;

	load(&all);
	for (size_t i = 0; i < sizeof only_i386 / sizeof *only_i386; i++)
		check(&all, only_i386[i], "i386", true);
	unload(&all);
}

/* An exemption must name a row that is judged, or it would outlive what it excuses. */
static void exemptions_are_of_rows(void)
{
	for (size_t i = 0; i < sizeof exempt / sizeof *exempt; i++) {
		const struct cb_syscall *row = cb_syscall_by_name(exempt[i].row);

		CU_ASSERT_TRUE(row && row->kind <= CB_ROW_FORM && *exempt[i].reason);
	}
}

HN_UNIT_SUITE("containment", { "every judged row, by every way", every_row_every_way },
	   { "calls that only i386 has", calls_of_i386_alone },
	   { "exemptions are of judged rows", exemptions_are_of_rows });
