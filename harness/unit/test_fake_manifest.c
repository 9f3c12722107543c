/* SPDX-License-Identifier: MIT */
/* A tree of pretended files as a manifest, and what libarchive reads out of it. */
#include "unit.h"

#include "base/cleanup.h"
#include "base/save.h"
#include "fake/manifest.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define ODD_NAME "a b#c\\d\n\303\251"

static const struct cb_fake_view as_it_is = { false, 0, 0 };

struct tree {
	char root[32];
	int dir;
	struct cb_fake_state *state;
};

static struct cb_fake_record *record_of(struct tree *t, const char *name)
{
	struct cb_fake_id id;
	struct statx stx;

	CU_ASSERT_EQUAL_FATAL(statx(t->dir, name, AT_SYMLINK_NOFOLLOW, CB_FAKE_STATX, &stx), 0);
	id = cb_fake_id_of(&stx);
	return cb_fake_state_add(t->state, &id, name);
}

static void make_file(struct tree *t, const char *name)
{
	CB_AUTO_FD int fd = openat(t->dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	CU_ASSERT_EQUAL(write(fd, "12345", 5), 5);
}

static void make_tree(struct tree *t)
{
	struct timespec then[2] = { { 1000000000, 0 }, { 1000000000, 5 } };
	struct cb_fake_record *r;

	*t = (struct tree){ .root = "/tmp/catbox-unit.XXXXXX", .state = cb_fake_state_new() };
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(t->root));
	t->dir = open(t->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	CU_ASSERT_EQUAL(mkdirat(t->dir, "dir", 0755), 0);
	make_file(t, "dir/app");
	make_file(t, ODD_NAME);
	make_file(t, "sda");
	CU_ASSERT_EQUAL(symlinkat("dir/app", t->dir, "link"), 0);
	CU_ASSERT_EQUAL(utimensat(t->dir, "dir/app", then, 0), 0);
	r = record_of(t, "dir/app");
	r->fields = CB_FAKE_UID | CB_FAKE_GID | CB_FAKE_MODE;
	r->uid = 100000;
	r->gid = 3000000000u;
	r->mode = 06751;
	r = record_of(t, "sda");
	r->fields = CB_FAKE_MODE | CB_FAKE_RDEV;
	r->mode = 0660;
	r->type = S_IFBLK;
	r->rdev = makedev(259, 70000);
	cb_fake_xattr_set(record_of(t, "dir"), "trusted.x", "1", 1);
}

static void remove_tree(struct tree *t)
{
	static const char *const files[] = { "dir/app", ODD_NAME, "sda", "link", "pipe" };

	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		unlinkat(t->dir, files[i], 0);
	unlinkat(t->dir, "dir", AT_REMOVEDIR);
	rmdir(t->root);
	close(t->dir);
	cb_fake_state_free(t->state);
}

static void done_with(struct archive *reader)
{
	archive_read_data_skip(reader); /* it closes the file of which something was read */
	archive_read_free(reader);
}

/* One file as libarchive reads it: false if the manifest has none of that name. */
static bool find(const struct cb_buf *text, const char *name, struct archive_entry **entry,
		 struct archive **reader)
{
	*reader = archive_read_new();
	archive_read_support_format_mtree(*reader);
	CU_ASSERT_EQUAL(archive_read_set_options(*reader, "mtree:checkfs"), ARCHIVE_OK);
	CU_ASSERT_EQUAL_FATAL(archive_read_open_memory(*reader, text->data, text->len), ARCHIVE_OK);
	while (archive_read_next_header(*reader, entry) == ARCHIVE_OK)
		if (!strcmp(archive_entry_pathname(*entry), name))
			return true;
	return false;
}

static void is_read_back(void)
{
	CB_AUTO_BUF struct cb_buf text = CB_BUF_INIT;
	struct archive_entry *e;
	struct archive *a;
	char content[16];
	size_t lost = 0;
	struct tree t;

	make_tree(&t);
	CU_ASSERT_EQUAL_FATAL(cb_fake_manifest(t.root, t.state, &as_it_is, &text, &lost, NULL), 0);
	CU_ASSERT_EQUAL(lost, 1);
	CU_ASSERT_TRUE_FATAL(find(&text, "./dir/app", &e, &a));
	CU_ASSERT_EQUAL(archive_entry_uid(e), 100000);
	CU_ASSERT_EQUAL(archive_entry_gid(e), 3000000000);
	CU_ASSERT_EQUAL(archive_entry_mode(e), S_IFREG | 06751);
	CU_ASSERT_EQUAL(archive_entry_mtime(e), 1000000000);
	CU_ASSERT_EQUAL(archive_entry_mtime_nsec(e), 5);
	CU_ASSERT_EQUAL(archive_entry_size(e), 5);
	CU_ASSERT_EQUAL(archive_read_data(a, content, sizeof content), 5);
	CU_ASSERT_EQUAL(memcmp(content, "12345", 5), 0);
	done_with(a);
	CU_ASSERT_TRUE_FATAL(find(&text, "./sda", &e, &a));
	CU_ASSERT_EQUAL(archive_entry_mode(e), S_IFBLK | 0660);
	CU_ASSERT_EQUAL(archive_entry_rdevmajor(e), 259);
	CU_ASSERT_EQUAL(archive_entry_rdevminor(e), 70000);
	done_with(a);
	CU_ASSERT_TRUE_FATAL(find(&text, "./link", &e, &a));
	CU_ASSERT_STRING_EQUAL(archive_entry_symlink(e), "dir/app");
	done_with(a);
	CU_ASSERT_TRUE_FATAL(find(&text, "./" ODD_NAME, &e, &a));
	CU_ASSERT_EQUAL(archive_read_data(a, content, sizeof content), 5);
	done_with(a);
	CU_ASSERT_FALSE(find(&text, "./none", &e, &a));
	done_with(a);
	remove_tree(&t);
}

static void failures_leave_nothing(void)
{
	CB_AUTO_BUF struct cb_buf text = CB_BUF_INIT;
	struct cb_error err = { 0 };
	struct tree t;

	make_tree(&t);
	CU_ASSERT_EQUAL(cb_fake_manifest("/no/such", t.state, &as_it_is, &text, NULL, &err), -ENOENT);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "'/no/such'"));
	CU_ASSERT_EQUAL(cb_fake_manifest("/dev/null", t.state, &as_it_is, &text, NULL, &err), -ENOTDIR);
	CU_ASSERT_EQUAL(text.len, 0);
	remove_tree(&t);
}

static void a_file_is_replaced(void)
{
	struct cb_save save = CB_SAVE_INIT;
	CB_AUTO_BUF struct cb_buf path = CB_BUF_INIT;
	CB_AUTO_BUF struct cb_buf now = CB_BUF_INIT;
	struct cb_error err = { 0 };
	struct stat before, after;
	struct tree t;

	make_tree(&t);
	cb_buf_addf(&path, "%s/sda", t.root);
	CU_ASSERT_EQUAL(fchmodat(t.dir, "sda", 0640, 0), 0);
	CU_ASSERT_EQUAL(fstatat(t.dir, "sda", &before, 0), 0);
	CU_ASSERT_EQUAL_FATAL(cb_save_open(&save, path.data, "thing", &err), 0);
	CU_ASSERT_EQUAL(cb_save_write(&save, "new", 3, "thing", &err), 0);
	cb_save_close(&save);
	CU_ASSERT_EQUAL(cb_buf_read_file(&now, AT_FDCWD, path.data, 100), 0);
	CU_ASSERT_STRING_EQUAL(now.data, "new");
	CU_ASSERT_EQUAL(fstatat(t.dir, "sda", &after, 0), 0);
	CU_ASSERT_NOT_EQUAL(before.st_ino, after.st_ino);
	CU_ASSERT_EQUAL(after.st_mode & 0777, 0640);
	CU_ASSERT_EQUAL(cb_save_open(&save, t.root, "thing", &err), -EISDIR);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "the thing '/tmp/"));
	CU_ASSERT_EQUAL(cb_save_open(&save, "/no/such/file", "thing", &err), -ENOENT);
	remove_tree(&t);
}

HN_UNIT_SUITE("fake-manifest", { "what it says, libarchive reads", is_read_back },
	      { "a tree that cannot be read", failures_leave_nothing },
	      { "a file is replaced as a whole", a_file_is_replaced });
