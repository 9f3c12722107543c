/* SPDX-License-Identifier: MIT */
/* Changes of owner and mode: recorded, and as far as the disk can have it done there as
 * well. Names of files that something is pretended about are followed. */
#include "trace/pretend.h"

#include "fake/change.h"
#include "linux/procname.h"
#include "trace/as_tracee.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
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
	if (!run->events->sinks)
		return;
	event = cb_event_new(run->events, "faked");
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
	cb_event_emit(run->events, event);
}

static bool is_ours(const struct statx *disk)
{
	return !geteuid() || disk->stx_uid == geteuid();
}

/* --- what is done on the disk, with the rights of the caller */

struct work {
	const char *file; /* /proc/self/fd/N */
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
	struct cb_proc_name file;
	struct work w = { .file = cb_proc_name_own(&file, call->operand[0].place.fd), .mode = disk->stx_mode & 01777 };
	long error;

	if (!is_ours(disk) || (disk->stx_mode & (S_ISUID | S_ISGID)))
		return 0;
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
	struct cb_proc_name file;      /* /proc/self/fd/N */
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
	cb_proc_name_own(&c->file, place->fd);
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
	struct work w = { .file = c.file.text };
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
	struct cb_proc_name file;

	if (!place->holds || !cb_pretend_look(run->pretend, place->fd, &disk, &shown, &record))
		return false;
	if (cb_fake_may_access(creds, &shown, mode, !(call->at_flags & AT_EACCESS)))
		return answered(answer, -EACCES);
	if (!(mode & X_OK))
		return false;
	/* what else stands against it, the kernel says: of us, to whom the disk is open */
	if (faccessat(AT_FDCWD, cb_proc_name_own(&file, place->fd), mode & ~X_OK, AT_EACCESS))
		return answered(answer, -errno);
	return answered(answer, 0);
}
