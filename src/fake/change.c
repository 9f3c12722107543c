/* SPDX-License-Identifier: MIT */
/* The rules are those of fs/open.c and fs/attr.c of Linux. */
#include "fake/change.h"

#include <linux/capability.h>
#include <string.h>

#define KEEP ((unsigned)-1)

mode_t cb_fake_disk_mode(mode_t type, mode_t mode)
{
	mode_t owner = S_ISDIR(type) || (mode & 0111) ? 0700 : 0600; /* root runs what anybody may */

	return (mode & 0777) | owner;
}

static void set_mode(struct cb_fake_record *record, mode_t mode)
{
	record->mode = mode & 07777;
	record->fields |= CB_FAKE_MODE;
}

static bool keeps_setgid(const struct cb_fake_creds *creds, unsigned gid)
{
	return cb_fake_creds_in_group(creds, gid) || cb_fake_creds_capable(creds, CAP_FSETID);
}

/* Of anything but a directory setuid goes, and setgid where the group may execute;
 * elsewhere that bit once meant mandatory locking, and stays with who may set it. */
static void clear_bits(struct cb_fake_record *record, const struct cb_fake_creds *creds,
		       const struct statx *shown)
{
	mode_t mode = shown->stx_mode, gone = mode & S_ISUID;

	if (S_ISDIR(mode))
		return;
	if ((mode & S_ISGID) && ((mode & S_IXGRP) || !keeps_setgid(creds, shown->stx_gid)))
		gone |= S_ISGID;
	if (gone)
		set_mode(record, mode & ~gone);
	cb_fake_xattr_forget(record, "security.capability");
}

void cb_fake_chown(struct cb_fake_record *record, const struct cb_fake_creds *creds,
		   const struct statx *shown, unsigned uid, unsigned gid, bool keep_bits)
{
	if (!keep_bits)
		clear_bits(record, creds, shown);
	if (uid != KEEP) {
		record->uid = uid;
		record->fields |= CB_FAKE_UID;
	}
	if (gid != KEEP) {
		record->gid = gid;
		record->fields |= CB_FAKE_GID;
	}
}

void cb_fake_chmod(struct cb_fake_record *record, const struct cb_fake_creds *creds,
		   const struct statx *shown, mode_t mode)
{
	if ((mode & S_ISGID) && !keeps_setgid(creds, shown->stx_gid))
		mode &= ~(mode_t)S_ISGID;
	set_mode(record, mode);
}

void cb_fake_mknod(struct cb_fake_record *record, mode_t mode, dev_t rdev)
{
	set_mode(record, mode);
	record->type = mode & S_IFMT;
	record->rdev = rdev;
	record->fields |= CB_FAKE_RDEV;
}

void cb_fake_inherit(const struct statx *parent, mode_t type, unsigned *gid, mode_t *mode)
{
	if (!(parent->stx_mode & S_ISGID))
		return;
	*gid = parent->stx_gid;
	if (S_ISDIR(type))
		*mode |= S_ISGID;
}
