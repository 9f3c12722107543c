/* SPDX-License-Identifier: MIT */
/* From registers to operands: what each argument is stands in the table; here
 * each role has its way to be read. */
#include "trace/call.h"

#include "base/cleanup.h"
#include "linux/memory.h"
#include "trace/metadata.h"
#include "trace/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timex.h>

#define OPEN_HOW_MAX 4096 /* PAGE_SIZE: what openat2(2) takes */
#define MMSGHDR_I386 32 /* sizeof(struct compat_mmsghdr) */
#define ADJ_SS_READ 0xa001 /* ADJ_OFFSET_SS_READ only asks (adjtimex(2)) */

static bool is_path_role(enum cb_role role)
{
	return role >= CB_ROLE_P_OLD && role <= CB_ROLE_L_TO;
}

/* Calls on names make and remove entries of directories. */
static bool is_entry_role(enum cb_role role)
{
	return role >= CB_ROLE_L_NEW && role <= CB_ROLE_L_TO;
}

static bool follows(const struct cb_call *call, const struct cb_operand *o)
{
	if (call->at_flags & AT_SYMLINK_NOFOLLOW)
		return false;
	switch (o->role) {
	case CB_ROLE_P_OPEN:
		return !(call->open_flags & O_NOFOLLOW) &&
		       (call->open_flags & (O_CREAT | O_EXCL)) != (O_CREAT | O_EXCL);
	case CB_ROLE_L_OLD:
		return call->at_flags & AT_SYMLINK_FOLLOW;
	case CB_ROLE_P_OLD:
	case CB_ROLE_P_FILE:
	case CB_ROLE_P_SHOW:
	case CB_ROLE_P_SHOWDIR:
		return true;
	default:
		return false;
	}
}

/* Keeps a failure to read memory: unmapped and endless are the kernel's own. */
static int keep(struct cb_call *call, int rc)
{
	if (rc != -EFAULT && rc != -ENAMETOOLONG)
		return rc;
	if (!call->error)
		call->error = -rc;
	return 0;
}

static int take_path(struct cb_call *call, enum cb_role role, int dirfd, unsigned long long addr)
{
	struct cb_operand *o = &call->operand[call->operands];
	bool null_is_fd = call->row->traits & CB_TRAIT_NULLFD;

	if (!addr && (call->row->traits & CB_TRAIT_PATH_MAYBE))
		return 0;
	call->operands++;
	o->role = role;
	o->dirfd = dirfd;
	o->path[0] = '\0';
	o->has_path = addr || !null_is_fd || dirfd == AT_FDCWD;
	return o->has_path ? keep(call, cb_memory_string(call->memory, call->tid, addr, o->path,
							  sizeof o->path)) : 0;
}

static void take_fd(struct cb_call *call, int fd)
{
	struct cb_operand *o = &call->operand[call->operands++];

	o->role = CB_ROLE_FD;
	o->dirfd = fd;
	o->has_path = false;
	o->path[0] = '\0';
	if (fd < 0)
		call->error = EBADF;
}

/* struct open_how may be larger than ours, if the rest is zero (openat2(2)). */
static int take_how(struct cb_call *call, unsigned long long addr, unsigned long long size)
{
	unsigned char raw[OPEN_HOW_MAX];
	int rc;

	if (size < sizeof call->how || size > sizeof raw) {
		call->error = size > sizeof raw ? E2BIG : EINVAL;
		return 0;
	}
	rc = cb_memory_read(call->memory, call->tid, addr, raw, size);
	if (rc)
		return keep(call, rc);
	for (size_t i = sizeof call->how; i < size; i++)
		if (raw[i])
			call->error = E2BIG;
	memcpy(&call->how, raw, sizeof call->how);
	call->open_flags = (unsigned)call->how.flags;
	call->mode = (unsigned)call->how.mode;
	if (call->how.flags & O_PATH)
		call->asks_only = true;
	return 0;
}

/* The text of a symlink: not judged, but an empty or unreadable one fails. */
static int take_text(struct cb_call *call, unsigned long long addr)
{
	char text[PATH_MAX];
	int rc = cb_memory_string(call->memory, call->tid, addr, text, sizeof text);

	if (!rc && !*text)
		call->error = ENOENT;
	return keep(call, rc);
}

static int take_xattr_name(struct cb_call *call, unsigned long long addr)
{
	int rc = cb_memory_string(call->memory, call->tid, addr, call->xattr, sizeof call->xattr);

	if (rc == -ENAMETOOLONG) {
		call->error = ERANGE;
		return 0;
	}
	return keep(call, rc);
}

/* What the kernel reads before it looks at the file: unreadable is EFAULT. */
static int take_input(struct cb_call *call, unsigned long long addr, unsigned long long size)
{
	unsigned char raw[OPEN_HOW_MAX];

	if (size > sizeof raw)
		call->error = E2BIG; /* file_setattr(2) takes no more than a page */
	call->value = addr;
	call->value_size = size;
	return call->error ? 0 : keep(call, cb_memory_read(call->memory, call->tid, addr, raw, size));
}

/* struct xattr_args of setxattrat(2): may be larger, if the rest is zero */
static int take_xattr_args(struct cb_call *call, unsigned long long addr, unsigned long long size)
{
	struct { uint64_t value; uint32_t size, flags; } args;
	int rc;

	if (size < sizeof args || size > OPEN_HOW_MAX) {
		call->error = size < sizeof args ? EINVAL : E2BIG;
		return 0;
	}
	rc = cb_memory_read(call->memory, call->tid, addr, &args, sizeof args);
	if (rc)
		return keep(call, rc);
	call->value = args.value;
	call->value_size = args.size;
	call->xattr_flags = args.flags;
	return 0;
}

static int take_address(struct cb_call *call, unsigned long long addr, unsigned long long len,
			bool disconnects)
{
	unsigned char raw[CB_ADDRESS_ROOM];
	int size = (int)len, rc;

	if (size < 0 || size > (int)sizeof raw) {
		call->error = EINVAL;
		return 0;
	}
	rc = cb_memory_read(call->memory, call->tid, addr, raw, (size_t)size);
	if (rc)
		return keep(call, rc);
	rc = disconnects ? cb_address_decode(&call->address, raw, (size_t)size) :
			   cb_address_decode_unspec_inet(&call->address, raw, (size_t)size);
	if (rc)
		call->error = EINVAL;
	call->has_address = true;
	return 0;
}

static int take_message(struct cb_call *call, unsigned long long addr)
{
	unsigned long long name;
	uint32_t size;
	uint32_t raw[4]; /* the start of struct msghdr: name, namelen */
	bool narrow = call->abi == CB_ABI_I386;
	int rc = cb_memory_read(call->memory, call->tid, addr, raw, narrow ? 8 : 12);

	if (rc)
		return keep(call, rc);
	name = narrow ? raw[0] : raw[0] | (unsigned long long)raw[1] << 32;
	if (!name || !raw[narrow ? 1 : 2]) {
		call->asks_only = true;
		return 0;
	}
	size = raw[narrow ? 1 : 2];
	if (size > CB_ADDRESS_ROOM && size <= INT32_MAX)
		size = CB_ADDRESS_ROOM; /* the kernel reads no more (net/socket.c) */
	return take_address(call, name, size, false);
}

/* listen(2) on a socket without an address binds it to any (ip(7)). */
static void take_listener(struct cb_call *call, int fd)
{
	CB_AUTO_FD int copy = cb_proc_copy_fd(call->tid, fd);
	struct sockaddr_storage own = { 0 };
	socklen_t size = sizeof own;

	call->asks_only = true;
	if (copy < 0 || getsockname(copy, (struct sockaddr *)&own, &size) ||
	    (own.ss_family != AF_INET && own.ss_family != AF_INET6) ||
	    cb_address_decode(&call->address, &own, size) || call->address.port)
		return;
	call->has_address = true;
	call->asks_only = false;
}

static int take_timex(struct cb_call *call, unsigned long long addr)
{
	unsigned modes;
	int rc = cb_memory_read(call->memory, call->tid, addr, &modes, sizeof modes);

	if (!rc)
		call->asks_only = !modes || modes == ADJ_SS_READ;
	return keep(call, rc);
}

/* Q_GETFMT, Q_GETINFO, Q_GETQUOTA, Q_GETNEXTQUOTA, and XFS's (quotactl(2)) */
static bool quota_asks(unsigned command)
{
	static const unsigned asking[] = { 0x800004, 0x800005, 0x800007, 0x800009,
					   0x5803,   0x5805,   0x5808,	 0x5809 };

	for (size_t i = 0; i < sizeof asking / sizeof *asking; i++)
		if (command >> 8 == asking[i])
			return true;
	return false;
}

static bool klog_asks(unsigned long long type)
{
	return type == 3 || type == 9 || type == 10; /* READ_ALL, SIZE_UNREAD, SIZE_BUFFER */
}

static int take_program(struct cb_call *call, unsigned long long addr)
{
	struct sock_fprog program; /* half as long for i386 */
	size_t size = call->abi == CB_ABI_I386 ? 8 : sizeof program;

	return keep(call, cb_memory_read(call->memory, call->tid, addr, &program, size));
}

/* Arguments that are read before the paths, since they say how those are meant. */
static int take_plain(struct cb_call *call, int i)
{
	unsigned long long arg = call->args[i];

	switch (call->row->role[i]) {
	case CB_ROLE_OFLAGS:
		call->open_flags = (unsigned)arg;
		call->asks_only = arg & O_PATH; /* reads and writes nothing (open(2)) */
		return 0;
	case CB_ROLE_HOW:
		return take_how(call, arg, call->args[i + 1]);
	case CB_ROLE_MODE:
	case CB_ROLE_ACCESS:
		call->mode = (unsigned)arg;
		return 0;
	case CB_ROLE_ATFLAGS:
	case CB_ROLE_LFLAGS:
		call->at_flags = (unsigned)arg;
		return 0;
	case CB_ROLE_UFLAGS:
		call->remove_dir = arg & AT_REMOVEDIR;
		return 0;
	case CB_ROLE_RFLAGS:
		call->rename_flags = (unsigned)arg;
		return 0;
	case CB_ROLE_TEXT:
		return take_text(call, arg);
	case CB_ROLE_XNAME:
		return take_xattr_name(call, arg);
	case CB_ROLE_XVALUE:
		call->value = arg;
		call->value_size = call->args[i + 1];
		return 0;
	case CB_ROLE_FLAGS:
		return take_input(call, arg, sizeof(int));
	case CB_ROLE_FSXATTR:
		return take_input(call, arg, sizeof(struct fsxattr));
	case CB_ROLE_FILEATTR:
		return take_input(call, arg, call->args[i + 1]);
	case CB_ROLE_XARGS:
		return take_xattr_args(call, arg, call->args[i + 1]);
	case CB_ROLE_XFLAGS:
		call->xattr_flags = (unsigned)arg;
		return 0;
	case CB_ROLE_UID:
		call->uid = (unsigned)arg;
		return 0;
	case CB_ROLE_GID:
		call->gid = (unsigned)arg;
		return 0;
	case CB_ROLE_UID16:
		call->uid = (uint16_t)arg == UINT16_MAX ? (unsigned)-1 : (uint16_t)arg;
		return 0;
	case CB_ROLE_GID16:
		call->gid = (uint16_t)arg == UINT16_MAX ? (unsigned)-1 : (uint16_t)arg;
		return 0;
	case CB_ROLE_TIMES:
	case CB_ROLE_TIMEVALS:
	case CB_ROLE_UTIMBUF:
	case CB_ROLE_TIMES32:
	case CB_ROLE_TIMEVALS32:
	case CB_ROLE_UTIMBUF32:
		return keep(call, cb_call_take_times(call, call->row->role[i], arg));
	case CB_ROLE_ADDR:
		return take_address(call, arg, call->args[i + 1], false);
	case CB_ROLE_PEER:
		return take_address(call, arg, call->args[i + 1], true);
	case CB_ROLE_LISTENER:
		take_listener(call, (int)arg);
		return 0;
	case CB_ROLE_MSG:
		return take_message(call, arg);
	case CB_ROLE_PROGRAM: /* libseccomp asks for flags with a NULL program */
		return take_program(call, arg);
	case CB_ROLE_TIMEX:
		return take_timex(call, arg);
	case CB_ROLE_NEWLIMIT:
		call->asks_only = !arg;
		return 0;
	case CB_ROLE_QCMD:
		call->asks_only = quota_asks((unsigned)arg);
		return 0;
	case CB_ROLE_KLOG:
		call->asks_only = klog_asks((unsigned)arg);
		return 0;
	default:
		return 0;
	}
}

static int take_operands(struct cb_call *call)
{
	int dirfd = AT_FDCWD, rc = 0;

	for (int i = 0; i < CB_ARGS && !rc; i++) {
		enum cb_role role = call->row->role[i];

		if (role == CB_ROLE_DIRFD) {
			dirfd = (int)call->args[i];
		} else if (role == CB_ROLE_FD) {
			take_fd(call, (int)call->args[i]);
		} else if (is_path_role(role)) {
			if (role == CB_ROLE_L_UNLINK && call->remove_dir)
				role = CB_ROLE_L_RMDIR;
			rc = take_path(call, role, dirfd, call->args[i]);
			dirfd = AT_FDCWD;
		}
	}
	return rc;
}

static bool asks(const struct cb_syscall *row)
{
	return row->kind == CB_ROW_ASK || (row->traits & CB_TRAIT_QUESTION);
}

static int resolve(struct cb_call *call, struct cb_resolver *resolver, struct cb_operand *o)
{
	unsigned flags = follows(call, o) ? CB_RESOLVE_FOLLOW : 0;

	if (is_entry_role(o->role))
		flags = CB_RESOLVE_ENTRY;
	if (cb_metadata_is(call->row))
		flags |= CB_RESOLVE_HOLD;
	if (resolver->holds_more)
		flags |= asks(call->row) || (call->open_flags & CB_OPEN_TMPFILE) ?
				 CB_RESOLVE_HOLD : CB_RESOLVE_HOLD_DIR;
	if (!o->has_path)
		return cb_resolve_fd(resolver, call->tid, o->dirfd, flags, &o->place);
	if (call->at_flags & AT_EMPTY_PATH)
		flags |= CB_RESOLVE_EMPTY;
	if (call->how.resolve & RESOLVE_IN_ROOT)
		flags |= CB_RESOLVE_IN_ROOT;
	return cb_resolve_path(resolver, call->tid, o->dirfd, o->path, flags, &o->place);
}

/* What opening does depends on the flags and on what is there. */
static enum cb_effect open_effect(const struct cb_call *call, bool exists)
{
	bool writes = (call->open_flags & O_ACCMODE) || (call->open_flags & O_TRUNC);

	if ((call->open_flags & CB_OPEN_TMPFILE) || (!exists && (call->open_flags & O_CREAT)))
		return CB_EFFECT_CREATE;
	return writes ? CB_EFFECT_WRITE : CB_EFFECT_READ;
}

static void refine_effect(struct cb_call *call)
{
	call->effect = call->row->effect;
	if (call->operands && call->operand[0].role == CB_ROLE_P_OPEN)
		call->effect = open_effect(call, call->operand[0].place.exists);
	if ((call->row->traits & CB_TRAIT_MAKENODE) &&
	    (S_ISCHR(call->mode) || S_ISBLK(call->mode)))
		call->effect = CB_EFFECT_DEVICE;
}

/* A path socket is resolved as any other path; bind makes it. */
static int take_socket_path(struct cb_call *call, struct cb_resolver *resolver)
{
	struct cb_operand *o = &call->operand[0];
	bool makes = call->row->effect == CB_EFFECT_BIND;

	call->operands = 1;
	o->role = makes ? CB_ROLE_L_NEW : CB_ROLE_P_OLD;
	o->dirfd = AT_FDCWD;
	o->has_path = true;
	memcpy(o->path, call->address.name, call->address.name_len);
	o->path[call->address.name_len] = '\0';
	if (makes)
		call->effect = CB_EFFECT_CREATE;
	return resolve(call, resolver, o);
}

int cb_call_decode(struct cb_call *call, struct cb_resolver *resolver, pid_t tid,
		   const struct cb_entry *entry, const struct cb_found *found)
{
	const struct cb_syscall *row = found->row;
	int rc = 0;

	call->row = row;
	call->name = found->name;
	call->abi = entry->abi;
	call->tid = tid;
	memcpy(call->args, entry->args, sizeof call->args);
	call->operands = 0;
	call->open_flags = row->traits & CB_TRAIT_CREAT ? O_CREAT | O_WRONLY | O_TRUNC : 0;
	call->how = (struct open_how){ 0 };
	call->mode = call->at_flags = call->rename_flags = 0;
	call->xattr[0] = '\0';
	call->value = call->value_size = call->xattr_flags = 0;
	call->uid = call->gid = (unsigned)-1;
	call->times_given = false;
	call->remove_dir = call->has_address = call->asks_only = call->gone = false;
	call->error = 0;
	for (int i = 0; i < CB_ARGS && !rc; i++)
		rc = take_plain(call, i);
	if (!rc)
		rc = take_operands(call);
	for (int i = 0; i < call->operands && !rc && !call->error; i++)
		rc = resolve(call, resolver, &call->operand[i]);
	if (rc)
		return rc;
	refine_effect(call);
	if (call->has_address && call->address.kind == CB_ADDRESS_UNIX && !call->error)
		rc = take_socket_path(call, resolver);
	return rc;
}

void cb_call_let_go(struct cb_call *call)
{
	for (int i = 0; i < CB_OPERANDS; i++)
		cb_place_let_go(&call->operand[i].place);
}

void cb_call_destroy(struct cb_call *call)
{
	for (int i = 0; i < CB_OPERANDS; i++)
		cb_place_destroy(&call->operand[i].place);
}

int cb_call_decode_message(struct cb_call *call, struct cb_resolver *resolver,
			   unsigned long long messages, unsigned n)
{
	call->has_address = false;
	call->operands = 0;
	if (take_message(call, messages + n * (call->abi == CB_ABI_I386 ? MMSGHDR_I386 : sizeof(struct mmsghdr))) || call->error)
		return -EFAULT;
	if (call->has_address && call->address.kind == CB_ADDRESS_UNIX)
		return take_socket_path(call, resolver) ? -EFAULT : 0;
	return 0;
}
