/* SPDX-License-Identifier: MIT */
/* The layouts are those of fs/stat.c and arch/x86/kernel/sys_ia32.c of Linux. */
#include "fake/show.h"

#include <errno.h>
#include <string.h>
#include <sys/sysmacros.h>

#define OVERFLOW_ID 65534     /* DEFAULT_OVERFLOWUID */
#define MAX_NON_LFS 0x7fffffffu

void cb_fake_show(const struct cb_fake_view *view, const struct cb_fake_record *record,
		  struct statx *stx)
{
	unsigned fields = record ? record->fields : 0;

	if (fields & CB_FAKE_UID)
		stx->stx_uid = record->uid;
	else if (view->map_owner && stx->stx_uid == view->own_uid)
		stx->stx_uid = 0;
	if (fields & CB_FAKE_GID)
		stx->stx_gid = record->gid;
	else if (view->map_owner && stx->stx_gid == view->own_gid)
		stx->stx_gid = 0;
	if (fields & CB_FAKE_MODE)
		stx->stx_mode = (uint16_t)((stx->stx_mode & S_IFMT) | record->mode);
	if (fields & CB_FAKE_RDEV) {
		stx->stx_mode = (uint16_t)((stx->stx_mode & 07777) | record->type);
		stx->stx_rdev_major = major(record->rdev);
		stx->stx_rdev_minor = minor(record->rdev);
	}
}

bool cb_fake_shows_disk(const struct cb_fake_view *view, const struct cb_fake_record *record,
			const struct statx *stx)
{
	return (!record || !record->fields) &&
	       (!view->map_owner || ((!view->own_uid || stx->stx_uid != view->own_uid) &&
				     (!view->own_gid || stx->stx_gid != view->own_gid)));
}

unsigned cb_fake_id16(unsigned id)
{
	return id > UINT16_MAX ? OVERFLOW_ID : id;
}

/* new_encode_dev of Linux */
static uint32_t encoded(uint32_t maj, uint32_t min)
{
	return (min & 0xff) | maj << 8 | (min & ~0xffu) << 12;
}

static int put(unsigned char *out, const void *from, size_t size)
{
	memcpy(out, from, size);
	return (int)size;
}

static int put_stat(const struct statx *x, unsigned char *out)
{
	struct stat st = {
		.st_dev = encoded(x->stx_dev_major, x->stx_dev_minor),
		.st_ino = x->stx_ino,
		.st_nlink = x->stx_nlink,
		.st_mode = x->stx_mode,
		.st_uid = x->stx_uid,
		.st_gid = x->stx_gid,
		.st_rdev = encoded(x->stx_rdev_major, x->stx_rdev_minor),
		.st_size = (off_t)x->stx_size,
		.st_blksize = x->stx_blksize,
		.st_blocks = (blkcnt_t)x->stx_blocks,
		.st_atim = { x->stx_atime.tv_sec, x->stx_atime.tv_nsec },
		.st_mtim = { x->stx_mtime.tv_sec, x->stx_mtime.tv_nsec },
		.st_ctim = { x->stx_ctime.tv_sec, x->stx_ctime.tv_nsec },
	};

	return put(out, &st, sizeof st);
}

static int put_stat_i386(const struct statx *x, unsigned char *out)
{
	struct {
		uint32_t dev, ino;
		uint16_t mode, nlink, uid, gid;
		uint32_t rdev, size, blksize, blocks, time[6], unused[2];
	} st = {
		.dev = encoded(x->stx_dev_major, x->stx_dev_minor),
		.ino = (uint32_t)x->stx_ino,
		.mode = x->stx_mode,
		.nlink = (uint16_t)x->stx_nlink,
		.uid = (uint16_t)cb_fake_id16(x->stx_uid),
		.gid = (uint16_t)cb_fake_id16(x->stx_gid),
		.rdev = encoded(x->stx_rdev_major, x->stx_rdev_minor),
		.size = (uint32_t)x->stx_size,
		.blksize = x->stx_blksize,
		.blocks = (uint32_t)x->stx_blocks,
		.time = { (uint32_t)x->stx_atime.tv_sec, x->stx_atime.tv_nsec,
			  (uint32_t)x->stx_mtime.tv_sec, x->stx_mtime.tv_nsec,
			  (uint32_t)x->stx_ctime.tv_sec, x->stx_ctime.tv_nsec },
	};

	if (st.ino != x->stx_ino || st.nlink != x->stx_nlink || x->stx_size > MAX_NON_LFS)
		return -EOVERFLOW;
	return put(out, &st, sizeof st);
}

static int put_stat64_i386(const struct statx *x, unsigned char *out)
{
	struct __attribute__((packed)) {
		uint64_t dev;
		uint32_t pad0, short_ino, mode, nlink, uid, gid;
		uint64_t rdev;
		uint32_t pad3;
		uint64_t size;
		uint32_t blksize;
		uint64_t blocks;
		uint32_t time[6];
		uint64_t ino;
	} st = {
		.dev = encoded(x->stx_dev_major, x->stx_dev_minor),
		.short_ino = (uint32_t)x->stx_ino,
		.mode = x->stx_mode,
		.nlink = x->stx_nlink,
		.uid = x->stx_uid,
		.gid = x->stx_gid,
		.rdev = encoded(x->stx_rdev_major, x->stx_rdev_minor),
		.size = x->stx_size,
		.blksize = x->stx_blksize,
		.blocks = x->stx_blocks,
		.time = { (uint32_t)x->stx_atime.tv_sec, x->stx_atime.tv_nsec,
			  (uint32_t)x->stx_mtime.tv_sec, x->stx_mtime.tv_nsec,
			  (uint32_t)x->stx_ctime.tv_sec, x->stx_ctime.tv_nsec },
		.ino = x->stx_ino,
	};

	return put(out, &st, sizeof st);
}

static int put_old_stat(const struct statx *x, unsigned char *out)
{
	struct {
		uint16_t dev, ino, mode, nlink, uid, gid, rdev;
		uint32_t size, atime, mtime, ctime;
	} st = {
		.dev = (uint16_t)(x->stx_dev_major << 8 | (x->stx_dev_minor & 0xff)),
		.ino = (uint16_t)x->stx_ino,
		.mode = x->stx_mode,
		.nlink = (uint16_t)x->stx_nlink,
		.uid = (uint16_t)cb_fake_id16(x->stx_uid),
		.gid = (uint16_t)cb_fake_id16(x->stx_gid),
		.rdev = (uint16_t)(x->stx_rdev_major << 8 | (x->stx_rdev_minor & 0xff)),
		.size = (uint32_t)x->stx_size,
		.atime = (uint32_t)x->stx_atime.tv_sec,
		.mtime = (uint32_t)x->stx_mtime.tv_sec,
		.ctime = (uint32_t)x->stx_ctime.tv_sec,
	};

	if (st.ino != x->stx_ino || st.nlink != x->stx_nlink)
		return -EOVERFLOW;
	return put(out, &st, sizeof st);
}

int cb_fake_layout_put(enum cb_fake_layout layout, const struct statx *stx,
		       unsigned char out[CB_FAKE_LAYOUT_MAX])
{
	switch (layout) {
	case CB_FAKE_LAYOUT_STATX:
		return put(out, stx, sizeof *stx);
	case CB_FAKE_LAYOUT_STAT_I386:
		return put_stat_i386(stx, out);
	case CB_FAKE_LAYOUT_STAT64_I386:
		return put_stat64_i386(stx, out);
	case CB_FAKE_LAYOUT_OLD_STAT:
		return put_old_stat(stx, out);
	default:
		return put_stat(stx, out);
	}
}
