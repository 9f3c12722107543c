/* SPDX-License-Identifier: MIT */
/* Where paths lead, asked about this very process in a scratch directory. */
#include "unit.h"

#include "base/cleanup.h"
#include "trace/resolve.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct scratch {
	char dir[64];
	int old_cwd;
};

/* d/, d/f, l -> d/f, dl -> d, dangling -> d/new, loop -> loop, abs -> DIR/d */
static void enter(struct scratch *s)
{
	char abs[80];

	strcpy(s->dir, "/tmp/catbox-unit-XXXXXX");
	s->old_cwd = open(".", O_PATH | O_CLOEXEC);
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(s->dir));
	CU_ASSERT_EQUAL_FATAL(chdir(s->dir), 0);
	snprintf(abs, sizeof abs, "%s/d", s->dir);
	CU_ASSERT_EQUAL(mkdir("d", 0755), 0);
	close(open("d/f", O_WRONLY | O_CREAT, 0644));
	CU_ASSERT_EQUAL(symlink("d/f", "l"), 0);
	CU_ASSERT_EQUAL(symlink("d", "dl"), 0);
	CU_ASSERT_EQUAL(symlink("d/new", "dangling"), 0);
	CU_ASSERT_EQUAL(symlink("loop", "loop"), 0);
	CU_ASSERT_EQUAL(symlink(abs, "abs"), 0);
}

static void leave(struct scratch *s)
{
	static const char *const names[] = { "d/f", "l", "dl", "dangling", "loop", "abs" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		unlink(names[i]);
	rmdir("d");
	CU_ASSERT_EQUAL(fchdir(s->old_cwd), 0);
	close(s->old_cwd);
	CU_ASSERT_EQUAL(rmdir(s->dir), 0);
}

static void paths_lead(void)
{
	/* @ stands for the scratch directory */
	static const struct {
		const char *path;
		bool follow;
		const char *real;
		bool exists;
		int error;
	} cases[] = {
		{ "d/f", true, "@/d/f", true, 0 },
		{ "d//./f", true, "@/d/f", true, 0 },
		{ "d/../d/f", true, "@/d/f", true, 0 },
		{ "l", true, "@/d/f", true, 0 },
		{ "l", false, "@/l", true, 0 },
		{ "dl", true, "@/d", true, 0 },
		{ "dl", false, "@/dl", true, 0 },
		{ "dl/", false, "@/d", true, 0 },
		{ "dl/f", false, "@/d/f", true, 0 },
		{ "abs/f", true, "@/d/f", true, 0 },
		{ "new", true, "@/new", false, 0 },
		{ "d/new", true, "@/d/new", false, 0 },
		{ "dangling", true, "@/d/new", false, 0 },
		{ "dangling", false, "@/dangling", true, 0 },
		{ "loop", true, "@/loop", false, ELOOP },
		{ "loop", false, "@/loop", true, 0 },
		{ "loop/x", true, "@/loop/x", false, ELOOP },
		{ "no/such/x", true, "@/no/such/x", false, ENOENT },
		{ "d/f/x", true, "@/d/f/x", false, ENOTDIR },
		{ "d/f/x/y", true, "@/d/f/x/y", false, ENOTDIR },
		{ ".", true, "@", true, 0 },
		{ "d/..", true, "@", true, 0 },
		{ "", true, "", false, ENOENT },
		{ "/", true, "/", true, 0 },
		{ "/..", true, "/", true, 0 },
		{ "/../etc", true, "/etc", true, 0 },
	};
	struct cb_place place = { .real = CB_BUF_INIT };
	struct cb_resolver r;
	struct scratch s;

	enter(&s);
	CU_ASSERT_EQUAL_FATAL(cb_resolver_init(&r, false, NULL), 0);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		CB_AUTO_BUF struct cb_buf want = CB_BUF_INIT;

		cb_buf_sets(&want, *cases[i].real == '@' ? s.dir : "");
		cb_buf_adds(&want, cases[i].real + (*cases[i].real == '@'));
		CU_ASSERT_EQUAL(cb_resolve_path(&r, getpid(), AT_FDCWD, cases[i].path,
						cases[i].follow ? CB_RESOLVE_FOLLOW : 0, &place), 0);
		CU_ASSERT_STRING_EQUAL(place.real.data, want.data);
		CU_ASSERT_EQUAL(place.exists, cases[i].exists);
		CU_ASSERT_EQUAL(place.error, cases[i].error);
	}
	cb_place_destroy(&place);
	cb_resolver_destroy(&r);
	leave(&s);
}

/* In procfs "self" is whoever asks: it must be the one we ask about. */
static void self_is_the_tracee(void)
{
	struct cb_place place = { .real = CB_BUF_INIT };
	struct cb_resolver r;
	char want[64];
	pid_t parent = getppid();

	CU_ASSERT_EQUAL_FATAL(cb_resolver_init(&r, false, NULL), 0);
	snprintf(want, sizeof want, "/proc/%d/comm", parent);
	CU_ASSERT_EQUAL(cb_resolve_path(&r, parent, AT_FDCWD, "/proc/self/comm", CB_RESOLVE_FOLLOW,
					&place), 0);
	CU_ASSERT_STRING_EQUAL(place.real.data, want);
	snprintf(want, sizeof want, "/proc/%d/task/%d/comm", parent, parent);
	CU_ASSERT_EQUAL(cb_resolve_path(&r, parent, AT_FDCWD, "/proc/thread-self/comm",
					CB_RESOLVE_FOLLOW, &place), 0);
	CU_ASSERT_STRING_EQUAL(place.real.data, want);
	snprintf(want, sizeof want, "/proc/%d", parent);
	CU_ASSERT_EQUAL(cb_resolve_path(&r, parent, AT_FDCWD, "/proc/self", CB_RESOLVE_FOLLOW,
					&place), 0);
	CU_ASSERT_STRING_EQUAL(place.real.data, want);
	cb_place_destroy(&place);
	cb_resolver_destroy(&r);
}

static void unnamed(struct cb_resolver *r, int fd, bool expected)
{
	struct cb_place place = { .real = CB_BUF_INIT };
	char path[32];

	CU_ASSERT_EQUAL(cb_resolve_fd(r, getpid(), fd, 0, &place), 0);
	CU_ASSERT_EQUAL(place.unnamed, expected);
	snprintf(path, sizeof path, "/dev/fd/%d", fd);
	CU_ASSERT_EQUAL(cb_resolve_path(r, getpid(), AT_FDCWD, path, CB_RESOLVE_FOLLOW, &place), 0);
	CU_ASSERT_EQUAL(place.unnamed, expected);
	CU_ASSERT_TRUE(place.exists);
	cb_place_destroy(&place);
}

static void objects_without_a_name(void)
{
	int pipes[2], mem = memfd_create("unit", MFD_CLOEXEC);
	int file = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
	struct cb_resolver r;

	CU_ASSERT_EQUAL_FATAL(cb_resolver_init(&r, false, NULL), 0);
	CU_ASSERT_EQUAL(pipe2(pipes, O_CLOEXEC), 0);
	unnamed(&r, pipes[1], true);
	unnamed(&r, mem, true);
	unnamed(&r, file, false);
	close(pipes[0]);
	close(pipes[1]);
	close(mem);
	close(file);
	cb_resolver_destroy(&r);
}

static void bad_descriptors(void)
{
	struct cb_place place = { .real = CB_BUF_INIT };
	struct cb_resolver r;

	CU_ASSERT_EQUAL_FATAL(cb_resolver_init(&r, false, NULL), 0);
	CU_ASSERT_EQUAL(cb_resolve_fd(&r, getpid(), 9999, 0, &place), 0);
	CU_ASSERT_EQUAL(place.error, EBADF);
	CU_ASSERT_EQUAL(cb_resolve_path(&r, getpid(), 9999, "x", 0, &place), 0);
	CU_ASSERT_EQUAL(place.error, EBADF);
	CU_ASSERT_EQUAL(cb_resolve_path(&r, getpid(), 9999, "/etc", 0, &place), 0);
	CU_ASSERT_EQUAL(place.error, 0);
	CU_ASSERT_EQUAL(cb_resolve_path(&r, getpid(), -7, "x", 0, &place), 0);
	CU_ASSERT_EQUAL(place.error, EBADF);
	cb_place_destroy(&place);
	cb_resolver_destroy(&r);
}

/* A directory that is gone still has a name, and nothing can be made in it. */
static void deleted_directory(void)
{
	struct cb_place place = { .real = CB_BUF_INIT };
	CB_AUTO_BUF struct cb_buf want = CB_BUF_INIT;
	struct cb_resolver r;
	struct scratch s;

	enter(&s);
	CU_ASSERT_EQUAL_FATAL(cb_resolver_init(&r, false, NULL), 0);
	CU_ASSERT_EQUAL(mkdir("gone", 0755), 0);
	CU_ASSERT_EQUAL(chdir("gone"), 0);
	CU_ASSERT_EQUAL(rmdir("../gone"), 0);
	cb_buf_addf(&want, "%s/gone/x", s.dir);
	CU_ASSERT_EQUAL(cb_resolve_path(&r, getpid(), AT_FDCWD, "x", 0, &place), 0);
	CU_ASSERT_STRING_EQUAL(place.real.data, want.data);
	CU_ASSERT_TRUE(place.orphan && !place.exists);
	CU_ASSERT_EQUAL(chdir(s.dir), 0);
	cb_place_destroy(&place);
	cb_resolver_destroy(&r);
	leave(&s);
}

static void deeper_than_path_max(void)
{
	enum { LEVELS = 60, NAME = 100 };
	struct cb_place place = { .real = CB_BUF_INIT };
	char name[NAME + 1];
	struct cb_resolver r;
	struct scratch s;

	memset(name, 'n', NAME);
	name[NAME] = '\0';
	enter(&s);
	CU_ASSERT_EQUAL_FATAL(cb_resolver_init(&r, false, NULL), 0);
	for (int i = 0; i < LEVELS; i++) {
		CU_ASSERT_EQUAL_FATAL(mkdir(name, 0755), 0);
		CU_ASSERT_EQUAL_FATAL(chdir(name), 0);
	}
	CU_ASSERT_EQUAL(cb_resolve_path(&r, getpid(), AT_FDCWD, "x", 0, &place), 0);
	CU_ASSERT_EQUAL(place.error, 0);
	CU_ASSERT_EQUAL(place.real.len, strlen(s.dir) + LEVELS * (NAME + 1) + 2);
	CU_ASSERT_EQUAL(strncmp(place.real.data, s.dir, strlen(s.dir)), 0);
	for (int i = 0; i < LEVELS; i++) {
		CU_ASSERT_EQUAL_FATAL(chdir(".."), 0);
		CU_ASSERT_EQUAL(rmdir(name), 0);
	}
	cb_place_destroy(&place);
	cb_resolver_destroy(&r);
	leave(&s);
}

HN_UNIT_SUITE("resolve", { "where paths lead", paths_lead },
	   { "/proc/self is the tracee", self_is_the_tracee },
	   { "objects without a name", objects_without_a_name },
	   { "bad descriptors", bad_descriptors }, { "a deleted directory", deleted_directory },
	   { "deeper than PATH_MAX", deeper_than_path_max });
