/* SPDX-License-Identifier: MIT */
/* Asks the kernel what it can do. Changes nothing. */
#include "linux/features.h"

#include "base/cleanup.h"
#include "linux/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/utsname.h>

int cb_features_parse_without(const char *names, unsigned *without, struct cb_error *err)
{
	static const struct { const char *name; unsigned bit; } known[] = {
		{ "landlock", CB_WITHOUT_LANDLOCK },
		{ "process_vm_readv", CB_WITHOUT_VM_READV },
		{ "proc-mem", CB_WITHOUT_PROC_MEM },
		{ "wait-killable", CB_WITHOUT_WAIT_KILLABLE },
		{ "sync-wake-up", CB_WITHOUT_SYNC_WAKE_UP },
	};
	unsigned found = 0;

	for (const char *at = names; *at; at += *at == ',') {
		size_t n = strcspn(at, ","), i = 0;

		while (i < sizeof known / sizeof *known &&
		       (strlen(known[i].name) != n || memcmp(known[i].name, at, n)))
			i++;
		if (i == sizeof known / sizeof *known)
			return cb_error(err, EINVAL, "'%.*s' is nothing to do without (landlock, "
					"process_vm_readv, proc-mem, wait-killable, sync-wake-up)",
					(int)n, at);
		found |= known[i].bit;
		at += n;
	}
	*without = found;
	return 0;
}

static bool has_openat2(void)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC };
	CB_AUTO_FD int fd = (int)syscall(SYS_openat2, AT_FDCWD, "/", &how, sizeof how);

	return fd >= 0;
}

static bool has_action(uint32_t action)
{
	return !syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action);
}

static bool can_read_memory(void)
{
	int from = 1, to = 0;
	struct iovec local = { &to, sizeof to }, remote = { &from, sizeof from };

	return process_vm_readv(getpid(), &local, 1, &remote, 1, 0) == sizeof to;
}

static int read_number(const char *path, const char *key, int otherwise)
{
	CB_AUTO_BUF struct cb_buf text = CB_BUF_INIT;
	const char *at;

	if (cb_buf_read_file(&text, AT_FDCWD, path, 1 << 16))
		return otherwise;
	at = strstr(text.data, key);
	return at ? atoi(at + strlen(key)) : otherwise;
}

static bool is_old(const char *release)
{
	int major = 0, minor = 0;

	return sscanf(release, "%d.%d", &major, &minor) == 2 &&
	       (major < 5 || (major == 5 && minor < 11));
}

void cb_features_probe(struct cb_features *f)
{
	struct utsname name;

	memset(f, 0, sizeof *f);
	uname(&name);
	snprintf(f->release, sizeof f->release, "%.64s", name.release);
	snprintf(f->machine, sizeof f->machine, "%.64s", name.machine);
	f->old = is_old(f->release);
	f->openat2 = has_openat2();
	f->seccomp_trace = has_action(SECCOMP_RET_TRACE);
	f->seccomp_notify = has_action(SECCOMP_RET_USER_NOTIF);
	f->vm_readv = can_read_memory();
	f->landlock_abi = cb_landlock_abi();
	f->yama_scope = read_number("/proc/sys/kernel/yama/ptrace_scope", "", -1);
	f->tracer = read_number("/proc/self/status", "TracerPid:", 0);
}
