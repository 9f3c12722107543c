/* SPDX-License-Identifier: MIT */
/* What the kernel says to arguments that it does not take, whatever they name.
 * Asked only about calls that the policy refuses, so that a newer kernel that
 * knows more flags is not held back. */
#include "trace/call.h"

#include "base/cleanup.h"
#include "linux/procname.h"
#include "trace/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define XATTR_VALUE_MAX 65536 /* XATTR_SIZE_MAX */
#define PAGE 4096
#define FASYNC_FLAG 020000
#define LARGEFILE_FLAG 0100000

/* VALID_OPEN_FLAGS of the kernel: openat2 refuses others, open ignores them. */
#define OPEN_FLAGS                                                                         \
	(O_ACCMODE | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_APPEND | O_NONBLOCK | O_SYNC | \
	 O_DSYNC | FASYNC_FLAG | O_DIRECT | LARGEFILE_FLAG | O_DIRECTORY | O_NOFOLLOW |        \
	 O_NOATIME | O_CLOEXEC | O_PATH | CB_OPEN_TMPFILE)
#define RESOLVE_FLAGS                                                                      \
	(RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH |    \
	 RESOLVE_IN_ROOT | RESOLVE_CACHED)

static int how_errno(const struct open_how *how)
{
	bool makes = how->flags & (O_CREAT | CB_OPEN_TMPFILE);

	if (how->flags & ~(unsigned long long)OPEN_FLAGS)
		return EINVAL;
	if (how->resolve & ~(unsigned long long)RESOLVE_FLAGS)
		return EINVAL;
	if ((how->resolve & RESOLVE_BENEATH) && (how->resolve & RESOLVE_IN_ROOT))
		return EINVAL;
	return how->mode & (makes ? ~07777ull : ~0ull) ? EINVAL : 0;
}

static bool nanoseconds_are_bad(long ns)
{
	return ns != UTIME_NOW && ns != UTIME_OMIT && (ns < 0 || ns > 999999999);
}

static int times_errno(const struct cb_call *call)
{
	if (!call->times_given)
		return 0;
	return nanoseconds_are_bad(call->times[0].tv_nsec) ||
	       nanoseconds_are_bad(call->times[1].tv_nsec) ? EINVAL : 0;
}

/* The type of a node to make; 0 is a regular file (mknod(2)). */
static int node_errno(unsigned mode)
{
	switch (mode & S_IFMT) {
	case 0:
	case S_IFREG:
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:
	case S_IFSOCK:
	case S_IFDIR: /* EPERM, which is not ours to say */
		return 0;
	default:
		return EINVAL;
	}
}

/* The family of the tracee's socket; AF_UNSPEC: not found out. */
static int socket_family(pid_t tid, int fd)
{
	CB_AUTO_FD int copy = cb_proc_copy_fd(tid, fd);
	int family = AF_UNSPEC;
	socklen_t size = sizeof family;

	if (copy >= 0)
		getsockopt(copy, SOL_SOCKET, SO_DOMAIN, &family, &size);
	return family;
}

/* An address of one family given to a socket of another. */
static int family_errno(const struct cb_call *call, int fd)
{
	int is = call->has_address ? socket_family(call->tid, fd) : AF_UNSPEC;
	int given = call->address.family;

	if (is == AF_UNIX && given != AF_UNIX)
		return EINVAL;
	if ((is == AF_INET || is == AF_INET6) && given == AF_UNIX)
		return EAFNOSUPPORT;
	return 0;
}

/* The text of the link says what it is: here only to choose between errnos. */
static int socket_errno(const struct cb_call *call, int fd)
{
	struct cb_proc_name name;
	char link[16] = "";

	if (readlink(cb_proc_name_fd(&name, call->tid, fd), link, sizeof link - 1) < 0)
		return EBADF;
	return strncmp(link, "socket:", 7) ? ENOTSOCK : family_errno(call, fd);
}

/* The kernel copies the value of an attribute before it looks for the file. */
static int value_errno(const struct cb_call *call, unsigned long long addr,
		       unsigned long long size)
{
	char c;

	if (size > XATTR_VALUE_MAX)
		return E2BIG;
	for (unsigned long long at = 0; at < size; at = size - at > PAGE ? at + PAGE : size)
		if (cb_memory_read(call->memory, call->tid, addr + at, &c, 1))
			return EFAULT;
	return size && cb_memory_read(call->memory, call->tid, addr + size - 1, &c, 1) ? EFAULT : 0;
}

/* With a descriptor and no path there are none (utimensat(2)). */
static bool takes_no_flags(const struct cb_call *call)
{
	return (call->row->traits & CB_TRAIT_NULLFD) && call->operands &&
	       !call->operand[0].has_path;
}

static int flags_errno(unsigned given, unsigned known)
{
	return given & ~known ? EINVAL : 0;
}

static int one_errno(const struct cb_call *call, int i)
{
	unsigned long long arg = call->args[i];
	bool question = call->row->traits & CB_TRAIT_QUESTION;

	switch (call->row->role[i]) {
	case CB_ROLE_SOCK:
		return socket_errno(call, (int)arg);
	case CB_ROLE_UFLAGS:
		return flags_errno((unsigned)arg, AT_REMOVEDIR);
	case CB_ROLE_ATFLAGS:
		if (takes_no_flags(call))
			return flags_errno((unsigned)arg, 0);
		return flags_errno((unsigned)arg, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH |
							  (question ? AT_EACCESS : 0));
	case CB_ROLE_LFLAGS:
		return flags_errno((unsigned)arg, AT_SYMLINK_FOLLOW | AT_EMPTY_PATH);
	case CB_ROLE_XFLAGS:
		return flags_errno((unsigned)arg, XATTR_CREATE | XATTR_REPLACE);
	case CB_ROLE_XSIZE:
		return value_errno(call, call->args[i - 1], arg);
	case CB_ROLE_LENGTH:
		return (call->abi == CB_ABI_I386 ? (int)arg : (long long)arg) < 0 ? EINVAL : 0;
	case CB_ROLE_LENGTH64:
		return (int)call->args[i + 1] < 0 ? EINVAL : 0;
	case CB_ROLE_HOW:
		return how_errno(&call->how);
	case CB_ROLE_MODE:
		return call->row->traits & CB_TRAIT_MAKENODE ? node_errno(call->mode) : 0;
	case CB_ROLE_TIMES:
	case CB_ROLE_TIMES32:
		return times_errno(call);
	case CB_ROLE_SIG:
		return (int)arg < 0 || (int)arg > SIGRTMAX ? EINVAL : 0;
	default:
		return 0;
	}
}

int cb_call_argument_errno(const struct cb_call *call)
{
	int error = 0;

	for (int i = 0; i < CB_ARGS && !error; i++)
		error = one_errno(call, i);
	return error;
}
