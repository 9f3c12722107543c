/* SPDX-License-Identifier: MIT */
/* Extended attributes: those of security.* and trusted.*, which only root may set, are
 * recorded; those of user.* go to the disk; ACLs go where the filesystem takes them. */
#include "trace/pretend.h"

#include "base/cleanup.h"
#include "linux/procname.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>

#define XATTR_MAX 65536 /* XATTR_SIZE_MAX, XATTR_LIST_MAX */

static const struct cb_answer go_on = { .kind = CB_ANSWER_CONTINUE };

static bool answered(struct cb_answer *answer, long value)
{
	*answer = (struct cb_answer){ .kind = CB_ANSWER_RETURN, .value = value };
	return true;
}

static bool starts(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

static bool is_trusted(const char *name)
{
	return starts(name, "trusted.");
}

static bool is_file_capability(const char *name)
{
	return !strcmp(name, "security.capability");
}

/* A file whose attributes are asked for or changed. */
struct subject {
	struct statx disk, shown;
	struct cb_fake_record *record; /* or NULL */
	const struct cb_fake_creds *creds;
	struct cb_proc_name file;      /* /proc/self/fd/N */
};

/* False: the kernel has an errno, or it cannot be told. */
static bool open_subject(struct cb_run *run, const struct cb_call *call, struct subject *s)
{
	const struct cb_place *place = &call->operand[0].place;

	if (cb_call_operand_errno(call) || !place->holds ||
	    !cb_pretend_look(run->pretend, place->fd, &s->disk, &s->shown, &s->record))
		return false;
	s->creds = cb_pretend_creds(run, call->tid);
	cb_proc_name_own(&s->file, place->fd);
	return true;
}

/* --- questions */

/* Bytes for a caller with room for `room` of them; 0 only asks how many. */
static int hand_out(struct cb_run *run, const struct cb_call *call, const void *bytes, size_t size,
		    struct cb_answer *answer)
{
	unsigned long long room = call->value_size;
	int rc = 0;

	if (room && size > room) {
		answered(answer, -ERANGE);
		return 0;
	}
	if (room)
		rc = cb_memory_write(&run->memory, call->tid, call->value, bytes, size);
	answered(answer, rc ? -EFAULT : (long)size);
	return rc == CB_GONE ? rc : 0;
}

static int get(struct cb_run *run, const struct cb_call *call, const struct subject *s,
	       struct cb_answer *answer)
{
	const struct cb_fake_xattr *x = cb_fake_xattr_find(s->record, call->xattr);

	if (!x)
		return 0;
	if (x->removed || (is_trusted(x->name) && !cb_fake_creds_capable(s->creds, CAP_SYS_ADMIN))) {
		answered(answer, -ENODATA);
		return 0;
	}
	if (!x->size && is_file_capability(x->name)) { /* Linux takes it, and then cannot read it */
		answered(answer, -EINVAL);
		return 0;
	}
	return hand_out(run, call, x->value, x->size, answer);
}

/* What the disk lists and is not pretended to be gone, and what is pretended. */
static int list(struct cb_run *run, const struct cb_call *call, const struct subject *s,
		struct cb_answer *answer)
{
	CB_AUTO_BUF struct cb_buf names = CB_BUF_INIT;
	CB_AUTO_BUF struct cb_buf disk = CB_BUF_INIT;
	ssize_t n = listxattr(s->file.text, cb_buf_reserve(&disk, XATTR_MAX), XATTR_MAX);

	cb_buf_clear(&names);
	for (const char *at = disk.data; n > 0 && at < disk.data + n; at += strlen(at) + 1)
		if (!cb_fake_xattr_find(s->record, at))
			cb_buf_add(&names, at, strlen(at) + 1);
	for (size_t i = 0; i < s->record->xattrs; i++) {
		const struct cb_fake_xattr *x = &s->record->xattr[i];

		if (!x->removed &&
		    (!is_trusted(x->name) || cb_fake_creds_capable(s->creds, CAP_SYS_ADMIN)))
			cb_buf_add(&names, x->name, strlen(x->name) + 1);
	}
	return hand_out(run, call, names.data, names.len, answer);
}

int cb_pretend_ask_xattr(struct cb_run *run, pid_t tid, const struct cb_entry *entry,
			 const struct cb_found *found, struct cb_answer *answer)
{
	struct cb_call *call = run->call;
	struct subject s;
	int rc;

	*answer = go_on;
	if (!run->pretend->xattrs || !(run->pretend->classes & CB_FAKE_CLASS_XATTR))
		return 0;
	rc = cb_call_decode(call, &run->resolver, tid, entry, found);
	if (!rc && !call->error && open_subject(run, call, &s) && s.record && s.record->xattrs)
		rc = found->row->ask == CB_ASK_LISTXATTR ? list(run, call, &s, answer) :
							   get(run, call, &s, answer);
	cb_call_let_go(call);
	return rc == CB_GONE ? rc : 0;
}

/* --- changes */

/* A capability as the kernel takes it (cap_convert_nscap): revision 2 or 3. */
static bool is_capability(const unsigned char *value, size_t size)
{
	unsigned revision = size >= 4 ? value[3] : 0;

	return (size == 20 && revision == 2) || (size == 24 && revision == 3);
}

/* 0 or what setxattr(2) would answer. */
static int set_errno(const struct cb_call *call, bool there, const void *value)
{
	if (!strcmp(call->xattr, "security.") || !strcmp(call->xattr, "trusted."))
		return -EINVAL; /* nothing behind the point */
	if (call->value_size && is_file_capability(call->xattr) &&
	    !is_capability(value, call->value_size))
		return -EINVAL;
	if (there && (call->xattr_flags & XATTR_CREATE))
		return -EEXIST;
	return !there && (call->xattr_flags & XATTR_REPLACE) ? -ENODATA : 0;
}

static bool on_disk(const struct subject *s, const char *name)
{
	return getxattr(s->file.text, name, NULL, 0) >= 0;
}

static bool is_there(const struct subject *s, const char *name)
{
	const struct cb_fake_xattr *x = s->record ? cb_fake_xattr_find(s->record, name) : NULL;

	return x ? !x->removed : on_disk(s, name);
}

static int read_value(const struct cb_call *call, struct cb_buf *value)
{
	cb_buf_clear(value);
	if (call->value_size > XATTR_MAX)
		return -E2BIG;
	return cb_memory_read(call->memory, call->tid, call->value,
			      cb_buf_reserve(value, call->value_size), call->value_size) ? -EFAULT : 0;
}

static struct cb_fake_record *record_of(struct cb_run *run, const struct cb_call *call,
					struct subject *s)
{
	struct cb_fake_id id = cb_fake_id_of(&s->disk);

	run->pretend->xattrs = true;
	s->record = cb_fake_state_add(run->pretend->state, &id, call->operand[0].place.real.data);
	return s->record;
}

static long set(struct cb_run *run, const struct cb_call *call, struct subject *s)
{
	CB_AUTO_BUF struct cb_buf value = CB_BUF_INIT;
	int error = read_value(call, &value);

	if (!error)
		error = set_errno(call, is_there(s, call->xattr), value.data);
	if (!error)
		error = (int)cb_pretend_touch(run, call, &s->disk);
	if (error)
		return error;
	cb_fake_xattr_set(record_of(run, call, s), call->xattr, value.data, call->value_size);
	return 0;
}

static long unset(struct cb_run *run, const struct cb_call *call, struct subject *s)
{
	if (!is_there(s, call->xattr))
		return -ENODATA;
	if (on_disk(s, call->xattr))
		cb_fake_xattr_set(record_of(run, call, s), call->xattr, NULL, 0);
	else
		cb_fake_xattr_forget(s->record, call->xattr);
	return 0;
}

/* Names that only root may set. */
static bool is_for_root(const char *name)
{
	return starts(name, "security.") || is_trusted(name);
}

/* An ACL where the filesystem takes none: kept as if it did. */
static bool is_homeless(const struct subject *s, const char *name)
{
	return starts(name, "system.posix_acl_") && getxattr(s->file.text, name, NULL, 0) < 0 &&
	       errno == EOPNOTSUPP;
}

/* What stands in for a device could take attributes of users, a device cannot (xattr(7)). */
static bool is_device(const struct subject *s)
{
	return s->record && (s->record->fields & CB_FAKE_RDEV);
}

bool cb_pretend_xattr(struct cb_run *run, const struct cb_call *call, const char *rule,
		      struct cb_answer *answer)
{
	bool removes = call->row->traits & CB_TRAIT_DELXATTR, for_root = is_for_root(call->xattr);
	struct subject s;
	long result;

	if (!for_root && !starts(call->xattr, "system.") && !run->pretend->devices)
		return false;
	if (!open_subject(run, call, &s))
		return false;
	if (starts(call->xattr, "user."))
		return is_device(&s) && answered(answer, -EPERM);
	if (!for_root && !is_homeless(&s, call->xattr))
		return false;
	result = for_root ? cb_fake_may_set_xattr(s.creds, call->xattr) :
			    cb_fake_may_chmod(s.creds, &s.shown);
	if (!result)
		result = removes ? unset(run, call, &s) : set(run, call, &s);
	if (!result)
		cb_pretend_record(run, call, removes ? "removexattr" : "setxattr", rule, NULL,
				  &s.shown);
	return answered(answer, result);
}
