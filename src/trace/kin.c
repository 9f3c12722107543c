/* SPDX-License-Identifier: MIT */
/* Climbs from parent to parent. A parent may end between two looks, and its number
 * may become that of somebody else, so that only a way that is the same twice
 * counts. */
#include "trace/kin.h"

#include "linux/procname.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TRIES 64

/* The field of that number in /proc/ID/stat (proc(5)), behind a comm that may hold
 * anything. */
static const char *field(const char *text, int number)
{
	const char *at = strrchr(text, ')');

	for (int i = 2; at && i < number; i++)
		at = strchr(at + 1, ' ');
	return at ? at + 1 : "";
}

/* The parent. *alive: it has not ended; a process whose first thread has ended is a
 * zombie that has other threads. */
static pid_t look(pid_t id, bool *alive)
{
	struct cb_proc_name name;
	char text[512];
	ssize_t n;
	int fd;

	fd = open(cb_proc_name(&name, id, "stat"), O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof text - 1);
	close(fd);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	*alive = *field(text, 3) != 'Z' || strtol(field(text, 20), NULL, 10) > 1;
	return (pid_t)strtol(field(text, 4), NULL, 10);
}

pid_t cb_kin_parent(pid_t id)
{
	bool alive;

	return look(id, &alive);
}

/* One climb: where it ended, and a sum of the numbers on the way. */
static bool climb(pid_t id, pid_t ancestor, uint64_t *sum)
{
	*sum = 0;
	while (id > 0 && id != ancestor) {
		id = cb_kin_parent(id);
		*sum = *sum * 1000003u + (uint64_t)id;
	}
	return id > 0;
}

bool cb_kin_descends(pid_t id, pid_t ancestor)
{
	uint64_t before, sum;
	bool is = climb(id, ancestor, &before), was;
	int tries = 0;

	if (id == ancestor)
		return false;
	do {
		was = is;
		sum = before;
		is = climb(id, ancestor, &before);
	} while ((is != was || sum != before) && ++tries < TRIES);
	return is && sum == before;
}

struct entry { /* getdents64(2) */
	uint64_t ino;
	int64_t off;
	unsigned short reclen;
	unsigned char type;
	char name[];
};

static unsigned each_in(const char *entries, long size, pid_t ancestor,
			void (*fn)(pid_t pid, void *ctx), void *ctx)
{
	unsigned count = 0;

	for (long at = 0; at < size;) {
		const struct entry *e = (const struct entry *)(const void *)(entries + at);
		pid_t pid = (pid_t)strtol(e->name, NULL, 10);
		bool alive = false;

		at += e->reclen;
		if (pid <= 0 || !cb_kin_descends(pid, ancestor))
			continue;
		look(pid, &alive);
		if (!alive)
			continue;
		count++;
		fn(pid, ctx);
	}
	return count;
}

unsigned cb_kin_each(pid_t ancestor, void (*fn)(pid_t pid, void *ctx), void *ctx)
{
	_Alignas(struct entry) char entries[4096];
	unsigned count = 0;
	int fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	long n;

	if (fd < 0)
		return 0;
	while ((n = syscall(SYS_getdents64, fd, entries, sizeof entries)) > 0)
		count += each_in(entries, n, ancestor, fn, ctx);
	close(fd);
	return count;
}

static void send(pid_t pid, void *ctx)
{
	kill(pid, *(const int *)ctx);
}

/* Whoever is stopped makes no children: when a round meets nobody new, all that
 * are there are stopped, and the rest is killing. */
void cb_kin_kill(pid_t ancestor)
{
	int stop = SIGSTOP, end = SIGKILL;
	unsigned before = 0, now;

	while ((now = cb_kin_each(ancestor, send, &stop)) > before)
		before = now;
	while (cb_kin_each(ancestor, send, &end))
		usleep(1000);
}
