/* SPDX-License-Identifier: MIT */
/* What is pretended about files, kept and as text. */
#include "unit.h"

#include "base/cleanup.h"
#include "fake/state.h"

#include <errno.h>
#include <string.h>
#include <sys/sysmacros.h>

static const struct cb_fake_id one = { 0x801, 11, 1700000000, 5 };
static const struct cb_fake_id two = { 0x801, 12, 1700000001, 0 };
static const struct cb_fake_id again = { 0x801, 11, 1700000009, 5 }; /* 11 used again */

/* A disk of a few names. */
struct disk {
	const char *name[4];
	struct cb_fake_id id[4];
	struct cb_buf dropped;
};

static bool look(void *ctx, const char *path, struct cb_fake_id *id)
{
	const struct disk *d = ctx;

	for (int i = 0; i < 4 && d->name[i]; i++) {
		if (!strcmp(d->name[i], path)) {
			*id = d->id[i];
			return true;
		}
	}
	return false;
}

static void dropped(void *ctx, const char *path, const char *why)
{
	cb_buf_addf(&((struct disk *)ctx)->dropped, "%s: %s\n", path, why);
}

static void a_record_is_of_one_file(void)
{
	struct cb_fake_state *s = cb_fake_state_new();
	struct cb_fake_record *r = cb_fake_state_add(s, &one, "/a");

	r->fields = CB_FAKE_UID;
	CU_ASSERT_PTR_EQUAL(cb_fake_state_find(s, &one), r);
	CU_ASSERT_PTR_EQUAL(cb_fake_state_add(s, &one, "/a"), r);
	CU_ASSERT_PTR_NULL(cb_fake_state_find(s, &two));
	CU_ASSERT_PTR_NULL(cb_fake_state_find(s, &again));
	r = cb_fake_state_add(s, &again, "/b");
	CU_ASSERT_EQUAL(r->fields, 0);
	CU_ASSERT_PTR_NULL(cb_fake_state_find(s, &one));
	CU_ASSERT_EQUAL(cb_fake_state_count(s), 1);
	cb_fake_state_free(s);
}

static void attributes(void)
{
	struct cb_fake_state *s = cb_fake_state_new();
	struct cb_fake_record *r = cb_fake_state_add(s, &one, "/a");

	cb_fake_xattr_set(r, "trusted.b", "x\0y", 3);
	cb_fake_xattr_set(r, "security.a", "", 0);
	cb_fake_xattr_set(r, "user.gone", NULL, 0);
	CU_ASSERT_EQUAL(r->xattrs, 3);
	CU_ASSERT_STRING_EQUAL(r->xattr[0].name, "security.a");
	CU_ASSERT_EQUAL(cb_fake_xattr_find(r, "trusted.b")->size, 3);
	CU_ASSERT_EQUAL(memcmp(cb_fake_xattr_find(r, "trusted.b")->value, "x\0y", 3), 0);
	CU_ASSERT_TRUE(cb_fake_xattr_find(r, "user.gone")->removed);
	CU_ASSERT_FALSE(cb_fake_xattr_find(r, "security.a")->removed);
	cb_fake_xattr_forget(r, "trusted.b");
	cb_fake_xattr_forget(r, "trusted.none");
	CU_ASSERT_EQUAL(r->xattrs, 2);
	CU_ASSERT_PTR_NULL(cb_fake_xattr_find(r, "trusted.b"));
	cb_fake_state_free(s);
}

/* A rename that came true, and one that did not. */
static void names_follow(void)
{
	struct cb_fake_state *s = cb_fake_state_new();
	struct disk d = { { "/new/x", "/dir2" }, { one, two }, CB_BUF_INIT };
	struct cb_fake_record *r = cb_fake_state_add(s, &one, "/old/x");
	struct cb_fake_record *other = cb_fake_state_add(s, &two, "/dir2");

	cb_fake_state_renamed(s, "/old", "/new", look, &d);
	cb_fake_state_renamed(s, "/dir", "/nowhere", look, &d); /* no prefix of /dir2 */
	CU_ASSERT_STRING_EQUAL(other->path, "/dir2");
	cb_fake_state_renamed(s, "/new", "/fails", look, &d);
	cb_fake_state_renamed(s, "/new", "/fails2", look, &d);
	cb_fake_state_settle(s, look, &d);
	CU_ASSERT_STRING_EQUAL(r->path, "/new/x");
	CU_ASSERT_PTR_NULL(r->other);
	cb_fake_state_free(s);
}

static const char text[] =
	"catbox-fake 1\n"
	"/a%20b%25%0A%C3%A9 uid=0 gid=43 mode=2755 xattr=security.x:0x610062 "
	"xattr=trusted.t:- file=8:1:11:1700000000.000000005\n"
	"/dev/null uid=4294967294 mode=0666 type=c rdev=1:3 file=8:1:12:1700000001.000000000\n";

static void text_is_read_and_written(void)
{
	struct cb_fake_state *s = cb_fake_state_new();
	struct disk d = { { "/a b%\n\xc3\xa9", "/dev/null" }, { one, two }, CB_BUF_INIT };
	CB_AUTO_BUF struct cb_buf out = CB_BUF_INIT;
	struct cb_fake_record *r;

	d.id[0].dev = d.id[1].dev = makedev(8, 1);
	CU_ASSERT_EQUAL(cb_fake_state_read(s, "f", text, look, dropped, &d, NULL), 0);
	CU_ASSERT_EQUAL(cb_fake_state_count(s), 2);
	r = cb_fake_state_find(s, &d.id[0]);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r);
	if (!r) /* for the linter */
		return;
	CU_ASSERT_EQUAL(r->fields, CB_FAKE_UID | CB_FAKE_GID | CB_FAKE_MODE);
	CU_ASSERT_EQUAL(r->gid, 43);
	CU_ASSERT_EQUAL(r->mode, 02755);
	CU_ASSERT_TRUE(cb_fake_xattr_find(r, "trusted.t")->removed);
	cb_fake_state_write(s, look, dropped, &d, &out);
	CU_ASSERT_STRING_EQUAL(out.data, text);
	CU_ASSERT_PTR_NULL(d.dropped.data);

	/* what cannot be found by a name is left out, and told unless it is known to be gone */
	r->gone = true;
	d.name[0] = "/other";
	cb_fake_state_add(s, &again, "pipe:[7]");
	d.id[1].ino = 99;
	cb_buf_clear(&out);
	cb_fake_state_write(s, look, dropped, &d, &out);
	CU_ASSERT_STRING_EQUAL(out.data, "catbox-fake 1\n");
	CU_ASSERT_STRING_EQUAL(d.dropped.data, "/dev/null: no name of it is known any more\n");
	cb_buf_destroy(&d.dropped);
	cb_fake_state_free(s);
}

static void gone_files_are_dropped(void)
{
	struct cb_fake_state *s = cb_fake_state_new();
	struct disk d = { { "/dev/null" }, { again }, CB_BUF_INIT };

	CU_ASSERT_EQUAL(cb_fake_state_read(s, "f", text, look, dropped, &d, NULL), 0);
	CU_ASSERT_EQUAL(cb_fake_state_count(s), 0);
	CU_ASSERT_STRING_EQUAL(d.dropped.data,
			       "/a b%\n\xc3\xa9: there is no such file any more\n"
			       "/dev/null: that name belongs to another file now\n");
	cb_buf_destroy(&d.dropped);
	cb_fake_state_free(s);
}

static void wrong_text_changes_nothing(void)
{
	static const char *const wrong[] = {
		"catbox-fake 2\n",
		"x",
		"catbox-fake 1\n\n",
		"catbox-fake 1\n/a uid=0\n", /* no file= */
		"catbox-fake 1\na file=8:1:11:1.0\n",
		"catbox-fake 1\n/a file=8:1:11:1.0", /* cut */
		"catbox-fake 1\n/a uid=-1 file=8:1:11:1.0\n",
		"catbox-fake 1\n/a uid=4294967295 file=8:1:11:1.0\n",
		"catbox-fake 1\n/a mode=10000 file=8:1:11:1.0\n",
		"catbox-fake 1\n/a mode=8 file=8:1:11:1.0\n",
		"catbox-fake 1\n/a rdev=1:3 file=8:1:11:1.0\n", /* of which type? */
		"catbox-fake 1\n/a type=c file=8:1:11:1.0\n",
		"catbox-fake 1\n/a type=x rdev=1:3 file=8:1:11:1.0\n",
		"catbox-fake 1\n/a% file=8:1:11:1.0\n",
		"catbox-fake 1\n/a%00 file=8:1:11:1.0\n",
		"catbox-fake 1\n/a xattr=:0x file=8:1:11:1.0\n",
		"catbox-fake 1\n/a xattr=a:0x6 file=8:1:11:1.0\n",
		"catbox-fake 1\n/a xattr=a:0x6g file=8:1:11:1.0\n",
		"catbox-fake 1\n/a nope=1 file=8:1:11:1.0\n",
		"catbox-fake 1\n/a file=8:1:11\n",
		"catbox-fake 1\n/a file=8:1:11:1.9999999999\n",
	};
	struct disk d = { { "/a" }, { { makedev(8, 1), 11, 1, 0 } }, CB_BUF_INIT };
	struct cb_fake_state *s = cb_fake_state_new();

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct cb_error err = { 0 };

		CU_ASSERT_EQUAL(cb_fake_state_read(s, "state", wrong[i], look, dropped, &d, &err),
				-EINVAL);
		CU_ASSERT_PTR_EQUAL(strstr(err.message, "state:"), err.message);
	}
	CU_ASSERT_EQUAL(cb_fake_state_read(s, "f", "", look, dropped, &d, NULL), 0);
	CU_ASSERT_EQUAL(cb_fake_state_read(s, "f", "catbox-fake 1\n/a file=8:1:11:1.0\n", look,
					   dropped, &d, NULL), 0);
	CU_ASSERT_EQUAL(cb_fake_state_count(s), 1);
	cb_fake_state_free(s);
}

HN_UNIT_SUITE("fake_state", { "a record is of one file", a_record_is_of_one_file },
	   { "attributes", attributes },
	   { "names follow renames", names_follow },
	   { "text is read and written", text_is_read_and_written },
	   { "files that are gone are dropped", gone_files_are_dropped },
	   { "wrong text changes nothing", wrong_text_changes_nothing });
