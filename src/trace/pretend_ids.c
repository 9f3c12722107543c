/* SPDX-License-Identifier: MIT */
/* Who is who: ids, groups and capabilities of the processes of a run. A process that
 * was not seen yet is what its thread group, or else its parent, is; so before anybody
 * changes, all that live are looked at. */
#include "trace/pretend.h"

#include "base/cleanup.h"
#include "linux/procname.h"
#include "trace/proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHAIN_MAX 4096 /* ancestors that are asked */

/* --- the table */

/* Thread group, parent and time of birth of a thread; false: it is gone. */
static bool kin(pid_t tid, pid_t *tgid, pid_t *parent, unsigned long long *start)
{
	CB_AUTO_BUF struct cb_buf text = CB_BUF_INIT;
	const char *at;
	struct cb_proc_name name;
	int ppid;

	if (cb_buf_read_file(&text, AT_FDCWD, cb_proc_name(&name, tid, "stat"), 1 << 16))
		return false;
	at = strrchr(text.data, ')'); /* the name may hold anything */
	if (!at || sscanf(at + 1, " %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d "
			  "%*d %*d %*d %*d %llu", &ppid, start) != 2)
		return false;
	*parent = ppid;
	*tgid = cb_proc_tgid(tid);
	return true;
}

static void forget(struct cb_pretend *p, struct cb_pretender *who)
{
	HASH_DEL(p->who, who); /* NOLINT(clang-analyzer-unix.Malloc): loses track of the list */
	cb_fake_creds_destroy(&who->creds);
	free(who);
}

static struct cb_pretender *see(struct cb_run *run, pid_t tid, int depth);

/* What somebody is that was never seen before. */
static const struct cb_fake_creds *inherited(struct cb_run *run, pid_t tid, pid_t tgid,
					     pid_t parent, int depth)
{
	pid_t from = tgid != tid ? tgid : parent;
	const struct cb_pretender *who = NULL;

	if (depth < CHAIN_MAX && run->engine->belongs(run->state, from))
		who = see(run, from, depth + 1);
	return who ? &who->creds : &run->pretend->root;
}

static struct cb_pretender *see(struct cb_run *run, pid_t tid, int depth)
{
	struct cb_pretend *p = run->pretend;
	struct cb_pretender *who;
	unsigned long long start;
	pid_t tgid, parent;

	if (!kin(tid, &tgid, &parent, &start))
		return NULL;
	HASH_FIND_INT(p->who, &tid, who);
	if (who && who->start == start)
		return who;
	if (who)
		forget(p, who);
	who = cb_calloc(1, sizeof *who);
	who->tid = tid;
	who->tgid = tgid;
	who->start = start;
	cb_fake_creds_copy(&who->creds, inherited(run, tid, tgid, parent, depth));
	HASH_ADD_INT(p->who, tid, who);
	return who;
}

const struct cb_fake_creds *cb_pretend_creds(struct cb_run *run, pid_t tid)
{
	const struct cb_pretender *who = run->pretend->ids_vary ? see(run, tid, 0) : NULL;

	return who ? &who->creds : &run->pretend->root;
}

static void see_process(pid_t pid, void *ctx)
{
	see(ctx, pid, 0);
}

static void see_threads(struct cb_run *run, pid_t tid)
{
	struct cb_proc_name name;
	struct dirent *e;
	DIR *dir;

	dir = opendir(cb_proc_name(&name, tid, "task"));
	while (dir && (e = readdir(dir)))
		if (*e->d_name != '.')
			see(run, atoi(e->d_name), 0);
	if (dir)
		closedir(dir);
}

/* Somebody is about to change: whoever inherits from him by chance, not having been
 * seen yet, is looked at before. */
static struct cb_pretender *about_to_change(struct cb_run *run, pid_t tid)
{
	run->pretend->ids_vary = true;
	run->engine->each(run->state, see_process, run);
	see_threads(run, tid);
	return see(run, tid, 0);
}

void cb_pretend_child(struct cb_run *run, pid_t child)
{
	if (run->pretend->ids_vary)
		see(run, child, 0);
}

void cb_pretend_exec(struct cb_run *run, pid_t pid)
{
	struct cb_pretender *who = run->pretend->ids_vary ? see(run, pid, 0) : NULL;

	if (who)
		cb_fake_creds_exec(&who->creds);
}

void cb_pretend_exit(struct cb_run *run, pid_t pid)
{
	struct cb_pretender *who, *after;

	HASH_ITER(hh, run->pretend->who, who, after)
		if (who->tgid == pid)
			forget(run->pretend, who);
}

/* --- questions */

struct asking {
	struct cb_run *run;
	pid_t tid;
	const struct cb_entry *entry;
	const struct cb_found *found;
	struct cb_answer *answer;
};

static int answer(const struct asking *a, long value)
{
	*a->answer = (struct cb_answer){ .kind = CB_ANSWER_RETURN, .value = value };
	return 0;
}

/* What writing to the tracee came to, as the call's result. */
static int answer_written(const struct asking *a, int rc, long value)
{
	return rc == CB_GONE ? rc : answer(a, rc ? -EFAULT : value);
}

static bool narrow(const struct asking *a)
{
	return a->found->row->traits & CB_TRAIT_IDS16;
}

static int answer_id(const struct asking *a, unsigned id)
{
	return answer(a, (long)(narrow(a) ? cb_fake_id16(id) : id));
}

static int put_id(const struct asking *a, unsigned long long addr, unsigned id)
{
	uint16_t small = (uint16_t)cb_fake_id16(id);

	return narrow(a) ? cb_memory_write(&a->run->memory, a->tid, addr, &small, sizeof small) :
			   cb_memory_write(&a->run->memory, a->tid, addr, &id, sizeof id);
}

static int answer_three(const struct asking *a, const unsigned id[4])
{
	int rc = 0;

	for (int i = 0; i < 3 && !rc; i++)
		rc = put_id(a, a->entry->args[i], id[i]);
	return answer_written(a, rc, 0);
}

static int answer_groups(const struct asking *a, const struct cb_fake_creds *c)
{
	int room = (int)a->entry->args[0], rc = 0;
	size_t each = narrow(a) ? 2 : 4;

	if (room < 0)
		return answer(a, -EINVAL);
	if (!room)
		return answer(a, (long)c->groups);
	if ((size_t)room < c->groups)
		return answer(a, -EINVAL);
	for (size_t i = 0; i < c->groups && !rc; i++)
		rc = put_id(a, a->entry->args[1] + i * each, c->group[i]);
	return answer_written(a, rc, (long)c->groups);
}

/* --- changes */

static void record_ids(const struct asking *a, const struct cb_fake_creds *was,
		       const struct cb_fake_creds *now)
{
	struct cb_events *events = a->run->events;
	json_t *event, *before;

	a->run->totals.faked++;
	if (!events->sinks)
		return;
	event = cb_event_new(events, "faked");
	before = json_object();
	cb_event_add_process(event, a->tid);
	cb_event_add_text(event, "syscall", a->found->name);
	cb_event_add_text(event, "verdict", "fake");
	cb_event_add_text(event, "op", "setid");
	cb_event_add_int(event, "uid", now->uid[CB_FAKE_EFFECTIVE]);
	cb_event_add_int(event, "gid", now->gid[CB_FAKE_EFFECTIVE]);
	cb_event_add_int(before, "uid", was->uid[CB_FAKE_EFFECTIVE]);
	cb_event_add_int(before, "gid", was->gid[CB_FAKE_EFFECTIVE]);
	json_object_set_new(event, "was", before);
	cb_event_emit(events, event);
}

/* An id as given: -1 has 16 bits in a narrow call. */
static unsigned given(const struct asking *a, unsigned long long arg)
{
	if (!narrow(a))
		return (unsigned)arg;
	return (uint16_t)arg == UINT16_MAX ? (unsigned)-1 : (uint16_t)arg;
}

static long set_groups(const struct asking *a, struct cb_fake_creds *c, int *gone)
{
	unsigned count = (unsigned)a->entry->args[0];
	size_t each = narrow(a) ? 2 : 4;
	CB_AUTO_FREE char *raw = NULL;
	CB_AUTO_FREE unsigned *group = NULL;

	if (!cb_fake_creds_capable(c, CAP_SETGID) || count > CB_FAKE_GROUPS_MAX)
		return cb_fake_creds_set_groups(c, NULL, count);
	raw = cb_alloc(count * each + 1);
	group = cb_alloc((count + 1) * sizeof *group);
	*gone = cb_memory_read(&a->run->memory, a->tid, a->entry->args[1], raw, count * each);
	if (*gone)
		return -EFAULT;
	for (unsigned i = 0; i < count; i++) {
		uint16_t small;
		uint32_t whole;

		memcpy(&small, raw + i * each, sizeof small);
		memcpy(&whole, raw + i * each, each == 4 ? 4 : 2);
		group[i] = each == 4 ? whole : given(a, small);
	}
	return cb_fake_creds_set_groups(c, group, count);
}

/* --- capget(2), capset(2): a head with a version, then one or two sets of 32 bits */

/* How many; 0: the version is unknown, and the caller is told the one to use. */
static int cap_sets(const struct asking *a, struct __user_cap_header_struct *head, int *rc)
{
	unsigned newest = _LINUX_CAPABILITY_VERSION_3;

	*rc = cb_memory_read(&a->run->memory, a->tid, a->entry->args[0], head, sizeof *head);
	if (*rc)
		return 0;
	if (head->version == _LINUX_CAPABILITY_VERSION_1)
		return 1;
	if (head->version == _LINUX_CAPABILITY_VERSION_2 || head->version == newest)
		return 2;
	*rc = cb_memory_write(&a->run->memory, a->tid, a->entry->args[0], &newest, sizeof newest);
	return 0;
}

static int ask_caps(const struct asking *a)
{
	struct __user_cap_data_struct data[2];
	struct __user_cap_header_struct head;
	const struct cb_fake_creds *c;
	int rc, sets = cap_sets(a, &head, &rc);

	if (rc)
		return answer_written(a, rc, 0);
	if (!a->entry->args[1])
		return answer(a, 0);
	if (!sets || head.pid < 0)
		return answer(a, -EINVAL);
	if (head.pid && !a->run->engine->belongs(a->run->state, head.pid))
		return 0; /* the kernel knows who that is */
	c = cb_pretend_creds(a->run, head.pid ? head.pid : a->tid);
	for (int i = 0; i < 2; i++)
		data[i] = (struct __user_cap_data_struct){
			.effective = (uint32_t)(c->effective >> (32 * i)),
			.permitted = (uint32_t)(c->permitted >> (32 * i)),
			.inheritable = (uint32_t)(c->inheritable >> (32 * i)),
		};
	rc = cb_memory_write(&a->run->memory, a->tid, a->entry->args[1], data,
			     (size_t)sets * sizeof *data);
	return answer_written(a, rc, 0);
}

static long set_caps(const struct asking *a, struct cb_fake_creds *c, int *gone)
{
	struct __user_cap_data_struct data[2] = { { 0, 0, 0 }, { 0, 0, 0 } };
	struct __user_cap_header_struct head;
	int sets = cap_sets(a, &head, gone);
	uint64_t e, p, i;

	if (*gone)
		return -EFAULT;
	if (!sets)
		return -EINVAL;
	if (head.pid && head.pid != a->tid)
		return -EPERM;
	*gone = cb_memory_read(&a->run->memory, a->tid, a->entry->args[1], data,
			       (size_t)sets * sizeof *data);
	if (*gone)
		return -EFAULT;
	e = data[0].effective | (uint64_t)data[1].effective << 32;
	p = data[0].permitted | (uint64_t)data[1].permitted << 32;
	i = data[0].inheritable | (uint64_t)data[1].inheritable << 32;
	/* what this kernel does not know is dropped, and root has all that it knows */
	return cb_fake_creds_set_caps(c, e & a->run->pretend->known_caps,
				      p & a->run->pretend->known_caps,
				      i & a->run->pretend->known_caps);
}

static long change(const struct asking *a, struct cb_fake_creds *c, int *gone)
{
	enum cb_ask ask = a->found->row->ask;
	unsigned id[3];

	for (int i = 0; i < 3; i++)
		id[i] = given(a, a->entry->args[i]);
	switch (ask) {
	case CB_ASK_SETUID:
		return cb_fake_creds_set(c, CB_FAKE_SET_UID, id);
	case CB_ASK_SETREUID:
		return cb_fake_creds_set(c, CB_FAKE_SET_REUID, id);
	case CB_ASK_SETRESUID:
		return cb_fake_creds_set(c, CB_FAKE_SET_RESUID, id);
	case CB_ASK_SETFSUID:
		return cb_fake_creds_set(c, CB_FAKE_SET_FSUID, id);
	case CB_ASK_SETGID:
		return cb_fake_creds_set(c, CB_FAKE_SET_GID, id);
	case CB_ASK_SETREGID:
		return cb_fake_creds_set(c, CB_FAKE_SET_REGID, id);
	case CB_ASK_SETRESGID:
		return cb_fake_creds_set(c, CB_FAKE_SET_RESGID, id);
	case CB_ASK_SETFSGID:
		return cb_fake_creds_set(c, CB_FAKE_SET_FSGID, id);
	case CB_ASK_SETGROUPS:
		return set_groups(a, c, gone);
	default:
		return set_caps(a, c, gone);
	}
}

static int ask_change(const struct asking *a)
{
	struct cb_pretender *who = about_to_change(a->run, a->tid);
	struct cb_fake_creds was;
	int gone = 0;
	long result;

	if (!who)
		return CB_GONE;
	if (a->found->row->ask == CB_ASK_KEEPCAPS) { /* the kernel keeps it as well */
		if (a->entry->args[1] <= 1)
			who->creds.keep_caps = a->entry->args[1];
		return 0;
	}
	cb_fake_creds_copy(&was, &who->creds);
	result = change(a, &who->creds, &gone);
	if (gone != CB_GONE && !(result < 0 && result > -4096))
		record_ids(a, &was, &who->creds);
	cb_fake_creds_destroy(&was);
	return gone == CB_GONE ? CB_GONE : answer(a, result);
}

int cb_pretend_ask_ids(struct cb_run *run, pid_t tid, const struct cb_entry *entry,
		       const struct cb_found *found, struct cb_answer *out)
{
	struct asking a = { run, tid, entry, found, out };
	const struct cb_fake_creds *c;

	if (!(run->pretend->classes & CB_FAKE_CLASS_IDS))
		return 0;
	if (found->row->ask >= CB_ASK_SETUID)
		return ask_change(&a);
	c = cb_pretend_creds(run, tid);
	switch (found->row->ask) {
	case CB_ASK_UID:
		return answer_id(&a, c->uid[CB_FAKE_REAL]);
	case CB_ASK_EUID:
		return answer_id(&a, c->uid[CB_FAKE_EFFECTIVE]);
	case CB_ASK_GID:
		return answer_id(&a, c->gid[CB_FAKE_REAL]);
	case CB_ASK_EGID:
		return answer_id(&a, c->gid[CB_FAKE_EFFECTIVE]);
	case CB_ASK_RESUID:
		return answer_three(&a, c->uid);
	case CB_ASK_RESGID:
		return answer_three(&a, c->gid);
	case CB_ASK_GROUPS:
		return answer_groups(&a, c);
	default:
		return ask_caps(&a);
	}
}
