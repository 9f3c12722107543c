/* SPDX-License-Identifier: MIT */
/* What is pretended about files: one record a file, found by what the file is
 * (device, inode, birth time), never by its name, so that a record follows renames
 * and links and never sticks to another file that got the same inode number.
 * Knows no process; of the disk only what its callers say. */
#ifndef CB_FAKE_STATE_H
#define CB_FAKE_STATE_H

#include "base/buf.h"
#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

/* A file. Where the filesystem keeps no birth time it is 0, and a record has to
 * be dropped when the last name of its file goes. */
struct cb_fake_id {
	uint64_t dev;       /* makedev(3) */
	uint64_t ino;
	int64_t born_sec;
	uint32_t born_nsec;
};

/* What statx(2) has to be asked for, so that the two functions below can work. */
#define CB_FAKE_STATX (STATX_BASIC_STATS | STATX_BTIME)

struct cb_fake_id cb_fake_id_of(const struct statx *stx);
bool cb_fake_id_equal(const struct cb_fake_id *a, const struct cb_fake_id *b);

/* Which fields of a record are pretended; others are as on the disk. */
enum cb_fake_field {
	CB_FAKE_UID = 1 << 0,
	CB_FAKE_GID = 1 << 1,
	CB_FAKE_MODE = 1 << 2, /* all 12 permission bits */
	CB_FAKE_RDEV = 1 << 3, /* it is a device: type and rdev */
};

struct cb_fake_xattr {
	char *name;          /* owned */
	char *value;         /* owned; may hold NULs */
	size_t size;
	bool removed;        /* the disk has it, and it is pretended to be gone */
};

struct cb_fake_record {
	struct cb_fake_id id;
	unsigned fields;     /* enum cb_fake_field */
	uid_t uid;
	gid_t gid;
	mode_t mode;         /* 07777 bits */
	mode_t type;         /* S_IFCHR or S_IFBLK, with CB_FAKE_RDEV */
	dev_t rdev;          /* makedev(3) */
	struct cb_fake_xattr *xattr; /* sorted by name; owned */
	size_t xattrs;
	char *path;          /* a name of it, the newest known; absolute; owned */
	char *other;         /* a name that it had before, or NULL; owned */
	bool gone;           /* its last name was to be removed */
};

struct cb_fake_state;

struct cb_fake_state *cb_fake_state_new(void);
void cb_fake_state_free(struct cb_fake_state *state);

/* Files that something is pretended about. */
size_t cb_fake_state_count(const struct cb_fake_state *state);

/* The record of this very file, or NULL. One of an earlier file with this inode
 * number is no match (and dropped by cb_fake_state_add). Borrowed until it is dropped. */
struct cb_fake_record *cb_fake_state_find(const struct cb_fake_state *state,
					  const struct cb_fake_id *id);

/* The record of the file that has this inode number now, whenever it was born. */
struct cb_fake_record *cb_fake_state_find_inode(const struct cb_fake_state *state, uint64_t dev,
						uint64_t ino);

/* The record of this file, made if there is none (nothing pretended yet). `path` is
 * remembered as its name; copied. */
struct cb_fake_record *cb_fake_state_add(struct cb_fake_state *state, const struct cb_fake_id *id,
					 const char *path);
void cb_fake_state_drop(struct cb_fake_state *state, struct cb_fake_record *record);

/* What is called `path` now: true and *id, false if nothing is. */
typedef bool cb_fake_look(void *ctx, const char *path, struct cb_fake_id *id);

/* The look of the disk itself: statx(2), last symlink not followed. */
bool cb_fake_look_at_disk(void *ctx, const char *path, struct cb_fake_id *id);

/* What is called `from`, and all below it, may get the name `to`: both names are
 * remembered, since nobody knows yet whether that comes true. */
void cb_fake_state_renamed(struct cb_fake_state *state, const char *from, const char *to,
			   cb_fake_look *look, void *ctx);

/* The same of one file that nothing is below. */
void cb_fake_record_renamed(struct cb_fake_record *record, const char *from, const char *to,
			    cb_fake_look *look, void *ctx);

/* Of each record that has two names, keeps the one that leads to its file. */
void cb_fake_state_settle(struct cb_fake_state *state, cb_fake_look *look, void *ctx);

/* Calls fn for each record, sorted by path (bytes). fn must not add or drop. */
void cb_fake_state_each(const struct cb_fake_state *state,
			void (*fn)(void *ctx, const struct cb_fake_record *record), void *ctx);

/* --- attributes of a record */

const struct cb_fake_xattr *cb_fake_xattr_find(const struct cb_fake_record *record,
					       const char *name);

/* Copies. `value` NULL: pretended to be gone (removed). */
void cb_fake_xattr_set(struct cb_fake_record *record, const char *name, const void *value,
		       size_t size);
void cb_fake_xattr_forget(struct cb_fake_record *record, const char *name);

/* --- as text: a head line, then one file a line, sorted by path:
 *
 *   catbox-fake 1
 *   /build/usr/bin/x uid=0 gid=43 mode=2755 file=8:1:1234:1700000000.000000001
 *   /build/dev/null uid=0 mode=0666 type=c rdev=1:3 xattr=security.x:0x6869 file=...
 *
 * Bytes of paths and names that are no printable ASCII, and " %:=", are %XX. */

/* Told of each record that is not taken over, with a sentence why; borrowed. */
typedef void cb_fake_dropped(void *ctx, const char *path, const char *why);

/* Appends the state to `out`: the records that `look` finds by a name that they have.
 * Of another, unless its file is known to be gone, `dropped` is told. */
void cb_fake_state_write(struct cb_fake_state *state, cb_fake_look *look,
			 cb_fake_dropped *dropped, void *ctx, struct cb_buf *out);

/* Adds the records of a text. A record whose file is not found by its path, or is
 * another one, is dropped. `name` is what complaints call the text: "NAME:LINE: ...".
 * -EINVAL at the first line that is none; then the state is as it was. Empty text:
 * no records. */
int cb_fake_state_read(struct cb_fake_state *state, const char *name, const char *text,
		       cb_fake_look *look, cb_fake_dropped *dropped, void *ctx,
		       struct cb_error *err);

#endif
