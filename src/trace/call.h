/* SPDX-License-Identifier: MIT */
/* One judged system call, from its registers to what it would do. The call as
 * asked is never overwritten; what is found out stands beside it. */
#ifndef CB_TRACE_CALL_H
#define CB_TRACE_CALL_H

#include "linux/memory.h"
#include "linux/syscalls.h"
#include "linux/tracing.h"
#include "policy/address.h"
#include "trace/resolve.h"

#include <limits.h>
#include <linux/openat2.h>

#define CB_OPERANDS 2
#define CB_ADDRESS_ROOM 128 /* struct sockaddr_storage */

/* A path or descriptor that a call acts on. */
struct cb_operand {
	enum cb_role role;
	int dirfd;           /* or the descriptor itself, without a path */
	bool has_path;
	char path[PATH_MAX]; /* as given; copied from the tracee once */
	struct cb_place place;
};

struct cb_call {
	const struct cb_syscall *row;
	const char *name;           /* of the call, in its ABI */
	enum cb_abi abi;
	pid_t tid;
	const struct cb_memory *memory; /* how to read it; borrowed from the run */
	unsigned long long args[CB_ARGS];
	int operands;
	struct cb_operand operand[CB_OPERANDS];

	/* decoded arguments, each 0 where the row has no such role */
	unsigned open_flags;
	struct open_how how;        /* of openat2, as copied */
	unsigned mode;
	unsigned at_flags;
	unsigned rename_flags;
	char xattr[256];            /* name; "" if the row has none */
	unsigned long long value;   /* of an attribute, or flags: where it is in the tracee */
	size_t value_size;
	unsigned xattr_flags;
	unsigned uid, gid;          /* -1: as it is */
	struct timespec times[2];
	bool times_given;           /* false: now */
	bool remove_dir;            /* unlinkat with AT_REMOVEDIR */

	struct cb_address address;  /* of the net class */
	bool has_address;

	enum cb_effect effect;      /* of the row, made precise by the arguments */
	bool asks_only;             /* this form changes nothing */
	bool gone;                  /* found out on the way: nobody waits for its answer any more */
	int error;                  /* positive errno that the kernel would answer to these arguments */
};

/* Copies what the arguments point to and resolves the operands. Returns 0,
 * CB_GONE, or -EPERM when the tracee cannot be looked into. */
int cb_call_decode(struct cb_call *call, struct cb_resolver *resolver, pid_t tid,
		   const struct cb_entry *entry, const struct cb_found *found);

/* The call that an i386 socketcall(2) carries, in place of it. False: none that
 * is ever judged, or its arguments cannot be read (the kernel says EFAULT). */
bool cb_call_unwrap(const struct cb_memory *memory, pid_t tid, struct cb_entry *entry);
void cb_call_destroy(struct cb_call *call);

/* What it would answer to the arguments and operands, if that is an error. */
int cb_call_operand_errno(const struct cb_call *call);

/* Closes what its operands hold. */
void cb_call_let_go(struct cb_call *call);

/* The part of it that is about the arguments alone. */
int cb_call_argument_errno(const struct cb_call *call);

/* The errno that the kernel would answer to this call whoever asked: about
 * names, types, arguments and state, never about permission. 0 if none. */
int cb_call_natural_errno(const struct cb_call *call);

/* Reads two times in the layout of that role (CB_ROLE_TIMES, ...) into
 * call->times. 0, CB_GONE, -EFAULT, -EPERM; EINVAL goes into call->error. */
int cb_call_take_times(struct cb_call *call, enum cb_role role, unsigned long long addr);

/* Decodes the address of message n of a struct mmsghdr array into
 * call->address (has_address false: it has none). 0 or -EFAULT. */
int cb_call_decode_message(struct cb_call *call, struct cb_resolver *resolver,
			   unsigned long long messages, unsigned n);

#endif
