/* SPDX-License-Identifier: MIT */
/* Trees: copied as they are, and removed whatever is in the way. */
#include "unit.h"

#include "base/cleanup.h"
#include "tree.h"

#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int open_scene(char *top)
{
	int fd;

	strcpy(top, "/tmp/catbox-unit.XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(top));
	fd = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CU_ASSERT_TRUE_FATAL(fd >= 0);
	return fd;
}

static void put(int dir, const char *name, const char *text, mode_t mode)
{
	CB_AUTO_FD int fd = openat(dir, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	CU_ASSERT_EQUAL(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	CU_ASSERT_EQUAL(fchmod(fd, mode), 0);
}

static void test_copy(void)
{
	char top[32], target[16] = "";
	CB_AUTO_FD int fd = open_scene(top);
	CB_AUTO_BUF struct cb_buf from = CB_BUF_INIT, to = CB_BUF_INIT;
	struct timespec times[2] = { { 1, 0 }, { 1000000, 0 } };
	struct stat st;

	CU_ASSERT_EQUAL(mkdirat(fd, "from", 0755) | mkdirat(fd, "to", 0755), 0);
	CU_ASSERT_EQUAL(mkdirat(fd, "from/sub", 0750), 0);
	put(fd, "from/sub/tool", "#!", 0750);
	CU_ASSERT_EQUAL(utimensat(fd, "from/sub/tool", times, 0), 0);
	CU_ASSERT_EQUAL(symlinkat("sub/tool", fd, "from/link"), 0);
	CU_ASSERT_EQUAL(mkfifoat(fd, "from/fifo", 0600), 0);
	cb_buf_addf(&from, "%s/from", top);
	cb_buf_addf(&to, "%s/to", top);
	CU_ASSERT_EQUAL(hn_tree_copy(from.data, to.data, NULL), 0);
	CU_ASSERT_EQUAL(fstatat(fd, "to/sub/tool", &st, 0), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0750);
	CU_ASSERT_EQUAL(st.st_mtime, 1000000);
	CU_ASSERT_EQUAL(readlinkat(fd, "to/link", target, sizeof target - 1), 8);
	CU_ASSERT_STRING_EQUAL(target, "sub/tool");
	CU_ASSERT_EQUAL(fstatat(fd, "to/fifo", &st, 0), 0);
	CU_ASSERT_TRUE(S_ISFIFO(st.st_mode));
	CU_ASSERT_NOT_EQUAL(hn_tree_copy(from.data, to.data, NULL), 0); /* never over anything */
	CU_ASSERT_EQUAL(hn_tree_remove(top, NULL), 0);
}

static void test_remove_link(void)
{
	char top[32];
	CB_AUTO_FD int fd = open_scene(top);
	CB_AUTO_BUF struct cb_buf inner = CB_BUF_INIT;

	CU_ASSERT_EQUAL(mkdirat(fd, "keep", 0755) | mkdirat(fd, "gone", 0755), 0);
	put(fd, "keep/file", "x", 0600);
	CU_ASSERT_EQUAL(symlinkat("../keep", fd, "gone/link"), 0);
	cb_buf_addf(&inner, "%s/gone", top);
	CU_ASSERT_EQUAL(hn_tree_remove(inner.data, NULL), 0);
	CU_ASSERT_EQUAL(faccessat(fd, "keep/file", F_OK, 0), 0);
	CU_ASSERT_EQUAL(hn_tree_remove(top, NULL), 0);
}

/* Deeper than there are descriptors, and longer than a path may be. */
static bool make_deep(int top, mode_t mode)
{
	char name[201];
	int fd = dup(top);

	memset(name, 'd', 200);
	name[200] = '\0';
	for (int depth = 0; depth < 1500 && fd >= 0; depth++) {
		int next = mkdirat(fd, name, 0700) ? -1 : openat(fd, name, O_RDONLY | O_CLOEXEC);

		if (next >= 0 && depth > 0)
			fchmod(fd, mode);
		close(fd);
		fd = next;
	}
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static void test_remove_deep(void)
{
	char top[32];
	CB_AUTO_FD int fd = open_scene(top);

	CU_ASSERT_TRUE(make_deep(fd, 0755));
	CU_ASSERT_EQUAL(hn_tree_remove(top, NULL), 0);
	CU_ASSERT_NOT_EQUAL(access(top, F_OK), 0);
}

/* 0 if the mount is left alone by a removal, and taken away when that is asked for;
 * 77 if none can be made. In a namespace of its own. */
static int mounts_are_respected(const char *top, int fd)
{
	CB_AUTO_BUF struct cb_buf keep = CB_BUF_INIT, at = CB_BUF_INIT, inner = CB_BUF_INIT;

	cb_buf_addf(&keep, "%s/keep", top);
	cb_buf_addf(&inner, "%s/gone", top);
	cb_buf_addf(&at, "%s/gone/a place", top);
	if (unshare(CLONE_NEWNS) || mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) ||
	    mount(keep.data, at.data, "none", MS_BIND, NULL))
		return 77;
	if (!hn_tree_remove(inner.data, NULL) || faccessat(fd, "keep/file", F_OK, 0))
		return 1;
	if (hn_tree_unmount(inner.data) != 1 || hn_tree_unmount(inner.data) != 0)
		return 2;
	return hn_tree_remove(inner.data, NULL) || faccessat(fd, "keep/file", F_OK, 0) ? 3 : 0;
}

/* What it answers in a process of its own; -1: nothing. Not by its exit status:
 * valgrind has one of its own for that process. */
static int in_a_child(int (*fn)(const char *top, int fd), const char *top, int fd)
{
	int answer = -1, fds[2];
	pid_t child;

	CU_ASSERT_EQUAL_FATAL(pipe2(fds, O_CLOEXEC), 0);
	child = fork();
	if (!child) {
		answer = fn(top, fd);
		_exit(write(fds[1], &answer, sizeof answer) < 0);
	}
	CU_ASSERT_EQUAL(waitpid(child, NULL, 0), child);
	CU_ASSERT_EQUAL(read(fds[0], &answer, sizeof answer), (ssize_t)sizeof answer);
	close(fds[0]);
	close(fds[1]);
	return answer;
}

static void test_remove_mount(void)
{
	char top[32];
	CB_AUTO_FD int fd = open_scene(top);
	int answer;

	CU_ASSERT_EQUAL(mkdirat(fd, "keep", 0755) | mkdirat(fd, "gone", 0755) |
			mkdirat(fd, "gone/a place", 0755), 0);
	put(fd, "keep/file", "x", 0600);
	answer = in_a_child(mounts_are_respected, top, fd);
	if (answer == 77)
		hn_unit_skip("no mount can be made");
	else
		CU_ASSERT_EQUAL(answer, 0);
	CU_ASSERT_EQUAL(hn_tree_remove(top, NULL), 0);
}

/* A directory of this mode that holds two more and a file. */
static bool make_locked(int fd, const char *name, mode_t mode)
{
	CB_AUTO_FD int dir = -1;

	if (mkdirat(fd, name, 0700))
		return false;
	dir = openat(fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 || mkdirat(dir, "a", 0700) || mkdirat(dir, "a/b", 0700))
		return false;
	put(dir, "a/b/c", "x", 0);
	return !fchmodat(dir, "a/b", mode, 0) && !fchmodat(dir, "a", mode, 0) && !fchmod(dir, mode);
}

/* From here on modes stop this process. */
static bool become_nobody(int fd)
{
	return !fchmod(fd, 0777) && (geteuid() || !setresuid(65534, 65534, 65534));
}

/* 0 if directories of every mode are removed with what they hold, or the first mode
 * that was too much, and one more. */
static int locked_are_removed(const char *top, int fd)
{
	if (!become_nobody(fd))
		return -1;
	for (mode_t mode = 0; mode <= 0700; mode += 0100) {
		CB_AUTO_BUF struct cb_buf path = CB_BUF_INIT;

		cb_buf_addf(&path, "%s/locked", top);
		if (!make_locked(fd, "locked", mode) || hn_tree_remove(path.data, NULL) ||
		    !faccessat(fd, "locked", F_OK, 0) || hn_tree_remove(path.data, NULL))
			return (int)mode + 1;
	}
	return 0;
}

static void test_remove_locked(void)
{
	char top[32];
	CB_AUTO_FD int fd = open_scene(top);

	CU_ASSERT_EQUAL(in_a_child(locked_are_removed, top, fd), 0);
	CU_ASSERT_EQUAL(hn_tree_remove(top, NULL), 0);
	CU_ASSERT_NOT_EQUAL(access(top, F_OK), 0);
}

/* Nothing can be moved out of such a directory either. */
static int deep_and_locked_are_removed(const char *top, int fd)
{
	CB_AUTO_BUF struct cb_buf path = CB_BUF_INIT;

	CB_AUTO_FD int locked = -1;

	cb_buf_addf(&path, "%s/locked", top);
	if (!become_nobody(fd) || mkdirat(fd, "locked", 0700))
		return -1;
	locked = openat(fd, "locked", O_RDONLY | O_CLOEXEC);
	return !make_deep(locked, 0500) ||
	       hn_tree_remove(path.data, NULL) || !faccessat(fd, "locked", F_OK, 0);
}

static void test_remove_deep_locked(void)
{
	char top[32];
	CB_AUTO_FD int fd = open_scene(top);

	CU_ASSERT_EQUAL(in_a_child(deep_and_locked_are_removed, top, fd), 0);
	CU_ASSERT_EQUAL(hn_tree_remove(top, NULL), 0);
	CU_ASSERT_NOT_EQUAL(access(top, F_OK), 0);
}

HN_UNIT_SUITE("harness-tree",
	{ "copies as it is", test_copy },
	{ "removes without permissions", test_remove_locked },
	{ "does not follow symlinks", test_remove_link },
	{ "does not enter mounts", test_remove_mount },
	{ "removes any depth without permissions", test_remove_deep_locked },
	{ "removes any depth", test_remove_deep });
