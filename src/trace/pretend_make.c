/* SPDX-License-Identifier: MIT */
/* What files are made with: owners, groups and modes that the disk shall not have are
 * expected, and recorded once the kernel has made the file. Devices are made here. */
#include "trace/pretend.h"

#include "base/cleanup.h"
#include "fake/change.h"
#include "linux/procname.h"
#include "trace/as_tracee.h"
#include "trace/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

static const struct cb_answer go_on = { .kind = CB_ANSWER_CONTINUE };

static bool answered(struct cb_answer *answer, long value)
{
	*answer = (struct cb_answer){ .kind = CB_ANSWER_RETURN, .value = value };
	return true;
}

/* The umask of a tracee; 022 if it cannot be told. */
static mode_t umask_of(pid_t tid)
{
	CB_AUTO_BUF struct cb_buf text = CB_BUF_INIT;
	struct cb_proc_name name;
	char value[16];

	if (cb_buf_read_file(&text, AT_FDCWD, cb_proc_name(&name, tid, "status"), 1 << 20) ||
	    !cb_proc_value(text.data, "Umask", value, sizeof value))
		return 022;
	return (mode_t)strtoul(value, NULL, 8);
}

/* What is made: its type, and how it shall look where that is not what comes by itself. */
struct made {
	mode_t type;
	mode_t mode;
	unsigned uid, gid;
	unsigned fields;   /* enum cb_fake_field */
	struct timespec since; /* it is not older than this */
};

static mode_t type_made(const struct cb_call *call)
{
	if (call->operand[call->operands - 1].role == CB_ROLE_P_OPEN)
		return S_IFREG;
	if (call->row->traits & CB_TRAIT_MAKEDIR)
		return S_IFDIR;
	if (cb_syscall_argument(call->row, CB_ROLE_TEXT) >= 0)
		return S_IFLNK;
	if (call->has_address)
		return S_IFSOCK;
	return call->mode & S_IFMT ? call->mode & S_IFMT : S_IFREG;
}

/* Bits that a call can give to what it makes: a directory gets neither setuid nor
 * setgid (mkdir(2)). */
static mode_t mode_made(const struct cb_call *call, mode_t type)
{
	return call->mode & (S_ISDIR(type) ? 01777 : 07777);
}

static void take_owner(struct cb_run *run, const struct cb_call *call, struct made *m)
{
	const struct cb_fake_creds *creds = cb_pretend_creds(run, call->tid);

	if (!(run->pretend->classes & CB_FAKE_CLASS_OWNER))
		return;
	m->uid = creds->uid[CB_FAKE_FS];
	m->gid = creds->gid[CB_FAKE_FS];
	m->fields |= (m->uid ? CB_FAKE_UID : 0) | (m->gid ? CB_FAKE_GID : 0);
}

/* In a setgid directory: what has no name is made in the one that was named. */
static void take_inherited(struct cb_run *run, const struct cb_place *place, struct made *m)
{
	const struct cb_pretend *p = run->pretend;
	int parent = place->in_dir ? place->dir : place->holds ? place->fd : -1;
	struct cb_fake_record *record;
	struct statx disk, dir;
	mode_t mode = m->mode;

	if (!p->setgid_dirs || parent < 0 ||
	    !cb_pretend_look(p, parent, &disk, &dir, &record) || !(dir.stx_mode & S_ISGID))
		return;
	cb_fake_inherit(&dir, m->type, &m->gid, &mode);
	if (p->classes & CB_FAKE_CLASS_OWNER)
		m->fields |= CB_FAKE_GID;
	if ((p->classes & CB_FAKE_CLASS_MODE) && mode != m->mode) {
		m->fields |= CB_FAKE_MODE;
		m->mode = mode;
	}
}

static void expect(struct cb_run *run, const struct cb_call *call, const struct made *m)
{
	const struct cb_place *place = &call->operand[call->operands - 1].place;
	bool nameless = call->open_flags & CB_OPEN_TMPFILE;
	const char *name = strrchr(place->real.data, '/');
	struct cb_expected *e;
	int dir = -1;

	if (!nameless && (!place->in_dir || !name || !name[1]))
		return;
	if (!nameless)
		dir = fcntl(place->dir, F_DUPFD_CLOEXEC, 0);
	if (!nameless && dir < 0)
		return;
	e = cb_calloc(1, sizeof *e);
	*e = (struct cb_expected){
		.next = run->pretend->expected, .tid = call->tid, .dir = dir,
		.name = nameless ? NULL : cb_strdup(name + 1), .real = cb_strdup(place->real.data),
		.type = m->type, .fields = m->fields, .uid = m->uid, .gid = m->gid,
		.mode = m->mode, .since = m->since,
	};
	run->pretend->expected = e;
}

/* A file that is made by us, since the engine cannot change the mode it is made with. */
struct making {
	const struct cb_call *call;
	int dir;
	const char *name; /* NULL: it has none (O_TMPFILE) */
	mode_t type;
	mode_t mode;      /* on the disk, umask taken off */
};

static long make_opened(const struct making *m)
{
	struct cb_proc_name nameless;
	int flags = (int)(m->call->open_flags | O_CLOEXEC), fd;

	fd = m->name ? openat(m->dir, m->name, flags | O_NOFOLLOW, m->mode) :
		       open(cb_proc_name_own(&nameless, m->dir), flags, m->mode);
	if (fd < 0)
		return -errno;
	fchmod(fd, m->mode); /* whatever our umask says */
	return fd;
}

static long make_file(void *ctx)
{
	const struct making *m = ctx;
	int rc;

	if (m->call->operand[m->call->operands - 1].role == CB_ROLE_P_OPEN)
		return make_opened(m);
	rc = S_ISDIR(m->type) ? mkdirat(m->dir, m->name, m->mode) :
				mknodat(m->dir, m->name, m->type | m->mode, 0);
	if (!rc)
		rc = fchmodat(m->dir, m->name, m->mode, 0);
	return rc ? -errno : 0;
}

static bool make_it(struct cb_run *run, const struct cb_call *call, mode_t mode,
		    struct cb_answer *answer)
{
	const struct cb_operand *o = &call->operand[call->operands - 1];
	bool nameless = call->open_flags & CB_OPEN_TMPFILE;
	const char *slash = strrchr(o->place.real.data, '/');
	struct making m = {
		.call = call, .dir = nameless ? o->place.fd : o->place.dir,
		.name = nameless || !slash ? NULL : slash + 1,
		.type = type_made(call), .mode = mode & ~umask_of(call->tid),
	};
	int error = cb_call_natural_errno(call);
	long made = -EPERM;

	if (error)
		return answered(answer, -error);
	if (nameless ? !o->place.holds : !o->place.in_dir || !m.name || !*m.name)
		return answered(answer, -EPERM);
	if (!cb_as_tracee(run, call->tid, make_file, &m, &made) || made < 0 ||
	    o->role != CB_ROLE_P_OPEN)
		return answered(answer, made);
	*answer = (struct cb_answer){ CB_ANSWER_FD, made, !!(call->open_flags & O_CLOEXEC) };
	return true;
}

/* The call as it may be done: with a mode that the disk shall have. */
static bool with_mode(struct cb_run *run, const struct cb_call *call, mode_t mode,
		      struct cb_answer *answer)
{
	int i = cb_syscall_argument(call->row, CB_ROLE_MODE);
	unsigned long long how_mode = mode;

	if (i >= 0 && !run->engine->changes_arguments)
		return make_it(run, call, mode, answer);
	if (i >= 0) {
		*answer = (struct cb_answer){ CB_ANSWER_CHANGE,
					      (long)((call->mode & S_IFMT) | mode), i };
		return true;
	}
	i = cb_syscall_argument(call->row, CB_ROLE_HOW);
	if (i < 0)
		return false;
	if (cb_memory_write(&run->memory, call->tid,
			    call->args[i] + offsetof(struct open_how, mode), &how_mode,
			    sizeof how_mode))
		return answered(answer, -EPERM);
	*answer = go_on;
	return true;
}

static void record_made(struct cb_run *run, const struct cb_call *call, const char *op,
			const char *rule, const struct made *m)
{
	struct statx now = { .stx_mode = (uint16_t)(m->type | m->mode), .stx_uid = m->uid,
			     .stx_gid = m->gid };

	cb_pretend_record(run, call, op, rule, NULL, &now);
}

bool cb_pretend_make(struct cb_run *run, const struct cb_call *call, const char *rule,
		     struct cb_answer *answer)
{
	const struct cb_place *place = &call->operand[call->operands - 1].place;
	bool nameless = call->open_flags & CB_OPEN_TMPFILE;
	struct made m = { .type = type_made(call) };
	bool keeps_mode, changed = false;
	mode_t asked;

	if (!nameless && (place->exists || place->error))
		return false;
	m.mode = asked = mode_made(call, m.type);
	keeps_mode = S_ISLNK(m.type) || S_ISSOCK(m.type) ||
		     !(run->pretend->classes & CB_FAKE_CLASS_MODE) ||
		     cb_fake_disk_mode(m.type, asked) == asked;
	if (!keeps_mode)
		m.fields |= CB_FAKE_MODE;
	take_owner(run, call, &m);
	take_inherited(run, place, &m);
	if (!m.fields)
		return false;
	if (!S_ISLNK(m.type))
		m.mode &= ~umask_of(call->tid);
	/* the clock of birth times, and before it may be made, which may be in a moment */
	clock_gettime(CLOCK_REALTIME_COARSE, &m.since);
	if (!keeps_mode)
		changed = with_mode(run, call, cb_fake_disk_mode(m.type, asked), answer);
	if (changed && answer->kind == CB_ANSWER_RETURN && answer->value < 0)
		return true;
	expect(run, call, &m);
	run->pretend->setgid_dirs |= S_ISDIR(m.type) && (m.mode & S_ISGID);
	record_made(run, call, m.fields & CB_FAKE_MODE ? "chmod" : "chown", rule, &m);
	return changed;
}

/* What stands in for a device. */
struct placeholder {
	int dir;
	const char *name;
};

/* A descriptor of the file that was made, or a negative errno. */
static long make_placeholder(void *ctx)
{
	const struct placeholder *w = ctx;
	int fd = openat(w->dir, w->name,
			O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	return fd < 0 ? -errno : fd;
}

/* In place of a device stands an empty file. */
bool cb_pretend_mknod(struct cb_run *run, const struct cb_call *call, const char *rule,
		      struct cb_answer *answer)
{
	const struct cb_operand *o = &call->operand[0];
	const char *name = strrchr(o->place.real.data, '/');
	int error = cb_call_operand_errno(call), i = cb_syscall_argument(call->row, CB_ROLE_DEV);
	struct made m = { .type = call->mode & S_IFMT };
	unsigned dev = (unsigned)call->args[i];
	struct placeholder stand_in;
	struct cb_fake_record *record;
	struct statx stx;
	CB_AUTO_FD int fd = -1;
	struct cb_fake_id id;
	bool whiteout;
	long opened;

	if (error)
		return answered(answer, -error);
	whiteout = S_ISCHR(m.type) && !dev; /* anybody may make it */
	if ((!whiteout && !cb_fake_creds_capable(cb_pretend_creds(run, call->tid), CAP_MKNOD)) ||
	    !o->place.in_dir || !name)
		return answered(answer, -EPERM);
	stand_in = (struct placeholder){ o->place.dir, name + 1 };
	if (!cb_as_tracee(run, call->tid, make_placeholder, &stand_in, &opened))
		opened = -EPERM;
	if (opened < 0)
		return answered(answer, opened);
	fd = (int)opened;
	if (statx(fd, "", AT_EMPTY_PATH, CB_FAKE_STATX, &stx))
		return answered(answer, -errno);
	fchmod(fd, 0600); /* whatever our umask says */
	m.mode = call->mode & 07777 & ~umask_of(call->tid);
	take_owner(run, call, &m);
	take_inherited(run, &o->place, &m);
	id = cb_fake_id_of(&stx);
	record = cb_fake_state_find(run->pretend->state, &id);
	if (record) /* of an earlier file, where there are no times of birth */
		cb_fake_state_drop(run->pretend->state, record);
	record = cb_fake_state_add(run->pretend->state, &id, o->place.real.data);
	/* new_decode_dev of Linux */
	cb_fake_mknod(record, m.type | m.mode,
		      makedev((dev & 0xfff00) >> 8, (dev & 0xff) | ((dev >> 12) & 0xfff00)));
	record->uid = m.uid;
	record->gid = m.gid;
	record->fields |= m.fields;
	run->pretend->devices = true;
	cb_fake_show(&run->pretend->view, record, &stx);
	cb_pretend_record(run, call, "mknod", rule, NULL, &stx);
	return answered(answer, 0);
}
