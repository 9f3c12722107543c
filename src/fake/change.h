/* SPDX-License-Identifier: MIT */
/* What chown, chmod and the making of files do to what is pretended, and what of it
 * the disk gets. Whether it is allowed was asked before (creds.h). */
#ifndef CB_FAKE_CHANGE_H
#define CB_FAKE_CHANGE_H

#include "fake/creds.h"
#include "fake/state.h"

/* The mode that a file gets on the disk in place of `mode`: its owner keeps reading
 * and writing (and searching a directory, and running what anybody may run), and no
 * setuid, setgid or sticky bit. */
mode_t cb_fake_disk_mode(mode_t type, mode_t mode);

/* chown: -1 keeps. `shown` is how the file looked before. Clears setuid, setgid and
 * security.capability as Linux does, unless keep_bits (as fakeroot). */
void cb_fake_chown(struct cb_fake_record *record, const struct cb_fake_creds *creds,
		   const struct statx *shown, unsigned uid, unsigned gid, bool keep_bits);

/* chmod to these 12 bits. */
void cb_fake_chmod(struct cb_fake_record *record, const struct cb_fake_creds *creds,
		   const struct statx *shown, mode_t mode);

/* mknod of a device: what stands on the disk in its place is a file. */
void cb_fake_mknod(struct cb_fake_record *record, mode_t mode, dev_t rdev);

/* Group and mode of what is made in a directory that looks so: in one that is setgid
 * they are inherited (inode(7)). `type` and *mode are those of the new file. */
void cb_fake_inherit(const struct statx *parent, mode_t type, unsigned *gid, mode_t *mode);

#endif
