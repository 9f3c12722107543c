/* SPDX-License-Identifier: MIT */
/* Identities from /proc/TID/status. The system calls change the calling thread
 * alone (the C library's functions would change all), so a thread that ends
 * afterwards can be anybody. */
#include "linux/identity.h"

#include "base/cleanup.h"
#include "linux/procname.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The rest of the line that starts with `key`, or NULL. */
static const char *field(const struct cb_buf *text, const char *key)
{
	const char *at = strstr(text->data, key);

	return at ? at + strlen(key) : NULL;
}

int cb_identity_read(struct cb_identity *who, pid_t tid)
{
	CB_AUTO_BUF struct cb_buf text = CB_BUF_INIT;
	const char *uid, *gid, *groups, *capable;
	struct cb_proc_name name;
	struct stat st;
	int rc;

	rc = cb_buf_read_file(&text, AT_FDCWD, cb_proc_name(&name, tid, "status"), 1 << 20);
	if (rc)
		return rc;
	uid = field(&text, "\nUid:");
	gid = field(&text, "\nGid:");
	groups = field(&text, "\nGroups:\t");
	capable = field(&text, "\nCapEff:");
	if (!uid || !gid || !groups || !capable ||
	    sscanf(uid, "%u %u %u %u", &who->uid[0], &who->uid[1], &who->uid[2], &who->uid[3]) != 4 ||
	    sscanf(gid, "%u %u %u %u", &who->gid[0], &who->gid[1], &who->gid[2], &who->gid[3]) != 4)
		return -EPROTO;
	who->capable = strtoull(capable, NULL, 16);
	cb_buf_clear(&who->groups);
	cb_buf_add(&who->groups, groups, strcspn(groups, "\n"));
	who->namespace = stat(cb_proc_name(&name, tid, "ns/user"), &st) ? 0 : st.st_ino;
	return 0;
}

void cb_identity_destroy(struct cb_identity *who)
{
	cb_buf_destroy(&who->groups);
}

bool cb_identity_equal(const struct cb_identity *a, const struct cb_identity *b)
{
	return !memcmp(a->uid, b->uid, sizeof a->uid) && !memcmp(a->gid, b->gid, sizeof a->gid) &&
	       a->capable == b->capable && a->namespace == b->namespace &&
	       !strcmp(a->groups.data, b->groups.data);
}

static int become_groups(const struct cb_identity *who)
{
	gid_t *groups = cb_calloc(who->groups.len + 1, sizeof *groups);
	const char *at = who->groups.data;
	size_t n = 0;
	char *end;
	int rc;

	for (;; at = end) {
		groups[n] = (gid_t)strtoul(at, &end, 10);
		if (end == at)
			break;
		n++;
	}
	rc = syscall(SYS_setgroups, n, groups) ? -errno : 0;
	free(groups);
	return rc;
}

static int become_capable(const struct cb_identity *who)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { 0 };

	for (int i = 0; i < 2; i++)
		data[i].permitted = data[i].effective = (uint32_t)(who->capable >> (32 * i));
	return syscall(SYS_capset, &head, data) ? -errno : 0;
}

static int become(const struct cb_identity *who)
{
	int rc = become_groups(who);

	if (rc)
		return rc;
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) ||
	    syscall(SYS_setresgid, who->gid[0], who->gid[1], who->gid[2]) ||
	    syscall(SYS_setresuid, who->uid[0], who->uid[1], who->uid[2]))
		return -errno;
	syscall(SYS_setfsgid, who->gid[3]);
	syscall(SYS_setfsuid, who->uid[3]);
	return become_capable(who);
}

struct act {
	const struct cb_identity *who;
	long (*fn)(void *ctx);
	void *ctx;
	long result;
	int rc;
};

static void *act(void *arg)
{
	struct act *a = arg;

	a->rc = become(a->who);
	if (!a->rc)
		a->result = a->fn(a->ctx);
	return NULL;
}

int cb_identity_act(const struct cb_identity *who, long (*fn)(void *ctx), void *ctx, long *result)
{
	struct act a = { who, fn, ctx, 0, -EAGAIN };
	int dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
	struct cb_identity self = { .groups = CB_BUF_INIT };
	pthread_t thread;
	int rc = cb_identity_read(&self, 0);

	if (!rc && self.namespace != who->namespace)
		rc = -EPERM;
	cb_identity_destroy(&self);
	if (rc)
		return rc;
	rc = pthread_create(&thread, NULL, act, &a);
	if (rc)
		return -rc;
	pthread_join(thread, NULL);
	/* other ids of one thread make the memory of all unreadable (prctl(2)) */
	prctl(PR_SET_DUMPABLE, dumpable, 0, 0, 0);
	*result = a.result;
	return a.rc;
}
