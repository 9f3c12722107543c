/* SPDX-License-Identifier: MIT */
/* Entries of directories carry the type of the file (getdents(2)), so that find(1) and
 * others need not ask for it: of a placeholder that is the type it stands for. Only
 * looked at once some file is pretended to be a device. */
#include "trace/pretend.h"

#include "base/cleanup.h"
#include "linux/i386.h"
#include "trace/proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define I386_GETDENTS64 220
#define MOST (1u << 20) /* bytes at once: fewer entries than there is room for are fine */

/* Both layouts begin so; the type is behind that, or in the last byte. */
struct head {
	uint64_t ino;
	int64_t off;
	uint16_t size;
	uint8_t type; /* of getdents64 alone */
} __attribute__((packed));

/* The record of a device that this entry is, if it still is that file. */
static const struct cb_fake_record *device(const struct cb_pretend *p, int dir, dev_t dev,
					   uint64_t ino, const char *name)
{
	const struct cb_fake_record *r = cb_fake_state_find_inode(p->state, dev, ino);
	struct cb_fake_id id;
	struct statx stx;

	if (!r || !(r->fields & CB_FAKE_RDEV) ||
	    statx(dir, name, AT_SYMLINK_NOFOLLOW, CB_FAKE_STATX, &stx))
		return NULL;
	id = cb_fake_id_of(&stx);
	return cb_fake_id_equal(&id, &r->id) ? r : NULL;
}

static void show_types(const struct cb_pretend *p, int dir, dev_t dev, char *entries, long size,
		       bool old)
{
	struct head h;

	for (long at = 0; at + (long)sizeof h <= size; at += h.size) {
		const struct cb_fake_record *r;
		char *type;

		memcpy(&h, entries + at, sizeof h);
		if (h.size < sizeof h)
			return;
		r = device(p, dir, dev, h.ino,
			   entries + at + offsetof(struct head, type) + (old ? 0 : 1));
		type = entries + at + (old ? h.size - 1u : offsetof(struct head, type));
		if (r && *type == DT_REG)
			*type = S_ISBLK(r->type) ? DT_BLK : DT_CHR;
	}
}

/* The entries as the caller would get them: `number` is that of its own table, and a
 * program of i386 gets places in the directory that fit into 32 bits. */
static long read_entries(const struct cb_entry *entry, long number, int fd, char *entries, size_t room)
{
	long n;

	if (entry->abi != CB_ABI_X86_64)
		return cb_i386_call(I386_GETDENTS64, (unsigned long)fd, (unsigned long)entries, room);
	n = syscall(number, fd, entries, room);
	return n < 0 ? -errno : n;
}

/* The descriptor is shared with the tracee, and so is the place in the directory. */
int cb_pretend_ask_dents(struct cb_run *run, pid_t tid, const struct cb_entry *entry,
			 const struct cb_found *found, struct cb_answer *answer)
{
	size_t room = (unsigned)entry->args[cb_syscall_argument(found->row, CB_ROLE_OUTSIZE)];
	bool old = found->row->number == SYS_getdents;
	CB_AUTO_FD int fd = -1;
	struct stat st;
	char *entries;
	long n;
	int rc = 0;

	if (!run->pretend->devices || (old && entry->abi != CB_ABI_X86_64))
		return 0;
	fd = cb_proc_copy_fd(tid, (int)entry->args[0]);
	if (fd < 0 || fstat(fd, &st) || !S_ISDIR(st.st_mode))
		return 0; /* the kernel knows the errno */
	room = room < MOST ? room : MOST;
	entries = cb_i386_memory(room + 1);
	if (!entries)
		return 0; /* types of what stands on the disk are better than no entries */
	n = read_entries(entry, found->row->number, fd, entries, room);
	if (n > 0) {
		show_types(run->pretend, fd, st.st_dev, entries, n, old);
		rc = cb_memory_write(&run->memory, tid, entry->args[1], entries, (size_t)n);
	}
	munmap(entries, room + 1);
	*answer = (struct cb_answer){ .kind = CB_ANSWER_RETURN, .value = rc ? -EFAULT : n };
	return rc == CB_GONE ? rc : 0;
}
