/* SPDX-License-Identifier: MIT */
/* Those who have become somebody else than root: what the kernel would refuse them of
 * the calls that change files, since to the kernel they still are who started the run.
 * Opening for reading is not stopped, and so not refused. */
#include "trace/pretend.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <unistd.h>

/* What is called that looks so; false: nothing is. */
static bool look_at(const struct cb_pretend *p, const char *path, struct statx *shown)
{
	const struct cb_fake_record *record;
	struct cb_fake_id id;

	if (statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, CB_FAKE_STATX, shown))
		return false;
	id = cb_fake_id_of(shown);
	record = cb_fake_state_find(p->state, &id);
	cb_fake_show(&p->view, record, shown);
	return true;
}

/* Making or taking away an entry changes its directory; from a sticky one only who has
 * the file or the directory takes away (inode(7)). */
static int entry_errno(const struct cb_pretend *p, const struct cb_fake_creds *creds,
		       const struct cb_place *place)
{
	CB_AUTO_BUF struct cb_buf parent = CB_BUF_INIT;
	const char *slash = strrchr(place->real.data, '/');
	struct statx dir, file;

	if (!slash)
		return 0;
	cb_buf_add(&parent, place->real.data, slash == place->real.data ? 1 :
					      (size_t)(slash - place->real.data));
	if (!look_at(p, parent.data, &dir))
		return 0;
	if (cb_fake_may_access(creds, &dir, W_OK | X_OK, false))
		return -EACCES;
	if (!place->exists || !(dir.stx_mode & S_ISVTX) ||
	    cb_fake_creds_capable(creds, CAP_FOWNER) || !look_at(p, place->real.data, &file))
		return 0;
	return creds->uid[CB_FAKE_FS] == file.stx_uid || creds->uid[CB_FAKE_FS] == dir.stx_uid ?
		       0 : -EPERM;
}

static int open_mode(const struct cb_call *call)
{
	switch (call->open_flags & O_ACCMODE) {
	case O_RDONLY:
		return call->open_flags & O_TRUNC ? R_OK | W_OK : R_OK;
	case O_WRONLY:
		return W_OK;
	default:
		return R_OK | W_OK;
	}
}

/* Times are for the owner, "now" for whoever may write as well (utimensat(2)). */
static int time_errno(const struct cb_call *call, const struct cb_fake_creds *creds,
		      const struct statx *file)
{
	if (!cb_fake_may_chmod(creds, file))
		return 0;
	if (call->times_given)
		return -EPERM;
	return cb_fake_may_access(creds, file, W_OK, false);
}

static int operand_errno(const struct cb_pretend *p, const struct cb_call *call,
			 const struct cb_operand *o, const struct cb_fake_creds *creds)
{
	const struct cb_place *place = &o->place;
	struct statx file;

	if (place->error || place->unnamed || !o->has_path)
		return 0;
	switch (o->role) {
	case CB_ROLE_L_NEW:
	case CB_ROLE_L_UNLINK:
	case CB_ROLE_L_RMDIR:
	case CB_ROLE_L_FROM:
	case CB_ROLE_L_TO:
		return entry_errno(p, creds, place);
	case CB_ROLE_P_OPEN:
		if (!place->exists)
			return entry_errno(p, creds, place);
		return look_at(p, place->real.data, &file) ?
			       cb_fake_may_access(creds, &file, open_mode(call), false) : 0;
	case CB_ROLE_P_FILE:
		return look_at(p, place->real.data, &file) ?
			       cb_fake_may_access(creds, &file, W_OK, false) : 0;
	default:
		if (call->effect == CB_EFFECT_TIME && look_at(p, place->real.data, &file))
			return time_errno(call, creds, &file);
		if (call->effect == CB_EFFECT_XATTR && !strncmp(call->xattr, "user.", 5) &&
		    look_at(p, place->real.data, &file))
			return cb_fake_may_access(creds, &file, W_OK, false);
		return 0;
	}
}

int cb_pretend_refuses(struct cb_run *run, const struct cb_call *call)
{
	const struct cb_fake_creds *creds = cb_pretend_creds(run, call->tid);
	int error = 0;

	if (creds == &run->pretend->root || cb_fake_creds_are_root(creds))
		return 0;
	for (int i = 0; i < call->operands && !error; i++)
		error = operand_errno(run->pretend, call, &call->operand[i], creds);
	if (error && cb_call_natural_errno(call)) /* that comes first */
		error = -cb_call_natural_errno(call);
	return error;
}
