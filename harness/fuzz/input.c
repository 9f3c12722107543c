/* SPDX-License-Identifier: MIT */
/* What fuzz targets share: input as a file or piece by piece, and a scratch
 * directory whose content is the same in every run. */
#include "fuzz.h"

#include "base/buf.h"
#include "tree.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_FD 100 /* descriptors that inputs can name */

static struct {
	char dir[4096];
	pid_t owner; /* who removes it: replay.c forks */
	int fds;     /* FIRST_FD and so many more are open */
} scratch;

void fz_broken(const char *condition, const char *file, int line)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
	abort();
}

const char *fz_file(const void *bytes, size_t size)
{
	static char path[32];
	static int fd = -1;

	if (fd < 0) {
		fd = memfd_create("fuzz", MFD_CLOEXEC);
		snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	}
	FZ_HOLDS(!ftruncate(fd, 0));
	FZ_HOLDS(pwrite(fd, bytes, size, 0) == (ssize_t)size);
	return path;
}

uint8_t fz_byte(struct fz_input *in)
{
	if (!in->size)
		return 0;
	in->size--;
	return *in->data++;
}

uint16_t fz_u16(struct fz_input *in)
{
	unsigned low = fz_byte(in);

	return (uint16_t)(low | (unsigned)fz_byte(in) << 8);
}

char *fz_text(struct fz_input *in)
{
	const uint8_t *nul = in->size ? memchr(in->data, 0, in->size) : NULL;
	size_t len = nul ? (size_t)(nul - in->data) : in->size;
	char *text = cb_alloc(len + 1);

	if (len)
		memcpy(text, in->data, len);
	text[len] = '\0';
	in->data += nul ? len + 1 : len;
	in->size -= nul ? len + 1 : len;
	return text;
}

int fz_descriptor(uint8_t choice)
{
	static const int unusual[] = { AT_FDCWD, -1, 0x7fffffff, -7 };

	choice %= (unsigned)scratch.fds + 4;
	return choice < 4 ? unusual[choice] : FIRST_FD + choice - 4;
}

static void must(bool done, const char *what)
{
	if (done)
		return;
	fprintf(stderr, "fuzz: cannot make %s\n", what);
	exit(1);
}

static void make_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	must(f && fputs(text, f) >= 0 && !fclose(f), path);
}

static void keep_open(int fd)
{
	must(fd >= 0 && dup2(fd, FIRST_FD + scratch.fds) >= 0, "a descriptor");
	scratch.fds++;
	close(fd);
}

static void open_descriptors(void)
{
	int pipes[2];

	must(!pipe(pipes), "a pipe");
	keep_open(open("d", O_RDONLY | O_DIRECTORY));
	keep_open(open("d/f", O_RDWR));
	keep_open(open("l", O_PATH | O_NOFOLLOW));
	keep_open(pipes[0]);
	keep_open(pipes[1]);
	keep_open(socket(AF_UNIX, SOCK_DGRAM, 0));
	keep_open(open("/proc/self", O_PATH | O_DIRECTORY));
}

static void remove_scratch(void)
{
	if (scratch.owner == getpid() && !chdir("/"))
		hn_tree_remove(scratch.dir, NULL);
}

void fz_enter_scratch(void)
{
	static const struct {
		const char *path, *text;
	} files[] = {
		{ "d/f", "x" }, { "d/e/g", "" }, { "fixtures/app/build.sh", "exit 0\n" },
		{ "policies/p.yaml", "write: []\n" }, { "fixtures/none/README", "" },
	};
	static const struct {
		const char *path, *to;
	} links[] = {
		{ "l", "d/f" }, { "dl", "d" }, { "dangling", "d/new" }, { "loop", "loop" },
		{ "a", "b" }, { "b", "a" }, { "up", ".." }, { "d/back", "../d/e" }, { "slash", "d/" },
		{ "file-slash", "d/f/" }, { "dot", "." }, { "root", "/" }, { "me", "/proc/self" },
		{ "fd", "/dev/fd" }, { "d/self", "../d/self/x" }, { "tmp", "/tmp" },
	};
	static const char *const dirs[] = { "d", "d/e", "empty", "fixtures", "fixtures/app",
					    "fixtures/none", "policies" };
	const char *tmp = getenv("TMPDIR");

	snprintf(scratch.dir, sizeof scratch.dir, "%s/catbox-fuzz-XXXXXX", tmp ? tmp : "/tmp");
	must(mkdtemp(scratch.dir) && !chdir(scratch.dir), "a scratch directory");
	scratch.owner = getpid();
	atexit(remove_scratch);
	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++)
		must(!mkdir(dirs[i], 0755), dirs[i]);
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		make_file(files[i].path, files[i].text);
	for (size_t i = 0; i < sizeof links / sizeof *links; i++)
		must(!symlink(links[i].to, links[i].path), links[i].path);
	must(!mkfifo("pipe", 0644), "pipe");
	open_descriptors();
}
