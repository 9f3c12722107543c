/* SPDX-License-Identifier: MIT */
/* The rules are those of kernel/sys.c, security/commoncap.c, fs/attr.c and fs/namei.c
 * of Linux. */
#include "fake/creds.h"

#include "base/buf.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#define NOBODY ((unsigned)-1) /* no id: "as it is" */
#define MASK(cap) (1ull << (cap))

/* CAP_FS_SET of Linux: what the fs user id decides about */
static const uint64_t fs_caps = MASK(CAP_CHOWN) | MASK(CAP_DAC_OVERRIDE) |
				MASK(CAP_DAC_READ_SEARCH) | MASK(CAP_FOWNER) |
				MASK(CAP_FSETID) | MASK(CAP_LINUX_IMMUTABLE) |
				MASK(CAP_MKNOD) | MASK(CAP_MAC_OVERRIDE);

void cb_fake_creds_root(struct cb_fake_creds *creds, uint64_t bounding)
{
	*creds = (struct cb_fake_creds){ .effective = bounding, .permitted = bounding,
					 .bounding = bounding };
	creds->group = cb_calloc(1, sizeof *creds->group);
	creds->groups = 1;
}

void cb_fake_creds_copy(struct cb_fake_creds *to, const struct cb_fake_creds *from)
{
	*to = *from;
	to->group = cb_alloc((from->groups + 1) * sizeof *to->group);
	if (from->groups)
		memcpy(to->group, from->group, from->groups * sizeof *to->group);
}

void cb_fake_creds_destroy(struct cb_fake_creds *creds)
{
	free(creds->group);
	creds->group = NULL;
	creds->groups = 0;
}

bool cb_fake_creds_are_root(const struct cb_fake_creds *c)
{
	for (int i = 0; i < 4; i++)
		if (c->uid[i] || c->gid[i])
			return false;
	return c->groups == 1 && !c->group[0] && c->effective == c->bounding &&
	       c->permitted == c->bounding && !c->inheritable && !c->keep_caps;
}

bool cb_fake_creds_capable(const struct cb_fake_creds *creds, int capability)
{
	return creds->effective & MASK(capability);
}

bool cb_fake_creds_in_group(const struct cb_fake_creds *creds, unsigned gid)
{
	if (gid == creds->gid[CB_FAKE_FS])
		return true;
	for (size_t i = 0; i < creds->groups; i++)
		if (creds->group[i] == gid)
			return true;
	return false;
}

/* --- becoming somebody: users and groups have the same rules */

static bool all_nonzero(const unsigned id[4])
{
	return id[CB_FAKE_REAL] && id[CB_FAKE_EFFECTIVE] && id[CB_FAKE_SAVED];
}

/* What changing user ids does to capabilities (cap_emulate_setxuid). */
static void adjust_caps(struct cb_fake_creds *c, const unsigned old[4])
{
	if (!all_nonzero(old) && all_nonzero(c->uid) && !c->keep_caps)
		c->permitted = c->effective = 0;
	if (!old[CB_FAKE_EFFECTIVE] && c->uid[CB_FAKE_EFFECTIVE])
		c->effective = 0;
	if (old[CB_FAKE_EFFECTIVE] && !c->uid[CB_FAKE_EFFECTIVE])
		c->effective = c->permitted;
}

static void adjust_fs_caps(struct cb_fake_creds *c, unsigned old)
{
	if (!old && c->uid[CB_FAKE_FS])
		c->effective &= ~fs_caps;
	if (old && !c->uid[CB_FAKE_FS])
		c->effective |= c->permitted & fs_caps;
}

static bool among(unsigned id, const unsigned held[4], unsigned which)
{
	for (int i = 0; i < 4; i++)
		if ((which & (1u << i)) && held[i] == id)
			return true;
	return false;
}

#define REAL (1u << CB_FAKE_REAL)
#define EFFECTIVE (1u << CB_FAKE_EFFECTIVE)
#define SAVED (1u << CB_FAKE_SAVED)
#define FS (1u << CB_FAKE_FS)

static long set_one(unsigned held[4], unsigned id, bool able)
{
	if (id == NOBODY)
		return -EINVAL;
	if (!able && !among(id, held, REAL | SAVED))
		return -EPERM;
	if (able)
		held[CB_FAKE_REAL] = held[CB_FAKE_SAVED] = id;
	held[CB_FAKE_EFFECTIVE] = held[CB_FAKE_FS] = id;
	return 0;
}

static long set_two(unsigned held[4], const unsigned id[2], bool able)
{
	unsigned was = held[CB_FAKE_REAL];

	if (id[0] != NOBODY && !able && !among(id[0], held, REAL | EFFECTIVE))
		return -EPERM;
	if (id[1] != NOBODY && !able && !among(id[1], held, REAL | EFFECTIVE | SAVED))
		return -EPERM;
	if (id[0] != NOBODY)
		held[CB_FAKE_REAL] = id[0];
	if (id[1] != NOBODY)
		held[CB_FAKE_EFFECTIVE] = id[1];
	if (id[0] != NOBODY || (id[1] != NOBODY && id[1] != was))
		held[CB_FAKE_SAVED] = held[CB_FAKE_EFFECTIVE];
	held[CB_FAKE_FS] = held[CB_FAKE_EFFECTIVE];
	return 0;
}

static long set_three(unsigned held[4], const unsigned id[3], bool able)
{
	for (int i = 0; i < 3; i++)
		if (id[i] != NOBODY && !able && !among(id[i], held, REAL | EFFECTIVE | SAVED))
			return -EPERM;
	for (int i = 0; i < 3; i++)
		if (id[i] != NOBODY)
			held[i] = id[i];
	held[CB_FAKE_FS] = held[CB_FAKE_EFFECTIVE];
	return 0;
}

static long set_fs(unsigned held[4], unsigned id, bool able)
{
	unsigned was = held[CB_FAKE_FS];

	if (id != NOBODY && (able || among(id, held, REAL | EFFECTIVE | SAVED | FS)))
		held[CB_FAKE_FS] = id;
	return (long)was;
}

long cb_fake_creds_set(struct cb_fake_creds *c, enum cb_fake_set which, const unsigned id[3])
{
	bool users = which <= CB_FAKE_SET_FSUID;
	bool able = cb_fake_creds_capable(c, users ? CAP_SETUID : CAP_SETGID);
	unsigned *held = users ? c->uid : c->gid;
	unsigned old[4];
	long result;

	memcpy(old, c->uid, sizeof old);
	switch (which) {
	case CB_FAKE_SET_UID:
	case CB_FAKE_SET_GID:
		result = set_one(held, id[0], able);
		break;
	case CB_FAKE_SET_REUID:
	case CB_FAKE_SET_REGID:
		result = set_two(held, id, able);
		break;
	case CB_FAKE_SET_RESUID:
	case CB_FAKE_SET_RESGID:
		result = set_three(held, id, able);
		break;
	default:
		result = set_fs(held, id[0], able);
		adjust_fs_caps(c, old[CB_FAKE_FS]);
		return result;
	}
	if (!result)
		adjust_caps(c, old);
	return result;
}

static int by_number(const void *a, const void *b)
{
	const unsigned *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

long cb_fake_creds_set_groups(struct cb_fake_creds *c, const unsigned *group, size_t groups)
{
	if (!cb_fake_creds_capable(c, CAP_SETGID))
		return -EPERM;
	if (groups > CB_FAKE_GROUPS_MAX)
		return -EINVAL;
	for (size_t i = 0; i < groups; i++)
		if (group[i] == NOBODY)
			return -EINVAL;
	free(c->group);
	c->group = cb_alloc((groups + 1) * sizeof *c->group);
	if (groups)
		memcpy(c->group, group, groups * sizeof *group);
	c->groups = groups;
	qsort(c->group, groups, sizeof *c->group, by_number); /* groups_sort of Linux */
	return 0;
}

long cb_fake_creds_set_caps(struct cb_fake_creds *c, uint64_t effective, uint64_t permitted,
			    uint64_t inheritable)
{
	bool able = cb_fake_creds_capable(c, CAP_SETPCAP);

	if (!able && (inheritable & ~(c->inheritable | c->permitted)))
		return -EPERM;
	if (inheritable & ~(c->inheritable | c->bounding))
		return -EPERM;
	if ((permitted & ~c->permitted) || (effective & ~permitted))
		return -EPERM;
	c->effective = effective;
	c->permitted = permitted;
	c->inheritable = inheritable;
	return 0;
}

void cb_fake_creds_exec(struct cb_fake_creds *c)
{
	bool root = !c->uid[CB_FAKE_REAL] || !c->uid[CB_FAKE_EFFECTIVE];

	c->uid[CB_FAKE_SAVED] = c->uid[CB_FAKE_FS] = c->uid[CB_FAKE_EFFECTIVE];
	c->gid[CB_FAKE_SAVED] = c->gid[CB_FAKE_FS] = c->gid[CB_FAKE_EFFECTIVE];
	c->permitted = root ? c->bounding | c->inheritable : 0;
	c->effective = c->uid[CB_FAKE_EFFECTIVE] ? 0 : c->permitted;
	c->keep_caps = false;
}

/* --- files */

int cb_fake_may_chown(const struct cb_fake_creds *c, const struct statx *shown, unsigned uid,
		      unsigned gid)
{
	bool owns = c->uid[CB_FAKE_FS] == shown->stx_uid;

	if (cb_fake_creds_capable(c, CAP_CHOWN))
		return 0;
	if (uid != NOBODY && !(owns && uid == shown->stx_uid))
		return -EPERM;
	if (gid != NOBODY &&
	    !(owns && (gid == shown->stx_gid || cb_fake_creds_in_group(c, gid))))
		return -EPERM;
	return 0;
}

int cb_fake_may_chmod(const struct cb_fake_creds *c, const struct statx *shown)
{
	return c->uid[CB_FAKE_FS] == shown->stx_uid || cb_fake_creds_capable(c, CAP_FOWNER) ?
		       0 : -EPERM;
}

/* The three bits that speak of this one; of access(2) with its real ids. */
static unsigned bits_for(const struct cb_fake_creds *c, const struct statx *shown, bool real_ids)
{
	unsigned mode = shown->stx_mode;
	bool group = cb_fake_creds_in_group(c, shown->stx_gid);

	if (real_ids && c->gid[CB_FAKE_REAL] != c->gid[CB_FAKE_FS]) {
		group = c->gid[CB_FAKE_REAL] == shown->stx_gid;
		for (size_t i = 0; i < c->groups && !group; i++)
			group = c->group[i] == shown->stx_gid;
	}
	if (c->uid[real_ids ? CB_FAKE_REAL : CB_FAKE_FS] == shown->stx_uid)
		mode >>= 6;
	else if (group)
		mode >>= 3;
	return mode & 7;
}

int cb_fake_may_access(const struct cb_fake_creds *c, const struct statx *shown, int mode,
		       bool real_ids)
{
	/* access(2) has the capabilities of who really is root, and no others */
	uint64_t caps = !real_ids ? c->effective : c->uid[CB_FAKE_REAL] ? 0 : c->permitted;
	bool dir = S_ISDIR(shown->stx_mode);

	if (!(mode & ~bits_for(c, shown, real_ids)))
		return 0;
	if ((caps & MASK(CAP_DAC_OVERRIDE)) && (dir || !(mode & X_OK) || (shown->stx_mode & 0111)))
		return 0;
	if ((caps & MASK(CAP_DAC_READ_SEARCH)) && (mode == R_OK || (dir && !(mode & W_OK))))
		return 0;
	return -EACCES;
}

int cb_fake_may_set_xattr(const struct cb_fake_creds *c, const char *name)
{
	if (!strcmp(name, "security.capability"))
		return cb_fake_creds_capable(c, CAP_SETFCAP) ? 0 : -EPERM;
	return cb_fake_creds_capable(c, CAP_SYS_ADMIN) ? 0 : -EPERM;
}
