/* SPDX-License-Identifier: MIT */
/* A core file is written by the kernel, in the directory where the process is,
 * past any system call. Where the policy would refuse it, there is none. */
#include "trace/run.h"

#include "base/cleanup.h"

#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>

/* A pattern that is a program or an absolute path is the machine's own matter. */
static bool is_written_here(struct cb_buf *pattern)
{
	if (cb_buf_read_file(pattern, AT_FDCWD, "/proc/sys/kernel/core_pattern", 4096))
		cb_buf_sets(pattern, "core");
	cb_buf_truncate(pattern, strcspn(pattern->data, "\n"));
	return *pattern->data != '|' && *pattern->data != '/';
}

void cb_core_prevent(struct cb_run *run, pid_t tid)
{
	CB_AUTO_BUF struct cb_buf pattern = CB_BUF_INIT;
	struct cb_place place = { .real = CB_BUF_INIT };
	struct cb_action action = { .effect = CB_EFFECT_CREATE, .subjects = 1 };
	struct cb_verdict v = { .deny = true };
	struct rlimit limit;

	if (prlimit(tid, RLIMIT_CORE, NULL, &limit) || !limit.rlim_cur || !is_written_here(&pattern))
		return;
	if (!cb_resolve_path(&run->resolver, tid, AT_FDCWD, pattern.data, 0, &place)) {
		action.subject[0] = (struct cb_subject){ place.real.data, place.real.len, 0 };
		cb_policy_decide(run->policy, run->scratch, &action, &v);
	}
	limit.rlim_cur = 0;
	if (v.deny)
		prlimit(tid, RLIMIT_CORE, &limit, NULL);
	cb_place_destroy(&place);
}
