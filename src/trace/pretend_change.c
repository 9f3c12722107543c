/* SPDX-License-Identifier: MIT */
/* Changes of owner and mode, device nodes, and what files are made with: recorded, and
 * as far as the disk can have it done there as well. */
#include "trace/pretend.h"

#include "base/cleanup.h"
#include "fake/change.h"
#include "trace/as_tracee.h"
#include "trace/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/fs.h>
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

/* --- events */

static void add_look(json_t *event, const struct statx *stx)
{
	char text[32];

	cb_event_add_int(event, "uid", stx->stx_uid);
	cb_event_add_int(event, "gid", stx->stx_gid);
	snprintf(text, sizeof text, "%04o", stx->stx_mode & 07777u);
	cb_event_add_text(event, "mode", text);
	if (S_ISCHR(stx->stx_mode) || S_ISBLK(stx->stx_mode)) {
		snprintf(text, sizeof text, "%u:%u", stx->stx_rdev_major, stx->stx_rdev_minor);
		cb_event_add_text(event, "rdev", text);
	}
}

void cb_pretend_record(struct cb_run *run, const struct cb_call *call, const char *op,
		       const char *rule, const struct statx *was, const struct statx *now)
{
	const struct cb_operand *o = &call->operand[call->operands - 1];
	json_t *event, *before;

	run->totals.faked++;
	if (!run->events.sinks)
		return;
	event = cb_event_new(&run->events, "faked");
	cb_event_add_process(event, call->tid);
	cb_event_add_text(event, "syscall", call->name);
	cb_event_add_text(event, "effect", cb_effect_name(call->effect));
	if (o->has_path)
		cb_event_add_bytes(event, "path", o->path, strlen(o->path));
	cb_event_add_bytes(event, "real", o->place.real.data, o->place.real.len);
	cb_event_add_text(event, "verdict", "fake");
	cb_event_add_text(event, "rule", rule);
	cb_event_add_text(event, "op", op);
	if (call->xattr[0])
		cb_event_add_bytes(event, "name", call->xattr, strlen(call->xattr));
	add_look(event, now);
	if (was) {
		before = json_object();
		add_look(before, was);
		json_object_set_new(event, "was", before);
	}
	cb_event_emit(&run->events, event);
}

static bool is_ours(const struct statx *disk)
{
	return !geteuid() || disk->stx_uid == geteuid();
}

/* --- what is done on the disk, with the rights of the caller */

struct work {
	const char *file; /* /proc/self/fd/N, or a name in dir */
	int dir;
	mode_t mode;
};

static long work_owner(void *ctx)
{
	const struct work *w = ctx;

	return lchown(w->file, (uid_t)-1, (gid_t)-1) ? -errno : 0;
}

static long work_mode(void *ctx)
{
	const struct work *w = ctx;

	return chmod(w->file, w->mode) ? -errno : 0;
}

/* A descriptor of the file that was made, or a negative errno. */
static long work_file(void *ctx)
{
	const struct work *w = ctx;
	int fd = openat(w->dir, w->file,
			O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, w->mode);

	return fd < 0 ? -errno : fd;
}

static long do_it(struct cb_run *run, const struct cb_call *call, long (*fn)(void *ctx),
		  struct work *w)
{
	long result;

	return cb_as_tracee(run, call->tid, fn, w, &result) ? result : -EPERM;
}

/* What the file is after it was changed on the disk: on overlayfs it may be another one
 * from then on, a copy in the upper layer. */
static bool look_again(const struct cb_call *call, struct statx *disk)
{
	return !statx(call->operand[0].place.fd, "", AT_EMPTY_PATH, CB_FAKE_STATX, disk);
}

long cb_pretend_touch(struct cb_run *run, const struct cb_call *call, struct statx *disk)
{
	char file[32];
	struct work w = { .file = file, .mode = disk->stx_mode & 01777 };
	long error;

	if (!is_ours(disk) || (disk->stx_mode & (S_ISUID | S_ISGID)))
		return 0;
	snprintf(file, sizeof file, "/proc/self/fd/%d", call->operand[0].place.fd);
	error = do_it(run, call, S_ISLNK(disk->stx_mode) ? work_owner : work_mode, &w);
	if (error && error != -EPERM)
		return error;
	return look_again(call, disk) ? 0 : -EIO;
}

/* --- files that are there */

/* A file that is changed: how it is, how it looks, what is pretended. */
struct changed {
	struct statx disk, shown;
	struct cb_fake_record *record; /* or NULL */
	const struct cb_fake_creds *creds;
	char file[32];                 /* /proc/self/fd/N */
};

/* True: it is held; else *answer has what the kernel would say, or the kernel shall. */
static bool open_changed(struct cb_run *run, const struct cb_call *call, struct changed *c,
			 struct cb_answer *answer)
{
	const struct cb_place *place = &call->operand[0].place;
	int error = cb_call_operand_errno(call);

	*answer = go_on;
	if (error)
		answered(answer, -error);
	if (error || !place->holds ||
	    !cb_pretend_look(run->pretend, place->fd, &c->disk, &c->shown, &c->record))
		return false;
	c->creds = cb_pretend_creds(run, call->tid);
	snprintf(c->file, sizeof c->file, "/proc/self/fd/%d", place->fd);
	return true;
}

static struct cb_fake_record *record_of(struct cb_run *run, const struct cb_call *call,
					struct changed *c)
{
	struct cb_fake_id id = cb_fake_id_of(&c->disk);

	c->record = cb_fake_state_add(run->pretend->state, &id, call->operand[0].place.real.data);
	return c->record;
}

/* Tells of it, and says that it was done. */
static bool done(struct cb_run *run, const struct cb_call *call, const char *op, const char *rule,
		 struct changed *c, struct cb_answer *answer)
{
	struct statx was = c->shown;

	c->shown = c->disk;
	cb_fake_show(&run->pretend->view, c->record, &c->shown);
	cb_pretend_record(run, call, op, rule, &was, &c->shown);
	return answered(answer, 0);
}

static bool change_owner(struct cb_run *run, const struct cb_call *call, const char *rule,
			 struct cb_answer *answer)
{
	struct changed c;
	long error;

	if (!open_changed(run, call, &c, answer))
		return true;
	error = cb_fake_may_chown(c.creds, &c.shown, call->uid, call->gid);
	if (error)
		return answered(answer, error);
	error = cb_pretend_touch(run, call, &c.disk);
	if (error)
		return answered(answer, error);
	record_of(run, call, &c);
	if (run->pretend->keep_bits && (c.shown.stx_mode & 07000)) {
		c.record->mode = c.shown.stx_mode & 07777;
		c.record->fields |= CB_FAKE_MODE;
	}
	cb_fake_chown(c.record, c.creds, &c.shown, call->uid, call->gid, run->pretend->keep_bits);
	return done(run, call, "chown", rule, &c, answer);
}

/* The disk can take it as it is, and there is nothing to remember. */
static bool is_plain(const struct cb_call *call, const struct changed *c)
{
	mode_t mode = call->mode & 07777;

	return !c->record && is_ours(&c->disk) && cb_fake_disk_mode(c->disk.stx_mode, mode) == mode &&
	       !(c->disk.stx_mode & 07000);
}

static bool change_mode(struct cb_run *run, const struct cb_call *call, const char *rule,
			struct cb_answer *answer)
{
	mode_t mode = call->mode & 07777;
	struct changed c;
	struct work w = { .file = c.file };
	long error;

	if (!open_changed(run, call, &c, answer))
		return true;
	error = cb_fake_may_chmod(c.creds, &c.shown);
	if (error)
		return answered(answer, error);
	if (is_plain(call, &c))
		return false;
	w.mode = cb_fake_disk_mode(c.disk.stx_mode, mode);
	error = do_it(run, call, work_mode, &w);
	if (error && (error != -EPERM || is_ours(&c.disk)))
		return answered(answer, error);
	if (!look_again(call, &c.disk))
		return answered(answer, -EIO);
	cb_fake_chmod(record_of(run, call, &c), c.creds, &c.shown, mode);
	run->pretend->setgid_dirs |= S_ISDIR(c.disk.stx_mode) && (c.record->mode & S_ISGID);
	return done(run, call, "chmod", rule, &c, answer);
}

/* --- files that are made */

/* The umask of a tracee; 022 if it cannot be told. */
static mode_t umask_of(pid_t tid)
{
	CB_AUTO_BUF struct cb_buf text = CB_BUF_INIT;
	char path[32], value[16];

	snprintf(path, sizeof path, "/proc/%d/status", tid);
	if (cb_buf_read_file(&text, AT_FDCWD, path, 1 << 20) ||
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
		.mode = m->mode,
	};
	clock_gettime(CLOCK_REALTIME_COARSE, &e->since); /* the clock of birth times */
	run->pretend->expected = e;
}

/* The call as it may be done: with a mode that the disk shall have. */
static bool with_mode(struct cb_run *run, const struct cb_call *call, mode_t mode,
		      struct cb_answer *answer)
{
	int i = cb_syscall_argument(call->row, CB_ROLE_MODE);
	unsigned long long how_mode = mode;

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
	if (!keeps_mode || run->pretend->setgid_dirs)
		m.mode &= ~umask_of(call->tid);
	if (!keeps_mode)
		m.fields |= CB_FAKE_MODE;
	take_owner(run, call, &m);
	take_inherited(run, place, &m);
	if (!m.fields)
		return false;
	if (!keeps_mode)
		changed = with_mode(run, call, cb_fake_disk_mode(m.type, asked), answer);
	expect(run, call, &m);
	run->pretend->setgid_dirs |= S_ISDIR(m.type) && (m.mode & S_ISGID);
	record_made(run, call, m.fields & CB_FAKE_MODE ? "chmod" : "chown", rule, &m);
	return changed;
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
	struct changed c;
	CB_AUTO_FD int fd = -1;
	struct cb_fake_id id;
	struct work w;
	bool whiteout;
	long made;

	if (error)
		return answered(answer, -error);
	whiteout = S_ISCHR(m.type) && !dev; /* anybody may make it */
	if ((!whiteout && !cb_fake_creds_capable(cb_pretend_creds(run, call->tid), CAP_MKNOD)) ||
	    !o->place.in_dir || !name)
		return answered(answer, -EPERM);
	w = (struct work){ .file = name + 1, .dir = o->place.dir, .mode = 0600 };
	made = do_it(run, call, work_file, &w);
	if (made < 0)
		return answered(answer, made);
	fd = (int)made;
	if (statx(fd, "", AT_EMPTY_PATH, CB_FAKE_STATX, &c.disk))
		return answered(answer, -errno);
	fchmod(fd, 0600); /* whatever our umask says */
	m.mode = call->mode & 07777 & ~umask_of(call->tid);
	take_owner(run, call, &m);
	take_inherited(run, &o->place, &m);
	id = cb_fake_id_of(&c.disk);
	c.record = cb_fake_state_add(run->pretend->state, &id, o->place.real.data);
	/* new_decode_dev of Linux */
	cb_fake_mknod(c.record, m.type | m.mode,
		      makedev((dev & 0xfff00) >> 8, (dev & 0xff) | ((dev >> 12) & 0xfff00)));
	c.record->uid = m.uid;
	c.record->gid = m.gid;
	c.record->fields |= m.fields;
	c.shown = c.disk;
	run->pretend->devices = true;
	cb_fake_show(&run->pretend->view, c.record, &c.shown);
	cb_pretend_record(run, call, "mknod", rule, NULL, &c.shown);
	return answered(answer, 0);
}

/* --- names */

/* The last name of a file may go: then nobody needs to be told that it cannot be found.
 * Without birth times the record goes as well, or it would stick to another file. */
static void drop_nameless(struct cb_pretend *p, const struct stat *st)
{
	struct cb_fake_id id = { .dev = st->st_dev, .ino = st->st_ino };
	struct cb_fake_record *r = cb_fake_state_find(p->state, &id);

	if (!S_ISDIR(st->st_mode) && st->st_nlink > 1)
		return;
	if (r) {
		cb_fake_state_drop(p->state, r);
		return;
	}
	r = cb_fake_state_find_inode(p->state, st->st_dev, st->st_ino);
	if (r)
		r->gone = true;
}

/* A directory takes along the names of all below it. */
static void gets_name(struct cb_pretend *p, const struct cb_place *what, const struct cb_place *to)
{
	struct cb_fake_record *r;

	if (S_ISDIR(what->st.st_mode)) {
		cb_fake_state_renamed(p->state, what->real.data, to->real.data,
				      cb_fake_look_at_disk, NULL);
		return;
	}
	r = cb_fake_state_find_inode(p->state, what->st.st_dev, what->st.st_ino);
	if (r)
		cb_fake_record_renamed(r, what->real.data, to->real.data, cb_fake_look_at_disk,
				       NULL);
}

static void follow_names(struct cb_run *run, const struct cb_call *call)
{
	const struct cb_place *old = &call->operand[0].place, *new = &call->operand[1].place;
	struct cb_pretend *p = run->pretend;

	if (!cb_fake_state_count(p->state))
		return;
	if (call->effect == CB_EFFECT_REMOVE && old->exists)
		drop_nameless(p, &old->st);
	if (call->operands < 2 || !old->exists)
		return;
	if (call->effect == CB_EFFECT_RENAME && new->exists &&
	    !(call->rename_flags & (RENAME_EXCHANGE | RENAME_NOREPLACE)))
		drop_nameless(p, &new->st);
	gets_name(p, old, new);
	if (call->rename_flags & RENAME_EXCHANGE)
		gets_name(p, new, old);
}

/* --- all of them */

bool cb_pretend_change(struct cb_run *run, const struct cb_call *call, const char *rule,
		       struct cb_answer *answer)
{
	unsigned classes = run->pretend->classes;
	int refused = run->pretend->ids_vary ? cb_pretend_refuses(run, call) : 0;

	if (refused)
		return answered(answer, refused);
	switch (call->effect) {
	case CB_EFFECT_OWNER:
		return (classes & CB_FAKE_CLASS_OWNER) && change_owner(run, call, rule, answer);
	case CB_EFFECT_MODE:
		return (classes & CB_FAKE_CLASS_MODE) && change_mode(run, call, rule, answer);
	case CB_EFFECT_XATTR:
		return (classes & CB_FAKE_CLASS_XATTR) && cb_pretend_xattr(run, call, rule, answer);
	case CB_EFFECT_DEVICE:
		return (classes & CB_FAKE_CLASS_DEVICE) && cb_pretend_mknod(run, call, rule, answer);
	case CB_EFFECT_CREATE:
		return cb_pretend_make(run, call, rule, answer);
	case CB_EFFECT_RENAME:
	case CB_EFFECT_LINK:
	case CB_EFFECT_REMOVE:
		follow_names(run, call);
		return false;
	default:
		return false;
	}
}

/* Reading and writing are on the disk as they are pretended, and the kernel knows best;
 * executing is asked of the pretended mode, and those who are not root of everything. */
bool cb_pretend_access(struct cb_run *run, const struct cb_call *call, struct cb_answer *answer)
{
	const struct cb_fake_creds *creds = cb_pretend_creds(run, call->tid);
	const struct cb_place *place = &call->operand[0].place;
	int mode = (int)(call->mode & (R_OK | W_OK | X_OK));
	struct cb_fake_record *record;
	struct statx disk, shown;
	char file[32];

	if (!place->holds || !cb_pretend_look(run->pretend, place->fd, &disk, &shown, &record))
		return false;
	if (cb_fake_may_access(creds, &shown, mode, !(call->at_flags & AT_EACCESS)))
		return answered(answer, -EACCES);
	if (!(mode & X_OK))
		return false;
	/* what else stands against it, the kernel says: of us, to whom the disk is open */
	snprintf(file, sizeof file, "/proc/self/fd/%d", place->fd);
	if (faccessat(AT_FDCWD, file, mode & ~X_OK, AT_EACCESS))
		return answered(answer, -errno);
	return answered(answer, 0);
}
