/* SPDX-License-Identifier: MIT */
/* Landlock's three calls. Constants stand here by their values, since the
 * headers of Debian 12 end at ABI 2. */
#include "linux/landlock.h"

#include <errno.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ACCESS_TRUNCATE (1ull << 14)
#define NET_BIND_TCP (1ull << 0)
#define NET_CONNECT_TCP (1ull << 1)
#define SCOPE_ABSTRACT (1ull << 0)
#define SCOPE_SIGNALS (1ull << 1)

/* struct landlock_ruleset_attr of ABI 6; older kernels take what is longer than
 * theirs if the rest is zero, but what they do not know must not be asked for */
struct ruleset_attr {
	uint64_t fs;
	uint64_t net;
	uint64_t scoped;
};

int cb_landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	return abi > 0 ? (int)abi : 0;
}

static uint64_t rights_on_contents(int abi)
{
	return LANDLOCK_ACCESS_FS_WRITE_FILE |
	       (abi >= CB_LANDLOCK_ABI_TRUNCATE ? ACCESS_TRUNCATE : 0);
}

static uint64_t rights_on_all(int abi)
{
	return rights_on_contents(abi) | LANDLOCK_ACCESS_FS_REMOVE_DIR |
	       LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
	       LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
	       LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
	       LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM |
	       LANDLOCK_ACCESS_FS_REFER;
}

int cb_landlock_new(int abi, const struct cb_landlock_scope *scope)
{
	struct ruleset_attr attr = { .fs = rights_on_all(abi) };
	int fd;

	if (abi >= CB_LANDLOCK_ABI_SCOPE)
		attr.scoped = (scope->signals ? SCOPE_SIGNALS : 0) |
			      (scope->abstract ? SCOPE_ABSTRACT : 0);
	if (abi >= CB_LANDLOCK_ABI_NET && scope->tcp)
		attr.net = NET_BIND_TCP | NET_CONNECT_TCP;
	fd = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);
	return fd < 0 ? -errno : fd;
}

int cb_landlock_allow(int ruleset, int abi, int fd, bool contents)
{
	struct landlock_path_beneath_attr rule = { .parent_fd = fd };
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	contents = contents || !S_ISDIR(st.st_mode);
	rule.allowed_access = contents ? rights_on_contents(abi) : rights_on_all(abi);
	if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0))
		return -errno;
	return 0;
}

int cb_landlock_restrict(int ruleset)
{
	return syscall(SYS_landlock_restrict_self, ruleset, 0) ? -errno : 0;
}
