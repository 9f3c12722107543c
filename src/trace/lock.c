/* SPDX-License-Identifier: MIT */
/* Makes a Landlock ruleset of what a policy lets change. */
#include "trace/lock.h"

#include "base/cleanup.h"
#include "linux/syscalls.h"
#include "policy/reach.h"
#include "trace/inherited.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static void allow_path(void *ctx, const char *path, bool contents)
{
	CB_AUTO_FD int fd = open(path, O_PATH | O_CLOEXEC);
	const struct cb_lock *lock = ctx;

	/* what cannot be opened has been removed since, or cannot be reached by
	 * the command either; a filesystem without places has no rules */
	if (fd >= 0)
		cb_landlock_allow(lock->ruleset, lock->abi, fd, contents);
}

static void add_gap(void *ctx, const char *rule, const char *text, const char *why)
{
	struct cb_lock *lock = ctx;
	json_t *path = json_string(text);

	json_array_append_new(lock->gaps, json_pack("{s:s,s:o,s:s}", "rule", rule, "path",
						    path ? path : json_string("?"), "why", why));
}

/* A file that the command already holds may be opened again by /proc/self/fd. */
static void allow_inherited(void *ctx, int fd, bool writable)
{
	const struct cb_lock *lock = ctx;

	if (writable)
		cb_landlock_allow(lock->ruleset, lock->abi, fd, true);
}

/* Whether the policy allows something by name that Landlock refuses in any case:
 * to mount (landlock(7)), or to look into processes outside. */
static bool conflicts(const struct cb_policy *policy)
{
	const struct cb_syscall *rows;
	size_t n;

	rows = cb_syscall_rows(&n);
	for (size_t i = 0; i < n; i++)
		if ((rows[i].effect == CB_EFFECT_MOUNT || rows[i].effect == CB_EFFECT_TRACE) &&
		    !(rows[i].traits & CB_TRAIT_NEVER) &&
		    cb_policy_allows_system(policy, rows[i].name, rows[i].group))
			return true;
	return false;
}

static bool allows_signals(const struct cb_policy *policy)
{
	const struct cb_syscall *rows;
	size_t n;

	rows = cb_syscall_rows(&n);
	for (size_t i = 0; i < n; i++)
		if (rows[i].effect == CB_EFFECT_SIGNAL &&
		    cb_policy_allows_system(policy, rows[i].name, rows[i].group))
			return true;
	return false;
}

static const char *why_off(const struct cb_lock *lock, const struct cb_policy *policy,
			   bool unwanted)
{
	if (unwanted)
		return "switched off";
	if (!lock->abi)
		return "this kernel has no Landlock";
	if (lock->abi < CB_LANDLOCK_ABI_MIN)
		return "Landlock of this kernel (ABI 1) knows no rename between directories";
	if (cb_policy_settings_of(policy)->unconfined)
		return "nothing is confined";
	if (cb_policy_settings_of(policy)->on_violation == CB_ON_VIOLATION_COLLECT)
		return "violations are only collected";
	if (conflicts(policy))
		return "the policy allows to mount or to trace, which Landlock refuses";
	return NULL;
}

int cb_lock_init(struct cb_lock *lock, const struct cb_policy *policy, bool unwanted,
		 struct cb_error *err)
{
	struct cb_reach_sink sink = { lock, allow_path, add_gap };

	*lock = (struct cb_lock){ .ruleset = -1, .abi = cb_landlock_abi() };
	lock->gaps = json_array();
	lock->off = why_off(lock, policy, unwanted);
	if (lock->off)
		return 0;
	lock->scope.tcp = lock->abi >= CB_LANDLOCK_ABI_NET && !cb_policy_allows_inet(policy);
	if (lock->abi >= CB_LANDLOCK_ABI_SCOPE) {
		lock->scope.signals = !allows_signals(policy);
		lock->scope.abstract = cb_policy_refuses_abstract(policy);
	}
	lock->ruleset = cb_landlock_new(lock->abi, &lock->scope);
	if (lock->ruleset < 0) {
		errno = -lock->ruleset;
		return cb_error_sys(err, "cannot make a Landlock ruleset");
	}
	cb_policy_reach(policy, &sink);
	allow_path(lock, "/dev/pts", true);
	cb_each_inherited(allow_inherited, lock);
	if (lock->abi < CB_LANDLOCK_ABI_TRUNCATE)
		add_gap(lock, "built-in", "/", "truncate(2) of a path is not held before Linux 6.2");
	return 0;
}

void cb_lock_destroy(struct cb_lock *lock)
{
	if (lock->ruleset >= 0)
		close(lock->ruleset);
	json_decref(lock->gaps);
	*lock = (struct cb_lock){ .ruleset = -1 };
}

json_t *cb_lock_describe(const struct cb_lock *lock)
{
	if (lock->off)
		return json_pack("{s:b,s:s}", "held", 0, "why", lock->off);
	return json_pack("{s:b,s:i,s:b,s:b,s:b,s:O}", "held", 1, "abi", lock->abi, "signals",
			 lock->scope.signals, "abstract", lock->scope.abstract, "tcp", lock->scope.tcp,
			 "gaps", lock->gaps);
}
