/* SPDX-License-Identifier: MIT */
/* Who somebody pretends to be: user and group ids, groups and capabilities, and what
 * the kernel lets them become (credentials(7), capabilities(7)). Pure: it is told who
 * asks, and knows no process. */
#ifndef CB_FAKE_CREDS_H
#define CB_FAKE_CREDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#define CB_FAKE_GROUPS_MAX 65536 /* NGROUPS_MAX */

enum cb_fake_which { CB_FAKE_REAL, CB_FAKE_EFFECTIVE, CB_FAKE_SAVED, CB_FAKE_FS };

struct cb_fake_creds {
	unsigned uid[4], gid[4];  /* by enum cb_fake_which */
	unsigned *group;          /* supplementary ones, sorted; owned */
	size_t groups;
	uint64_t effective, permitted, inheritable;
	uint64_t bounding;        /* what root may have here */
	bool keep_caps;           /* PR_SET_KEEPCAPS */
};

/* Root with all capabilities in `bounding` and one group, 0. */
void cb_fake_creds_root(struct cb_fake_creds *creds, uint64_t bounding);
void cb_fake_creds_copy(struct cb_fake_creds *to, const struct cb_fake_creds *from);
void cb_fake_creds_destroy(struct cb_fake_creds *creds);

/* Is it what cb_fake_creds_root makes of the same bounding set? */
bool cb_fake_creds_are_root(const struct cb_fake_creds *creds);

enum cb_fake_set {
	CB_FAKE_SET_UID,    /* setuid(id[0]) */
	CB_FAKE_SET_REUID,  /* setreuid(id[0], id[1]) */
	CB_FAKE_SET_RESUID,
	CB_FAKE_SET_FSUID,
	CB_FAKE_SET_GID,
	CB_FAKE_SET_REGID,
	CB_FAKE_SET_RESGID,
	CB_FAKE_SET_FSGID,
};

/* What that call returns (0, a negative errno; of setfs* the old id), done to creds. */
long cb_fake_creds_set(struct cb_fake_creds *creds, enum cb_fake_set which, const unsigned id[3]);

/* setgroups(2); copies. */
long cb_fake_creds_set_groups(struct cb_fake_creds *creds, const unsigned *group, size_t groups);

/* capset(2) of the caller's own. */
long cb_fake_creds_set_caps(struct cb_fake_creds *creds, uint64_t effective, uint64_t permitted,
			    uint64_t inheritable);

/* What an execve of an ordinary program makes of them. */
void cb_fake_creds_exec(struct cb_fake_creds *creds);

/* A capability by its number (CAP_CHOWN, ...). */
bool cb_fake_creds_capable(const struct cb_fake_creds *creds, int capability);

/* Is this the fs group, or one of the groups? */
bool cb_fake_creds_in_group(const struct cb_fake_creds *creds, unsigned gid);

/* --- what they may do to a file that looks so (cb_fake_show): 0 or -errno */

int cb_fake_may_chown(const struct cb_fake_creds *creds, const struct statx *shown, unsigned uid,
		      unsigned gid);
int cb_fake_may_chmod(const struct cb_fake_creds *creds, const struct statx *shown);

/* R_OK, W_OK, X_OK: by the fs ids, or as access(2) asks, by the real ones. */
int cb_fake_may_access(const struct cb_fake_creds *creds, const struct statx *shown, int mode,
		       bool real_ids);

/* Setting (or removing) an attribute of that name. */
int cb_fake_may_set_xattr(const struct cb_fake_creds *creds, const char *name);

#endif
