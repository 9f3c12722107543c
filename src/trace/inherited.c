/* SPDX-License-Identifier: MIT */
/* What is open in this process and not closed by exec. */
#include "trace/inherited.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>

static void look_at(int fd, void (*fn)(void *ctx, int fd, bool writable), void *ctx)
{
	int flags = fcntl(fd, F_GETFL), cloexec = fcntl(fd, F_GETFD);

	if (flags >= 0 && !(cloexec & FD_CLOEXEC) && !(flags & O_PATH))
		fn(ctx, fd, (flags & O_ACCMODE) != O_RDONLY);
}

void cb_each_inherited(void (*fn)(void *ctx, int fd, bool writable), void *ctx)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *e;

	while (dir && (e = readdir(dir)))
		if (*e->d_name != '.')
			look_at(atoi(e->d_name), fn, ctx);
	if (dir)
		closedir(dir);
}
