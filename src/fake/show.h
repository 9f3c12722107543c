/* SPDX-License-Identifier: MIT */
/* What a file looks like to those who are pretended to: what the disk says with what
 * is pretended over it, in every layout in which a kernel hands it out. */
#ifndef CB_FAKE_SHOW_H
#define CB_FAKE_SHOW_H

#include "fake/state.h"

/* How files that nothing is pretended about are shown. */
struct cb_fake_view {
	bool map_owner;  /* files of own_uid, own_gid belong to 0 */
	uid_t own_uid;   /* the builder */
	gid_t own_gid;
};

/* Overlays uid, gid, mode and rdev; `record` may be NULL. */
void cb_fake_show(const struct cb_fake_view *view, const struct cb_fake_record *record,
		  struct statx *stx);

/* Would cb_fake_show change nothing of this file? */
bool cb_fake_shows_disk(const struct cb_fake_view *view, const struct cb_fake_record *record,
			const struct statx *stx);

enum cb_fake_layout {
	CB_FAKE_LAYOUT_STAT,       /* struct stat of x86-64 */
	CB_FAKE_LAYOUT_STATX,
	CB_FAKE_LAYOUT_STAT_I386,  /* struct compat_stat of Linux */
	CB_FAKE_LAYOUT_STAT64_I386,
	CB_FAKE_LAYOUT_OLD_STAT,   /* struct __old_kernel_stat */
};

#define CB_FAKE_LAYOUT_MAX 256

/* Puts it into `out` and says how many bytes that are; -EOVERFLOW where a field does
 * not hold its value. */
int cb_fake_layout_put(enum cb_fake_layout layout, const struct statx *stx,
		       unsigned char out[CB_FAKE_LAYOUT_MAX]);

/* An id for a caller that has 16 bits for it: 65534 if it is larger. */
unsigned cb_fake_id16(unsigned id);

#endif
