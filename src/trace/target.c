/* SPDX-License-Identifier: MIT */
/* Which process a call aims at, and whether it belongs to the run. */
#include "trace/run.h"

#include "linux/memory.h"
#include "trace/as_tracee.h"
#include "trace/proc.h"

#include <fcntl.h>

#include <errno.h>
#include <signal.h>
#include <unistd.h>

/* A thread or process by its id; ids that cannot be are refused by the kernel. */
static enum cb_target one(const struct cb_run *run, pid_t id, long long *target)
{
	*target = id;
	if (id <= 0)
		return CB_TARGET_INSIDE;
	if (run->engine->belongs(run->state, id))
		return CB_TARGET_INSIDE;
	switch (cb_proc_state(id)) {
	case 0:
		return CB_TARGET_MISSING;
	case 'Z': /* maybe one of ours whose parent has not waited: nothing reaches it */
		return CB_TARGET_INSIDE;
	default:
		return CB_TARGET_OUTSIDE;
	}
}

struct search {
	pid_t group;
	bool found;
};

static void look(pid_t pid, void *ctx)
{
	struct search *s = ctx;

	s->found |= getpgid(pid) == s->group;
}

/* Only the group that the run was started in can hold both sides: the others
 * are made inside, and joining one of others is refused (by_pgrp). */
static enum cb_target group(const struct cb_run *run, pid_t id, long long *target)
{
	struct search s = { .group = id };

	*target = -(long long)id;
	if (id == run->group)
		return CB_TARGET_SHARED;
	run->engine->each(run->state, look, &s);
	if (s.found)
		return CB_TARGET_INSIDE;
	if (kill(-id, 0) && errno == ESRCH)
		return CB_TARGET_MISSING;
	return cb_proc_group_lives(id) ? CB_TARGET_OUTSIDE : CB_TARGET_INSIDE;
}

/* kill(2): a process, 0 the caller's group, -1 everybody, -N a group. */
static enum cb_target by_kill(const struct cb_run *run, const struct cb_call *call, pid_t id,
			      long long *target)
{
	*target = id;
	if (id > 0)
		return one(run, id, target);
	if (id == -1)
		return CB_TARGET_OUTSIDE;
	return group(run, id ? -id : getpgid(call->tid), target);
}

static enum cb_target by_pidfd(const struct cb_run *run, const struct cb_call *call, int fd,
			       long long *target)
{
	pid_t pid = cb_proc_pidfd(call->tid, fd);

	*target = pid;
	if (!pid || pid == -EBADF || pid == -EINVAL)
		return CB_TARGET_INSIDE; /* gone, or no such descriptor: the kernel says so */
	if (pid < 0)
		return CB_TARGET_OUTSIDE;
	return one(run, pid, target);
}

/* setpriority and ioprio_set; `which` counts from `base`: process, group, user. */
static enum cb_target by_which(const struct cb_run *run, const struct cb_call *call,
			       unsigned which, pid_t who, long long *target)
{
	enum cb_target t;

	*target = who;
	if (which == 0)
		return one(run, who, target);
	if (which == 2)
		return CB_TARGET_OUTSIDE;
	if (which > 2)
		return CB_TARGET_INSIDE;
	t = group(run, who ? who : getpgid(call->tid), target);
	return t == CB_TARGET_SHARED ? CB_TARGET_OUTSIDE : t;
}

/* Who gets the signals of a descriptor: they would come from the kernel. */
static enum cb_target by_owner(const struct cb_run *run, pid_t id, long long *target)
{
	enum cb_target t;

	if (id >= 0)
		return one(run, id, target);
	t = group(run, -id, target);
	return t == CB_TARGET_SHARED ? CB_TARGET_OUTSIDE : t;
}

static enum cb_target by_owner_ex(const struct cb_run *run, const struct cb_call *call,
				  unsigned long long addr, long long *target)
{
	struct f_owner_ex owner;

	if (cb_memory_read(call->memory, call->tid, addr, &owner, sizeof owner))
		return CB_TARGET_INSIDE; /* the kernel says EFAULT */
	return by_owner(run, owner.type == F_OWNER_PGRP ? -owner.pid : owner.pid, target);
}

static enum cb_target by_owner_int(const struct cb_run *run, const struct cb_call *call,
				   unsigned long long addr, long long *target)
{
	int id;

	if (cb_memory_read(call->memory, call->tid, addr, &id, sizeof id))
		return CB_TARGET_INSIDE;
	return by_owner(run, id, target);
}

/* Whoever joined a group of others could signal it: one may make a group, join
 * one of the run, or go back to where the run was started. */
static enum cb_target by_pgrp(const struct cb_run *run, const struct cb_call *call, pid_t id,
			      long long *target)
{
	pid_t joining = (pid_t)call->args[0];
	enum cb_target t;

	*target = id;
	if (id == (joining ? joining : cb_proc_tgid(call->tid)))
		return CB_TARGET_INSIDE;
	t = group(run, id, target);
	return t == CB_TARGET_OUTSIDE ? t : CB_TARGET_INSIDE;
}

static enum cb_target by_role(const struct cb_run *run, const struct cb_call *call, int i,
			      long long *target)
{
	pid_t id = (pid_t)call->args[i];

	switch (call->row->role[i]) {
	case CB_ROLE_PID:
		return by_kill(run, call, id, target);
	case CB_ROLE_TGID:
	case CB_ROLE_TID:
	case CB_ROLE_SELF_OR_TID:
		return one(run, id, target);
	case CB_ROLE_PIDFD:
		return by_pidfd(run, call, id, target);
	case CB_ROLE_PGRP:
		return by_pgrp(run, call, id, target);
	case CB_ROLE_OWNER:
		return by_owner(run, id, target);
	case CB_ROLE_OWNER_INT:
		return by_owner_int(run, call, call->args[i], target);
	case CB_ROLE_OWNER_EX:
		return by_owner_ex(run, call, call->args[i], target);
	case CB_ROLE_PRIO_WHICH:
		return by_which(run, call, (unsigned)call->args[i], (pid_t)call->args[i + 1],
				target);
	case CB_ROLE_IOPRIO_WHICH:
		return by_which(run, call, (unsigned)call->args[i] - 1,
				(pid_t)call->args[i + 1], target);
	default:
		return CB_TARGET_NONE;
	}
}

/* In a pid namespace that the run has made, numbers mean processes of it, which
 * all belong to the run (entering one of others is judged: setns). But 0 is the
 * caller's group, wherever that has members, and a pidfd is what it is. */
static bool is_about_own_namespace(const struct cb_call *call, int i)
{
	enum cb_role role = call->row->role[i];
	ino_t theirs;

	if (role == CB_ROLE_PIDFD || (role == CB_ROLE_PID && !(pid_t)call->args[i]))
		return false;
	theirs = cb_proc_pid_namespace(call->tid);
	return theirs && theirs != cb_proc_pid_namespace(0);
}

/* With two targets (tgkill, kcmp) the one that is not of the run counts. */
enum cb_target cb_target_of(const struct cb_run *run, const struct cb_call *call,
			    long long *target)
{
	enum cb_target worst = CB_TARGET_NONE;

	for (int i = 0; i < CB_ARGS; i++) {
		long long id = 0;
		enum cb_target t = by_role(run, call, i, &id);

		if ((t == CB_TARGET_OUTSIDE || t == CB_TARGET_MISSING || t == CB_TARGET_SHARED) &&
		    is_about_own_namespace(call, i))
			t = CB_TARGET_INSIDE;
		if (t == CB_TARGET_OUTSIDE || t == CB_TARGET_MISSING || t == CB_TARGET_SHARED) {
			*target = id;
			return t;
		}
		if (t == CB_TARGET_INSIDE) {
			*target = id;
			worst = t;
		}
	}
	return worst;
}

static long probe(void *ctx)
{
	return kill(*(const pid_t *)ctx, 0) ? -errno : 0;
}

long cb_target_probe(struct cb_run *run, pid_t caller, long long target)
{
	pid_t id = (pid_t)target;
	long result;

	if (id == -1) /* what is refused is left out, and the answer stays 0 */
		return 1;
	return cb_as_tracee(run, caller, probe, &id, &result) ? result : 1;
}

struct delivery {
	pid_t caller;
	pid_t group;
	int signal;
	int sent;
	int error;
};

static void deliver(pid_t pid, void *ctx)
{
	struct delivery *d = ctx;

	if (getpgid(pid) != d->group || !cb_proc_may_signal(d->caller, pid))
		return;
	if (kill(pid, d->signal))
		d->error = errno;
	else
		d->sent++;
}

long cb_target_signal_members(const struct cb_run *run, pid_t caller, pid_t id, int signal)
{
	struct delivery d = { .caller = caller, .group = id, .signal = signal };

	run->engine->each(run->state, deliver, &d);
	if (d.sent)
		return 0;
	return d.error ? -d.error : -EPERM;
}
