/* SPDX-License-Identifier: MIT */
/* The requests of ioctl that a seccomp listener takes. */
#include "linux/notify.h"

#include "base/cleanup.h"
#include "linux/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Linux 6.6; newer than the headers of Debian 12 */
#define SET_FLAGS _IOW('!', 4, uint64_t)
#define SYNC_WAKE_UP 1ul

#define X32_BIT 0x40000000u

static int result(int rc)
{
	if (!rc)
		return 0;
	return errno == ENOENT || errno == ESRCH ? CB_GONE : -errno;
}

/* The kernel wants its part of the structure zeroed, and a newer one has more of it
 * (SECCOMP_GET_NOTIF_SIZES): it is given room. */
union request {
	struct seccomp_notif notif;
	char room[512];
};

union response {
	struct seccomp_notif_resp resp;
	char room[256];
};

int cb_notify_receive(int listener, struct cb_notification *n)
{
	union request r;
	const struct seccomp_data *data = &r.notif.data;
	int rc;

	do {
		memset(&r, 0, sizeof r);
		rc = ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &r);
	} while (rc && errno == EINTR);
	if (rc)
		return result(rc);
	n->id = r.notif.id;
	n->tid = (pid_t)r.notif.pid;
	n->entry.abi = CB_ABI_OTHER;
	if (data->arch == AUDIT_ARCH_I386)
		n->entry.abi = CB_ABI_I386;
	else if (data->arch == AUDIT_ARCH_X86_64 && !((unsigned)data->nr & X32_BIT))
		n->entry.abi = CB_ABI_X86_64;
	n->entry.number = (unsigned)data->nr;
	for (int i = 0; i < CB_ARGS; i++)
		n->entry.args[i] = data->args[i];
	return 0;
}

bool cb_notify_waits(int listener, uint64_t id)
{
	return !ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id);
}

static int send_response(int listener, uint64_t id, long value, uint32_t flags)
{
	union response r;

	memset(&r, 0, sizeof r);
	r.resp.id = id;
	r.resp.flags = flags;
	if (value < 0 && value >= -4095)
		r.resp.error = (int)value;
	else
		r.resp.val = value;
	return result(ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &r));
}

int cb_notify_continue(int listener, uint64_t id)
{
	return send_response(listener, id, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE);
}

int cb_notify_return(int listener, uint64_t id, long value)
{
	return send_response(listener, id, value, 0);
}

int cb_notify_give(int listener, uint64_t id, int fd, bool close_on_exec)
{
	struct seccomp_notif_addfd give = {
		.id = id,
		.flags = SECCOMP_ADDFD_FLAG_SEND, /* Linux 5.14: both at once */
		.srcfd = (unsigned)fd,
		.newfd_flags = close_on_exec ? O_CLOEXEC : 0,
	};
	int theirs = ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &give);

	if (theirs >= 0)
		return 0;
	if (errno != EINVAL)
		return result(-1);
	give.flags = 0;
	theirs = ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &give);
	return theirs < 0 ? result(-1) : cb_notify_return(listener, id, theirs);
}

bool cb_notify_wake_here(int listener)
{
	return !ioctl(listener, SET_FLAGS, SYNC_WAKE_UP);
}

/* --- what there is */

enum { HAS_LISTENER = 1, HAS_WAIT_KILLABLE = 2, HAS_WAKE_UP = 4, HAS_OTHER = 8 };

/* In a child that ends with what it found as its status. */
static int try_listener(void)
{
	struct sock_filter allow = { BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW };
	struct sock_fprog program = { 1, &allow };
	bool killable = true;
	int found = 0, fd;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return 0;
	fd = cb_filter_listen(&program, &killable);
	if (fd < 0)
		return fd == -EBUSY ? HAS_OTHER : 0;
	if (killable)
		found |= HAS_WAIT_KILLABLE;
	if (cb_notify_wake_here(fd))
		found |= HAS_WAKE_UP;
	return found | HAS_LISTENER;
}

static bool has_action(uint32_t action)
{
	return !syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action);
}

void cb_notify_probe(struct cb_notify_features *features, const char **why_not)
{
	int status = 0;
	pid_t pid;

	*features = (struct cb_notify_features){ 0 };
	*why_not = "this kernel has no seccomp user notification";
	if (!has_action(SECCOMP_RET_USER_NOTIF))
		return;
	pid = fork();
	if (!pid)
		_exit(try_listener());
	if (pid < 0 || waitpid(pid, &status, __WALL) != pid || !WIFEXITED(status))
		return;
	status = WEXITSTATUS(status);
	features->usable = status & HAS_LISTENER;
	features->wait_killable = status & HAS_WAIT_KILLABLE;
	features->sync_wake_up = status & HAS_WAKE_UP;
	if (features->usable)
		*why_not = NULL;
	else if (status & HAS_OTHER)
		*why_not = "this process is already under a seccomp listener";
	else
		*why_not = "a seccomp listener is refused here";
}
