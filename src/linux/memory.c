/* SPDX-License-Identifier: MIT */
/* Reading and writing tracee memory, by whichever way works here. */
#include "linux/memory.h"

#include "base/cleanup.h"
#include "linux/procname.h"
#include "linux/tracing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>

#define PAGE 4096u
#define FIRST_READ 256u /* paths are short: what is read before the rest of the page */

static ssize_t read_proc_mem(pid_t tid, unsigned long long addr, void *to, size_t len)
{
	CB_AUTO_FD int fd = -1;
	struct cb_proc_name name;
	ssize_t n;

	if (addr > INT64_MAX)
		return -EFAULT;
	fd = open(cb_proc_name(&name, tid, "mem"), O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -EPERM;
	n = pread(fd, to, len, (off_t)addr);
	if (n < 0)
		return errno == EIO ? -EFAULT : -errno;
	return n ? n : -EPERM;
}

static ssize_t read_words(pid_t tid, unsigned long long addr, char *to, size_t len)
{
	size_t done = 0;

	while (done < len) {
		unsigned long long at = (addr + done) & ~7ull;
		size_t skip = (size_t)(addr + done - at), part = 8 - skip;
		unsigned long word;
		int rc = cb_tracing_peek(tid, at, &word);

		if (rc)
			return done ? (ssize_t)done : rc == CB_GONE ? -ESRCH : -EFAULT;
		if (part > len - done)
			part = len - done;
		memcpy(to + done, (char *)&word + skip, part);
		done += part;
	}
	return (ssize_t)done;
}

static ssize_t read_vm(pid_t tid, unsigned long long addr, void *to, size_t len)
{
	struct iovec local = { to, len };
	struct iovec remote = { (void *)(uintptr_t)addr, len };
	ssize_t n = process_vm_readv(tid, &local, 1, &remote, 1, 0);

	if (n >= 0)
		return n;
	return errno == EFAULT || errno == ESRCH ? -errno : -EPERM;
}

/* Up to len bytes, by the first way that works. One process may be
 * opaque to a way that works for others, so a refusal ends no way for good. */
static ssize_t try_ways(const struct cb_memory *m, pid_t tid, unsigned long long addr, void *to,
			size_t len)
{
	ssize_t n = m->no_vm_readv ? -EPERM : read_vm(tid, addr, to, len);

	if (n == -EPERM && !m->no_proc_mem)
		n = read_proc_mem(tid, addr, to, len);
	if (n != -EPERM)
		return n;
	n = read_words(tid, addr, to, len);
	/* where nothing else works, a word that cannot be read is not mapped */
	return n == -EFAULT && !m->no_vm_readv ? -EPERM : n;
}

/* Up to len bytes; may stop at the end of what is mapped. */
static ssize_t read_some(const struct cb_memory *m, pid_t tid, unsigned long long addr, void *to,
			 size_t len)
{
	ssize_t n = try_ways(m, tid, addr, to, len);

	if (n > 0 && m->copied)
		*m->copied += (unsigned long long)n;
	return n;
}

static int failure(ssize_t n)
{
	return n == -ESRCH ? CB_GONE : n < 0 ? (int)n : -EFAULT;
}

int cb_memory_read(const struct cb_memory *m, pid_t tid, unsigned long long addr, void *to, size_t len)
{
	ssize_t n;

	if (!len)
		return 0;
	n = read_some(m, tid, addr, to, len);
	return n == (ssize_t)len ? 0 : failure(n);
}

int cb_memory_string(const struct cb_memory *m, pid_t tid, unsigned long long addr, char *to,
		     size_t size)
{
	size_t done = 0, want = FIRST_READ;

	while (done < size) {
		size_t page_left = PAGE - (size_t)((addr + done) % PAGE);
		ssize_t n;

		if (want > page_left)
			want = page_left;
		if (want > size - done)
			want = size - done;
		n = read_some(m, tid, addr + done, to + done, want);
		if (n <= 0)
			return failure(n);
		if (memchr(to + done, '\0', (size_t)n))
			return 0;
		done += (size_t)n;
		want = PAGE;
	}
	return -ENAMETOOLONG;
}

/* --- writing */

static ssize_t write_vm(pid_t tid, unsigned long long addr, const void *from, size_t len)
{
	struct iovec local = { (void *)(uintptr_t)from, len };
	struct iovec remote = { (void *)(uintptr_t)addr, len };
	ssize_t n = process_vm_writev(tid, &local, 1, &remote, 1, 0);

	if (n >= 0)
		return n;
	return errno == EFAULT || errno == ESRCH ? -errno : -EPERM;
}

static ssize_t write_proc_mem(pid_t tid, unsigned long long addr, const void *from, size_t len)
{
	CB_AUTO_FD int fd = -1;
	struct cb_proc_name name;
	ssize_t n;

	if (addr > INT64_MAX)
		return -EFAULT;
	fd = open(cb_proc_name(&name, tid, "mem"), O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -EPERM;
	n = pwrite(fd, from, len, (off_t)addr);
	if (n < 0)
		return errno == EIO ? -EFAULT : -errno;
	return n ? n : -EPERM;
}

static ssize_t write_words(pid_t tid, unsigned long long addr, const char *from, size_t len)
{
	for (size_t done = 0, part; done < len; done += part) {
		unsigned long long at = (addr + done) & ~7ull;
		size_t skip = (size_t)(addr + done - at);
		unsigned long word;
		int rc = cb_tracing_peek(tid, at, &word);

		part = 8 - skip < len - done ? 8 - skip : len - done;
		memcpy((char *)&word + skip, from + done, part);
		if (!rc)
			rc = cb_tracing_poke(tid, at, word);
		if (rc)
			return rc == CB_GONE ? -ESRCH : -EFAULT;
	}
	return (ssize_t)len;
}

int cb_memory_write(const struct cb_memory *m, pid_t tid, unsigned long long addr,
		    const void *from, size_t len)
{
	ssize_t n;

	if (!len)
		return 0;
	n = m->no_vm_readv ? -EPERM : write_vm(tid, addr, from, len);
	if (n == -EPERM && !m->no_proc_mem)
		n = write_proc_mem(tid, addr, from, len);
	if (n == -EPERM)
		n = write_words(tid, addr, from, len);
	return n == (ssize_t)len ? 0 : failure(n);
}
