/* SPDX-License-Identifier: MIT */
/* What a pretended root may become and do, and what a pretended file looks like: the
 * rules of the kernel as tables. */
#include "unit.h"

#include "base/cleanup.h"
#include "fake/change.h"
#include "fake/show.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/sysmacros.h>

#define AS_IS ((unsigned)-1)
#define ALL 0x1ffffffffffull /* 41 capabilities */

/* --- ids: calls in a row, and what the last one leaves */

struct step {
	enum cb_fake_set set;
	unsigned id[3];
	long result;
};

static void ids_change_as_in_the_kernel(void)
{
	static const struct {
		struct step step[4];
		unsigned uid[4], gid[4];
		bool permitted, effective; /* any capability left? */
	} cases[] = {
		{ { { CB_FAKE_SET_UID, { 1000 }, 0 }, { CB_FAKE_SET_UID, { 0 }, -EPERM } },
		  { 1000, 1000, 1000, 1000 }, { 0, 0, 0, 0 }, false, false },
		{ { { CB_FAKE_SET_UID, { AS_IS }, -EINVAL } }, { 0, 0, 0, 0 }, { 0, 0, 0, 0 },
		  true, true },
		/* seteuid and back */
		{ { { CB_FAKE_SET_RESUID, { AS_IS, 5, AS_IS }, 0 } }, { 0, 5, 0, 5 }, { 0, 0, 0, 0 },
		  true, false },
		{ { { CB_FAKE_SET_RESUID, { AS_IS, 5, AS_IS }, 0 },
		    { CB_FAKE_SET_RESUID, { AS_IS, 0, AS_IS }, 0 } },
		  { 0, 0, 0, 0 }, { 0, 0, 0, 0 }, true, true },
		{ { { CB_FAKE_SET_RESUID, { 1, 2, 3 }, 0 },
		    { CB_FAKE_SET_RESUID, { AS_IS, 4, AS_IS }, -EPERM },
		    { CB_FAKE_SET_RESUID, { 3, 1, 2 }, 0 } },
		  { 3, 1, 2, 1 }, { 0, 0, 0, 0 }, false, false },
		/* the saved id follows when the real one is set, or the effective one to another */
		{ { { CB_FAKE_SET_REUID, { AS_IS, 5 }, 0 } }, { 0, 5, 5, 5 }, { 0, 0, 0, 0 },
		  true, false },
		{ { { CB_FAKE_SET_REUID, { 5, AS_IS }, 0 } }, { 5, 0, 0, 0 }, { 0, 0, 0, 0 },
		  true, true },
		{ { { CB_FAKE_SET_RESUID, { 1, 2, 3 }, 0 }, { CB_FAKE_SET_REUID, { 3, AS_IS }, -EPERM },
		    { CB_FAKE_SET_REUID, { 2, 1 }, 0 } },
		  { 2, 1, 1, 1 }, { 0, 0, 0, 0 }, false, false },
		/* setfs*id say who it was, whether or not it is changed */
		{ { { CB_FAKE_SET_FSUID, { 7 }, 0 }, { CB_FAKE_SET_FSUID, { AS_IS }, 7 },
		    { CB_FAKE_SET_FSUID, { 0 }, 7 } },
		  { 0, 0, 0, 0 }, { 0, 0, 0, 0 }, true, true },
		{ { { CB_FAKE_SET_UID, { 9 }, 0 }, { CB_FAKE_SET_FSUID, { 8 }, 9 } },
		  { 9, 9, 9, 9 }, { 0, 0, 0, 0 }, false, false },
		/* groups have no capabilities of their own */
		{ { { CB_FAKE_SET_GID, { 6 }, 0 }, { CB_FAKE_SET_REGID, { AS_IS, 7 }, 0 } },
		  { 0, 0, 0, 0 }, { 6, 7, 7, 7 }, true, true },
		{ { { CB_FAKE_SET_RESGID, { 1, 2, 3 }, 0 }, { CB_FAKE_SET_UID, { 9 }, 0 },
		    { CB_FAKE_SET_GID, { 3 }, 0 }, { CB_FAKE_SET_GID, { 2 }, -EPERM } },
		  { 9, 9, 9, 9 }, { 1, 3, 3, 3 }, false, false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct cb_fake_creds c;

		cb_fake_creds_root(&c, ALL);
		for (int n = 0; n < 4; n++) {
			const struct step *s = &cases[i].step[n];

			if (!s->set && !s->id[0] && !s->result)
				break;
			CU_ASSERT_EQUAL(cb_fake_creds_set(&c, s->set, s->id), s->result);
		}
		CU_ASSERT_EQUAL(memcmp(c.uid, cases[i].uid, sizeof c.uid), 0);
		CU_ASSERT_EQUAL(memcmp(c.gid, cases[i].gid, sizeof c.gid), 0);
		CU_ASSERT_EQUAL(c.permitted != 0, cases[i].permitted);
		CU_ASSERT_EQUAL(c.effective != 0, cases[i].effective);
		cb_fake_creds_destroy(&c);
	}
}

static void capabilities(void)
{
	static const unsigned user[3] = { 9, 9, 9 };
	static const unsigned groups[] = { 9, 3 };
	struct cb_fake_creds c, other;

	cb_fake_creds_root(&c, ALL);
	CU_ASSERT_TRUE(cb_fake_creds_are_root(&c));
	c.keep_caps = true;
	CU_ASSERT_EQUAL(cb_fake_creds_set(&c, CB_FAKE_SET_RESUID, user), 0);
	CU_ASSERT_EQUAL(c.permitted, ALL);
	CU_ASSERT_EQUAL(c.effective, 0);
	CU_ASSERT_EQUAL(cb_fake_creds_set_caps(&c, 1, 2, 0), -EPERM); /* effective, not permitted */
	CU_ASSERT_EQUAL(cb_fake_creds_set_caps(&c, 1, 3, 0), 0);
	CU_ASSERT_EQUAL(cb_fake_creds_set_caps(&c, 1, 7, 0), -EPERM); /* none comes back */
	CU_ASSERT_EQUAL(cb_fake_creds_set_caps(&c, 1, 1, 8), -EPERM);
	CU_ASSERT_TRUE(cb_fake_creds_capable(&c, CAP_CHOWN));
	CU_ASSERT_EQUAL(cb_fake_creds_set_groups(&c, groups, 2), -EPERM);
	cb_fake_creds_exec(&c);
	CU_ASSERT_EQUAL(c.permitted, 0);
	CU_ASSERT_FALSE(c.keep_caps);
	cb_fake_creds_destroy(&c);

	cb_fake_creds_root(&c, ALL);
	CU_ASSERT_EQUAL(cb_fake_creds_set_groups(&c, groups, 2), 0);
	CU_ASSERT_EQUAL(c.group[0], 3); /* sorted, as the kernel hands them out */
	CU_ASSERT_TRUE(cb_fake_creds_in_group(&c, 9) && cb_fake_creds_in_group(&c, 0));
	CU_ASSERT_FALSE(cb_fake_creds_in_group(&c, 4));
	CU_ASSERT_FALSE(cb_fake_creds_are_root(&c));
	CU_ASSERT_EQUAL(cb_fake_creds_set_groups(&c, groups, CB_FAKE_GROUPS_MAX + 1), -EINVAL);
	cb_fake_creds_copy(&other, &c);
	cb_fake_creds_destroy(&c);
	CU_ASSERT_EQUAL(other.group[1], 9);
	c = other;
	c.uid[CB_FAKE_EFFECTIVE] = 5; /* still really root: an exec gives all, for later */
	cb_fake_creds_exec(&c);
	CU_ASSERT_EQUAL(c.permitted, ALL);
	CU_ASSERT_EQUAL(c.effective, 0);
	CU_ASSERT_EQUAL(c.uid[CB_FAKE_SAVED], 5);
	cb_fake_creds_destroy(&c);
}

/* --- files */

static struct statx looks(unsigned mode, unsigned uid, unsigned gid)
{
	return (struct statx){ .stx_mode = (uint16_t)mode, .stx_uid = uid, .stx_gid = gid,
			       .stx_mask = CB_FAKE_STATX, .stx_ino = 9 };
}

static void who_may_do_what(void)
{
	static const unsigned user[3] = { 9, 9, 9 }, group[3] = { 8, 8, 8 };
	struct cb_fake_creds root, c;
	struct statx own = looks(S_IFREG | 0640, 9, 8), others = looks(S_IFREG | 0640, 1, 8),
		     none = looks(S_IFREG, 1, 1), dir = looks(S_IFDIR, 1, 1),
		     run = looks(S_IFREG | 0001, 1, 1);

	cb_fake_creds_root(&root, ALL);
	cb_fake_creds_copy(&c, &root);
	CU_ASSERT_EQUAL(cb_fake_creds_set(&c, CB_FAKE_SET_RESGID, group), 0);
	CU_ASSERT_EQUAL(cb_fake_creds_set(&c, CB_FAKE_SET_RESUID, user), 0);
	CU_ASSERT_EQUAL(cb_fake_may_chown(&root, &own, 1, 1), 0);
	CU_ASSERT_EQUAL(cb_fake_may_chown(&c, &own, 1, AS_IS), -EPERM);
	CU_ASSERT_EQUAL(cb_fake_may_chown(&c, &own, 9, 0), 0); /* a group of his */
	CU_ASSERT_EQUAL(cb_fake_may_chown(&c, &own, AS_IS, 5), -EPERM);
	CU_ASSERT_EQUAL(cb_fake_may_chown(&c, &others, AS_IS, 8), -EPERM);
	CU_ASSERT_EQUAL(cb_fake_may_chown(&c, &others, AS_IS, AS_IS), 0);
	CU_ASSERT_EQUAL(cb_fake_may_chmod(&c, &own), 0);
	CU_ASSERT_EQUAL(cb_fake_may_chmod(&c, &others), -EPERM);
	CU_ASSERT_EQUAL(cb_fake_may_access(&c, &others, R_OK, false), 0);
	CU_ASSERT_EQUAL(cb_fake_may_access(&c, &others, W_OK, false), -EACCES);
	CU_ASSERT_EQUAL(cb_fake_may_access(&root, &none, R_OK | W_OK, true), 0);
	CU_ASSERT_EQUAL(cb_fake_may_access(&root, &none, X_OK, true), -EACCES);
	CU_ASSERT_EQUAL(cb_fake_may_access(&root, &run, X_OK, true), 0);
	CU_ASSERT_EQUAL(cb_fake_may_access(&root, &dir, R_OK | W_OK | X_OK, true), 0);
	root.uid[CB_FAKE_REAL] = 9; /* access(2) asks for the real ids */
	CU_ASSERT_EQUAL(cb_fake_may_access(&root, &none, R_OK, true), -EACCES);
	CU_ASSERT_EQUAL(cb_fake_may_access(&root, &none, R_OK, false), 0);
	CU_ASSERT_EQUAL(cb_fake_may_set_xattr(&c, "security.capability"), -EPERM);
	CU_ASSERT_EQUAL(cb_fake_may_set_xattr(&root, "trusted.x"), 0);
	cb_fake_creds_destroy(&root);
	cb_fake_creds_destroy(&c);
}

static void changes_of_files(void)
{
	static const struct {
		unsigned before, uid, gid;
		bool keep_bits;
		unsigned after;
	} owners[] = {
		{ S_IFREG | 06755, 1, 1, false, 0755 },
		{ S_IFREG | 06755, AS_IS, AS_IS, false, 0755 },
		{ S_IFREG | 06755, 1, 1, true, 06755 },
		{ S_IFREG | 06745, 1, 1, false, 02745 }, /* no group x: mandatory locking once */
		{ S_IFREG | 01755, 1, AS_IS, false, 01755 },
		{ S_IFDIR | 06755, 1, 1, false, 06755 },
		{ S_IFCHR | 04755, 1, 1, false, 0755 },
	};
	static const struct cb_fake_id id = { 1, 9, 0, 0 };
	struct cb_fake_view view = { true, 1000, 1000 };
	struct cb_fake_creds root;
	unsigned gid = 0;
	mode_t mode = 0755;
	struct statx dir = looks(S_IFDIR | 02755, 0, 43);

	cb_fake_creds_root(&root, ALL);
	for (size_t i = 0; i < sizeof owners / sizeof *owners; i++) {
		struct cb_fake_state *s = cb_fake_state_new();
		struct cb_fake_record *r = cb_fake_state_add(s, &id, "/f");
		struct statx stx = looks(owners[i].before, 1000, 1000);

		cb_fake_xattr_set(r, "security.capability", "x", 1);
		cb_fake_chown(r, &root, &stx, owners[i].uid, owners[i].gid, owners[i].keep_bits);
		CU_ASSERT_EQUAL(!cb_fake_xattr_find(r, "security.capability"),
				!owners[i].keep_bits && !S_ISDIR(owners[i].before));
		cb_fake_show(&view, r, &stx);
		CU_ASSERT_EQUAL(stx.stx_mode & 07777, owners[i].after);
		CU_ASSERT_EQUAL(stx.stx_uid, owners[i].uid == AS_IS ? 0 : owners[i].uid);
		CU_ASSERT_EQUAL(stx.stx_gid, owners[i].gid == AS_IS ? 0 : owners[i].gid);
		cb_fake_state_free(s);
	}
	cb_fake_inherit(&dir, S_IFREG, &gid, &mode);
	CU_ASSERT_TRUE(gid == 43 && mode == 0755);
	cb_fake_inherit(&dir, S_IFDIR, &gid, &mode);
	CU_ASSERT_EQUAL(mode, 02755);
	CU_ASSERT_EQUAL(cb_fake_disk_mode(S_IFREG, 06044), 0644);
	CU_ASSERT_EQUAL(cb_fake_disk_mode(S_IFREG, 0001), 0701);
	CU_ASSERT_EQUAL(cb_fake_disk_mode(S_IFDIR, 01000), 0700);
	cb_fake_creds_destroy(&root);
}

/* --- what is shown */

static void files_look_as_pretended(void)
{
	static const struct cb_fake_id id = { 1, 9, 0, 0 };
	struct cb_fake_view view = { true, 1000, 1001 }, real = { false, 1000, 1001 };
	struct cb_fake_state *s = cb_fake_state_new();
	struct cb_fake_record *r = cb_fake_state_add(s, &id, "/f");
	struct statx mine = looks(S_IFREG | 0600, 1000, 1001), other = looks(S_IFREG, 5, 6), x;

	CU_ASSERT_TRUE(cb_fake_shows_disk(&view, NULL, &other));
	CU_ASSERT_FALSE(cb_fake_shows_disk(&view, NULL, &mine));
	CU_ASSERT_TRUE(cb_fake_shows_disk(&real, NULL, &mine));
	x = mine;
	cb_fake_show(&view, NULL, &x);
	CU_ASSERT_TRUE(!x.stx_uid && !x.stx_gid);
	x = other;
	cb_fake_show(&view, r, &x);
	CU_ASSERT_EQUAL(memcmp(&x, &other, sizeof x), 0);
	cb_fake_mknod(r, S_IFBLK | 0660, makedev(259, 70000));
	CU_ASSERT_FALSE(cb_fake_shows_disk(&real, r, &other));
	x = mine;
	cb_fake_show(&view, r, &x);
	CU_ASSERT_EQUAL(x.stx_mode, S_IFBLK | 0660);
	CU_ASSERT_TRUE(x.stx_rdev_major == 259 && x.stx_rdev_minor == 70000);
	cb_fake_state_free(s);
}

static void every_layout(void)
{
	unsigned char out[CB_FAKE_LAYOUT_MAX];
	struct statx x = looks(S_IFCHR | 0640, 70000, 7), big = looks(S_IFREG, 0, 0);
	struct stat st;
	uint16_t half[32];
	uint32_t word[24];

	x.stx_rdev_major = 259;
	x.stx_rdev_minor = 0x12345;
	CU_ASSERT_EQUAL(cb_fake_layout_put(CB_FAKE_LAYOUT_STAT, &x, out), 144);
	memcpy(&st, out, sizeof st);
	CU_ASSERT_TRUE(st.st_mode == (S_IFCHR | 0640) && st.st_uid == 70000 && st.st_gid == 7);
	CU_ASSERT_TRUE(st.st_rdev == makedev(259, 0x12345) && st.st_ino == 9);
	CU_ASSERT_EQUAL(cb_fake_layout_put(CB_FAKE_LAYOUT_STATX, &x, out), 256);
	CU_ASSERT_EQUAL(memcmp(out, &x, sizeof x), 0);
	CU_ASSERT_EQUAL(cb_fake_layout_put(CB_FAKE_LAYOUT_STAT_I386, &x, out), 64);
	memcpy(half, out, sizeof half);
	CU_ASSERT_TRUE(half[4] == (S_IFCHR | 0640) && half[6] == 65534 && half[7] == 7);
	CU_ASSERT_EQUAL(cb_fake_layout_put(CB_FAKE_LAYOUT_STAT64_I386, &x, out), 96);
	memcpy(word, out, sizeof word);
	CU_ASSERT_TRUE(word[4] == (S_IFCHR | 0640) && word[6] == 70000 && word[7] == 7);
	CU_ASSERT_TRUE(word[3] == 9 && word[22] == 9);
	CU_ASSERT_EQUAL(cb_fake_layout_put(CB_FAKE_LAYOUT_OLD_STAT, &x, out), 32);
	big.stx_ino = 1ull << 32;
	CU_ASSERT_EQUAL(cb_fake_layout_put(CB_FAKE_LAYOUT_STAT_I386, &big, out), -EOVERFLOW);
	CU_ASSERT_EQUAL(cb_fake_layout_put(CB_FAKE_LAYOUT_STAT64_I386, &big, out), 96);
	big.stx_ino = 70000;
	CU_ASSERT_EQUAL(cb_fake_layout_put(CB_FAKE_LAYOUT_STAT_I386, &big, out), 64);
	big.stx_nlink = 70000;
	CU_ASSERT_EQUAL(cb_fake_layout_put(CB_FAKE_LAYOUT_STAT_I386, &big, out), -EOVERFLOW);
	big.stx_nlink = 1;
	CU_ASSERT_EQUAL(cb_fake_layout_put(CB_FAKE_LAYOUT_OLD_STAT, &big, out), -EOVERFLOW);
	big.stx_size = 1ull << 31;
	CU_ASSERT_EQUAL(cb_fake_layout_put(CB_FAKE_LAYOUT_STAT_I386, &big, out), -EOVERFLOW);
	CU_ASSERT_EQUAL(cb_fake_id16(65535), 65535);
	CU_ASSERT_EQUAL(cb_fake_id16(65536), 65534);
}

HN_UNIT_SUITE("fake_rules", { "ids change as in the kernel", ids_change_as_in_the_kernel },
	   { "capabilities", capabilities },
	   { "who may do what", who_may_do_what },
	   { "changes of files", changes_of_files },
	   { "files look as pretended", files_look_as_pretended },
	   { "every layout", every_layout });
