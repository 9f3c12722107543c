/* SPDX-License-Identifier: MIT */
/* Reads /proc/TID files. */
#include "trace/proc.h"

#include "base/cleanup.h"
#include "linux/procname.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

bool cb_proc_value(const char *text, const char *key, char *out, size_t size)
{
	size_t n = strlen(key);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, key, n) && line[n] == ':') {
			const char *value = line + n + 1 + strspn(line + n + 1, " \t");

			size_t len = strcspn(value, "\n");

			len = len < size ? len : size - 1;
			memcpy(out, value, len);
			out[len] = '\0';
			return true;
		}
	}
	return false;
}

static int read_file(pid_t tid, const char *file, struct cb_buf *out)
{
	struct cb_proc_name name;

	return cb_buf_read_file(out, AT_FDCWD, cb_proc_name(&name, tid, file), 1 << 16);
}

pid_t cb_proc_tgid(pid_t tid)
{
	CB_AUTO_BUF struct cb_buf text = CB_BUF_INIT;
	char value[32];

	if (read_file(tid, "status", &text) || !cb_proc_value(text.data, "Tgid", value, sizeof value))
		return tid;
	return atoi(value);
}

char cb_proc_state(pid_t tid)
{
	CB_AUTO_BUF struct cb_buf text = CB_BUF_INIT;
	char value[32];

	if (read_file(tid, "status", &text) || !cb_proc_value(text.data, "State", value, sizeof value))
		return 0;
	return *value;
}

/* Real, effective and saved user id. */
static bool read_uids(pid_t tid, unsigned uid[3])
{
	CB_AUTO_BUF struct cb_buf text = CB_BUF_INIT;
	char value[64];

	return !read_file(tid, "status", &text) &&
	       cb_proc_value(text.data, "Uid", value, sizeof value) &&
	       sscanf(value, "%u %u %u", &uid[0], &uid[1], &uid[2]) == 3;
}

bool cb_proc_may_signal(pid_t tid, pid_t pid)
{
	unsigned from[3], to[3];

	if (!read_uids(tid, from) || !read_uids(pid, to))
		return false;
	return !from[1] || from[0] == to[0] || from[0] == to[2] || from[1] == to[0] ||
	       from[1] == to[2];
}

bool cb_proc_group_lives(pid_t group)
{
	DIR *dir = opendir("/proc");
	struct dirent *e;
	bool lives = false;

	while (dir && !lives && (e = readdir(dir))) {
		pid_t pid = atoi(e->d_name);

		lives = pid > 0 && getpgid(pid) == group && cb_proc_state(pid) != 'Z';
	}
	if (dir)
		closedir(dir);
	return lives;
}

static void read_exe(pid_t tid, struct cb_buf *exe)
{
	struct cb_proc_name name;
	ssize_t n;

	cb_buf_clear(exe);
	n = readlink(cb_proc_name(&name, tid, "exe"), cb_buf_reserve(exe, PATH_MAX), PATH_MAX);
	if (n > 0)
		exe->len = (size_t)n;
	exe->data[exe->len] = '\0';
}

void cb_proc_names(pid_t tid, struct cb_proc_names *names)
{
	CB_AUTO_BUF struct cb_buf text = CB_BUF_INIT;
	char value[32];

	*names = (struct cb_proc_names){ .tgid = tid };
	if (!read_file(tid, "comm", &text) && text.len) {
		if (text.data[text.len - 1] == '\n')
			cb_buf_truncate(&text, text.len - 1);
		snprintf(names->comm, sizeof names->comm, "%s", text.data);
	}
	if (!read_file(tid, "status", &text)) {
		if (cb_proc_value(text.data, "Tgid", value, sizeof value))
			names->tgid = atoi(value);
		if (cb_proc_value(text.data, "PPid", value, sizeof value))
			names->ppid = atoi(value);
	}
	read_exe(tid, &names->exe);
}

pid_t cb_proc_pidfd(pid_t tid, int fd)
{
	CB_AUTO_BUF struct cb_buf text = CB_BUF_INIT;
	struct cb_proc_name name;
	char link[64], value[32];
	ssize_t n = readlink(cb_proc_name_fd(&name, tid, fd), link, sizeof link - 1);

	if (n < 0)
		return -EBADF;
	link[n] = '\0';
	if (!strncmp(link, "/proc/", 6) && link[6 + strspn(link + 6, "0123456789")] == '\0')
		return atoi(link + 6);
	if (cb_buf_read_file(&text, AT_FDCWD, cb_proc_name_fdinfo(&name, tid, fd), 1 << 16))
		return -EPERM;
	if (!cb_proc_value(text.data, "Pid", value, sizeof value))
		return -EINVAL;
	return atoi(value) > 0 ? atoi(value) : 0;
}

ino_t cb_proc_pid_namespace(pid_t tid)
{
	struct cb_proc_name name;
	struct stat st;

	return stat(cb_proc_name(&name, tid, "ns/pid"), &st) ? 0 : st.st_ino;
}

int cb_proc_copy_fd(pid_t tid, int fd)
{
	/* threads may have descriptors of their own; O_EXCL is PIDFD_THREAD, Linux 6.9 */
	CB_AUTO_FD int process = (int)syscall(SYS_pidfd_open, tid, O_EXCL);

	if (process < 0)
		process = (int)syscall(SYS_pidfd_open, cb_proc_tgid(tid), 0);
	return process < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, process, fd, 0);
}

int cb_proc_fd_flags(pid_t tid, int fd)
{
	struct cb_proc_name name;
	char text[128], value[32];
	CB_AUTO_FD int file = -1;
	ssize_t n;

	/* the flags are in the second line (seq_show in fs/proc/fd.c): one read of the
	 * beginning has them, and no other is made to see the end */
	file = open(cb_proc_name_fdinfo(&name, tid, fd), O_RDONLY | O_CLOEXEC);
	n = file < 0 ? -1 : read(file, text, sizeof text - 1);
	if (n <= 0)
		return -EBADF;
	text[n] = '\0';
	if (!cb_proc_value(text, "flags", value, sizeof value))
		return -EBADF;
	return (int)strtol(value, NULL, 8);
}
