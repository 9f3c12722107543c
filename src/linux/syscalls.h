/* SPDX-License-Identifier: MIT */
/* Facts about system calls: the rows of syscalls.def as data. Decides nothing. */
#ifndef CB_LINUX_SYSCALLS_H
#define CB_LINUX_SYSCALLS_H

#include "base/effect.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CB_ARGS 6

/* How a call was made. */
enum cb_abi {
	CB_ABI_X86_64,
	CB_ABI_I386,  /* 32-bit programs, and `int 0x80` */
	CB_ABI_OTHER, /* x32: no call of it is known */
};

/* The bit of O_TMPFILE alone: the C library's __O_TMPFILE has O_DIRECTORY in it. */
#define CB_OPEN_TMPFILE 020000000

/* What an argument is. P_: a path whose last symlink is followed (unless an
 * ATFLAGS argument says otherwise), L_: one whose last symlink is not. */
enum cb_role {
	CB_ROLE_NONE,
	CB_ROLE_DIRFD,    /* where the path in the next argument starts */
	CB_ROLE_P_OLD,    /* must exist */
	CB_ROLE_P_FILE,   /* must exist and be a regular file */
	CB_ROLE_P_OPEN,   /* as the open flags say */
	CB_ROLE_P_SHOW,   /* is named in the event, and not judged */
	CB_ROLE_P_SHOWDIR, /* so, and must be a directory */
	CB_ROLE_L_OLD,    /* must exist */
	CB_ROLE_L_NEW,    /* must not exist */
	CB_ROLE_L_UNLINK, /* must exist and be no directory (with AT_REMOVEDIR: rmdir) */
	CB_ROLE_L_RMDIR,  /* must be an empty directory */
	CB_ROLE_L_FROM,   /* the old name of a rename */
	CB_ROLE_L_TO,     /* the new name of a rename */
	CB_ROLE_FD,       /* the file behind this descriptor */
	CB_ROLE_OFLAGS,   /* open flags */
	CB_ROLE_HOW,      /* struct open_how *, size in the next argument */
	CB_ROLE_SIZE,
	CB_ROLE_LENGTH,
	CB_ROLE_LENGTH64, /* in two registers, the lower half first */
	CB_ROLE_ARGV,     /* of a program that is to run */
	CB_ROLE_MODE,
	CB_ROLE_ACCESS,   /* R_OK, W_OK, X_OK */
	CB_ROLE_ATFLAGS,  /* AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH */
	CB_ROLE_LFLAGS,   /* of linkat: AT_SYMLINK_FOLLOW, AT_EMPTY_PATH */
	CB_ROLE_UFLAGS,   /* of unlinkat: AT_REMOVEDIR */
	CB_ROLE_RFLAGS,   /* of renameat2 */
	CB_ROLE_TEXT,     /* the text of a symlink, not looked up */
	CB_ROLE_XNAME,    /* name of an extended attribute */
	CB_ROLE_XVALUE,   /* its value, size in the next argument */
	CB_ROLE_XSIZE,    /* size of its value */
	CB_ROLE_XARGS,    /* struct xattr_args *, size in the next argument */
	CB_ROLE_XFLAGS,   /* XATTR_CREATE, XATTR_REPLACE */
	CB_ROLE_TIMES,    /* struct timespec[2] *, may be NULL */
	CB_ROLE_TIMEVALS, /* struct timeval[2] *, may be NULL */
	CB_ROLE_UTIMBUF,  /* struct utimbuf *, may be NULL */
	CB_ROLE_TIMES32,  /* the same of i386, where time_t has 32 bits */
	CB_ROLE_TIMEVALS32,
	CB_ROLE_UTIMBUF32,
	CB_ROLE_FLAGS,    /* int *, of FS_IOC_SETFLAGS */
	CB_ROLE_FSXATTR,  /* struct fsxattr * */
	CB_ROLE_FILEATTR, /* struct file_attr *, size in the next argument */
	CB_ROLE_DEV,
	CB_ROLE_UID,
	CB_ROLE_GID,
	CB_ROLE_UID16,    /* 0xffff is -1 */
	CB_ROLE_GID16,
	CB_ROLE_SOCK,     /* socket descriptor */
	CB_ROLE_ADDR,     /* struct sockaddr *, length in the next argument */
	CB_ROLE_PEER,     /* the same for connect: AF_UNSPEC disconnects */
	CB_ROLE_ADDRLEN,
	CB_ROLE_LISTENER, /* socket descriptor: without an address yet, it gets any */
	CB_ROLE_MSG,      /* struct msghdr * */
	CB_ROLE_MMSG,     /* struct mmsghdr *, count in the next argument */
	CB_ROLE_COUNT,
	CB_ROLE_FAMILY,   /* socket family */
	CB_ROLE_PID,      /* as kill(2) takes it: 0, -1, -group too */
	CB_ROLE_TGID,     /* a process */
	CB_ROLE_TID,      /* a thread or process */
	CB_ROLE_SELF_OR_TID, /* 0 is the caller */
	CB_ROLE_PIDFD,
	CB_ROLE_PGRP,     /* of setpgid: the group that the process in the argument before joins */
	CB_ROLE_OWNER,    /* who gets a descriptor's signals: a process, or -group */
	CB_ROLE_OWNER_INT, /* a pointer to that */
	CB_ROLE_OWNER_EX, /* struct f_owner_ex * */
	CB_ROLE_SIG,
	CB_ROLE_PRIO_WHICH, /* PRIO_PROCESS 0, PRIO_PGRP 1, PRIO_USER 2 */
	CB_ROLE_IOPRIO_WHICH, /* 1 process, 2 group, 3 user */
	CB_ROLE_WHO,
	CB_ROLE_REQUEST,  /* of ptrace */
	CB_ROLE_NEWLIMIT, /* NULL only asks */
	CB_ROLE_NSFD,     /* namespace descriptor, or pidfd */
	CB_ROLE_NSTYPE,
	CB_ROLE_CLONEFLAGS,
	CB_ROLE_TIMEX,    /* struct timex *: modes 0 only asks */
	CB_ROLE_QCMD,     /* quota command: Q_GET* only asks */
	CB_ROLE_KLOG,     /* syslog(2) type: some only ask */
	CB_ROLE_DUMPABLE, /* 0 is answered, not done */
	CB_ROLE_PROGRAM,  /* struct sock_fprog *: one that cannot be read only asks */
	CB_ROLE_STAT,     /* what is to be filled: struct stat *, of x86-64 */
	CB_ROLE_STATX,    /* struct statx * */
	CB_ROLE_STAT_I386, /* the three that i386 has had */
	CB_ROLE_STAT64,
	CB_ROLE_STAT_OLD,
	CB_ROLE_STATXMASK,
	CB_ROLE_OUTSIZE,  /* room for the value in the argument before */
};

/* What a call asks or changes about its caller or a file that may be pretended. */
enum cb_ask {
	CB_ASK_NONE,
	CB_ASK_STAT,
	CB_ASK_GETXATTR,
	CB_ASK_LISTXATTR,
	CB_ASK_DENTS,
	CB_ASK_UID,
	CB_ASK_EUID,
	CB_ASK_GID,
	CB_ASK_EGID,
	CB_ASK_RESUID,
	CB_ASK_RESGID,
	CB_ASK_GROUPS,
	CB_ASK_CAPGET,
	CB_ASK_SETUID, /* from here on it changes something */
	CB_ASK_SETREUID,
	CB_ASK_SETRESUID,
	CB_ASK_SETFSUID,
	CB_ASK_SETGID,
	CB_ASK_SETREGID,
	CB_ASK_SETRESGID,
	CB_ASK_SETFSGID,
	CB_ASK_SETGROUPS,
	CB_ASK_CAPSET,
	CB_ASK_KEEPCAPS,
};

enum cb_trait {
	CB_TRAIT_PLAIN = 0,
	CB_TRAIT_CREAT = 1 << 0,      /* opens as with O_WRONLY|O_CREAT|O_TRUNC */
	CB_TRAIT_MAKEDIR = 1 << 1,    /* a final slash is fine on what is made */
	CB_TRAIT_MAKENODE = 1 << 2,   /* the type in MODE makes it a device */
	CB_TRAIT_NULLFD = 1 << 3,     /* a NULL path means the DIRFD itself */
	CB_TRAIT_SETXATTR = 1 << 4,
	CB_TRAIT_DELXATTR = 1 << 5,   /* fails with ENODATA if it is not there */
	CB_TRAIT_QUESTION = 1 << 6,   /* changes nothing: no event */
	CB_TRAIT_PATH_MAYBE = 1 << 7, /* the path may be NULL */
	CB_TRAIT_NEVER = 1 << 8,      /* no policy can allow it: it would blind us */
	CB_TRAIT_IDS16 = 1 << 9,      /* its ids have 16 bits */
};

enum cb_when_kind {
	CB_WHEN_ALWAYS,
	CB_WHEN_IF_ANY,      /* (arg & bits) != 0 && (arg & unless) == 0 */
	CB_WHEN_IF_EQ,       /* (uint32_t)arg == bits */
	CB_WHEN_IF_NE,       /* arg != bits, in 64 bits: a superset of the 32-bit test */
	CB_WHEN_OPENING,     /* CB_WHEN_IF_ANY for open flags; always if reads are judged */
	CB_WHEN_ASKING,      /* CB_WHEN_IF_ANY for access modes; any if reads are judged, or
			      * something is pretended */
	CB_WHEN_SENDING,   /* arg != 0, in 64 bits; always if signal 0 matters */
	CB_WHEN_IF_EXECS,
	CB_WHEN_IF_NET,
	CB_WHEN_IF_NET_NE,   /* addresses are judged, and arg != bits */
	CB_WHEN_IF_FAMILIES,
	CB_WHEN_IF_FAKE,
	CB_WHEN_IF_FAKE_EQ,  /* something is pretended, and (uint32_t)arg == bits */
};

struct cb_when {
	uint8_t kind; /* enum cb_when_kind */
	uint8_t arg;
	uint32_t bits;
	uint32_t unless;
};

/* What a policy must see, so that the filter stops no more than that. */
struct cb_needs {
	bool reads;    /* opens for reading and execs */
	bool execs;    /* execs alone, to tell of them */
	bool net;      /* addresses */
	bool families; /* socket() */
	bool probes;   /* signal 0: the second lock would refuse it */
	bool fake;     /* questions whose answers are pretended */
};

/* A FORM is one request of ioctl or fcntl; the call itself is its group. CALL and
 * FORM are judged, WATCH and ASK are seen and let go on or answered, a SOCKETCALL is
 * another call. */
enum cb_row_kind {
	CB_ROW_CALL,
	CB_ROW_FORM,
	CB_ROW_WATCH,
	CB_ROW_ASK,
	CB_ROW_SOCKETCALL,
	CB_ROW_PASS,
	CB_ROW_ENOSYS,
};

struct cb_syscall {
	uint8_t kind;      /* enum cb_row_kind */
	uint8_t effect;    /* enum cb_effect */
	uint8_t ask;       /* enum cb_ask, of WATCH and ASK */
	uint16_t number;
	uint16_t traits;   /* enum cb_trait */
	struct cb_when when;
	uint8_t role[CB_ARGS]; /* enum cb_role */
	const char *name;  /* of the call, or of the request */
	const char *group; /* the second name policies know it by, often its own */
	const char *reason; /* WATCH, ASK, PASS, ENOSYS: why; else NULL */
};

/* x86-64 has no numbers from here on: rows of i386 alone. */
#define CB_ONLY_I386 1000

/* All rows, in the order of the table; rows of one number stand together. */
const struct cb_syscall *cb_syscall_rows(size_t *count);

/* A number of i386, and the (first) row that it is. */
struct cb_syscall_i386 {
	uint16_t number;
	uint16_t row;     /* index into the rows */
	const char *name; /* what i386 calls it */
};

const struct cb_syscall_i386 *cb_syscall_i386_numbers(size_t *count);

/* A call found in the table. */
struct cb_found {
	const struct cb_syscall *row; /* NULL: nothing is to be seen of it */
	const char *name;             /* of the call, as its ABI has it */
};

/* The row that stops this call under these needs. */
struct cb_found cb_syscall_find(enum cb_abi abi, unsigned long long number,
				const unsigned long long args[CB_ARGS],
				const struct cb_needs *needs);

/* The x86-64 number of what socketcall(2) carries (SYS_BIND, ...), 0 for what
 * is never judged. */
unsigned cb_socketcall_number(unsigned call);

/* The first row of that name (call or request), or NULL. */
const struct cb_syscall *cb_syscall_by_name(const char *name);

/* The index of the row's first argument of that role, or -1. */
int cb_syscall_argument(const struct cb_syscall *row, enum cb_role role);

/* The call's own name: "ioctl" or "fcntl" for a request. */
const char *cb_syscall_call_name(const struct cb_syscall *row);

/* Does the filter ever stop this row? */
bool cb_syscall_stops(const struct cb_syscall *row);

/* Does this condition hold under these needs? `args` NULL: could it ever? */
bool cb_when_holds(const struct cb_when *when, const unsigned long long *args,
		   const struct cb_needs *needs);

/* Whether the policy's `system:` section speaks about it (by name or group). */
bool cb_syscall_is_system_name(const char *name);

#endif
