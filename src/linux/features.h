/* SPDX-License-Identifier: MIT */
/* What this kernel offers, found out by asking it. */
#ifndef CB_LINUX_FEATURES_H
#define CB_LINUX_FEATURES_H

#include "base/error.h"

#include <stdbool.h>

struct cb_features {
	char release[65];       /* of uname(2) */
	char machine[65];
	bool old;               /* older than 5.11, which is what is asked for */
	bool openat2;           /* 5.6; a container may refuse it */
	bool seccomp_trace;     /* SECCOMP_RET_TRACE */
	bool seccomp_notify;    /* SECCOMP_RET_USER_NOTIF, 5.0 */
	bool vm_readv;          /* process_vm_readv is allowed on ourselves */
	int landlock_abi;       /* 0: none */
	int yama_scope;         /* -1: no Yama */
	int tracer;             /* pid of who traces us, 0 = nobody */
};

void cb_features_probe(struct cb_features *features);

/* What can be done without, for machines that lack it and for tests. */
enum cb_without {
	CB_WITHOUT_LANDLOCK = 1 << 0,
	CB_WITHOUT_VM_READV = 1 << 1,
	CB_WITHOUT_PROC_MEM = 1 << 2,
	CB_WITHOUT_WAIT_KILLABLE = 1 << 3,
	CB_WITHOUT_SYNC_WAKE_UP = 1 << 4,
};

/* Names with commas between them: landlock, process_vm_readv, proc-mem,
 * wait-killable, sync-wake-up. 0 and *without (enum cb_without), or -EINVAL naming the one that is none. */
int cb_features_parse_without(const char *names, unsigned *without, struct cb_error *err);

#endif
