/* SPDX-License-Identifier: MIT */
/* Growable byte strings and the allocation that cannot fail. */
#include "base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *cb_realloc(void *p, size_t size)
{
	void *q = realloc(p, size ? size : 1);

	if (!q) {
		static const char text[] = "catbox: out of memory\n";
		ssize_t ignored = write(2, text, sizeof text - 1);

		(void)ignored;
		abort();
	}
	return q;
}

void *cb_alloc(size_t size)
{
	return cb_realloc(NULL, size);
}

void *cb_calloc(size_t n, size_t size)
{
	void *p = cb_realloc(NULL, n * size);

	memset(p, 0, n * size);
	return p;
}

char *cb_strndup(const char *s, size_t len)
{
	char *copy = cb_alloc(len + 1);

	memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

char *cb_strdup(const char *s)
{
	return cb_strndup(s, strlen(s));
}

void cb_buf_destroy(struct cb_buf *b)
{
	free(b->data);
	*b = (struct cb_buf)CB_BUF_INIT;
}

char *cb_buf_reserve(struct cb_buf *b, size_t more)
{
	if (b->len + more + 1 > b->room) {
		size_t room = b->room ? b->room : 64;

		while (room < b->len + more + 1)
			room *= 2;
		b->data = cb_realloc(b->data, room);
		b->room = room;
	}
	return b->data + b->len;
}

void cb_buf_add(struct cb_buf *b, const void *bytes, size_t len)
{
	char *end = cb_buf_reserve(b, len);

	if (len)
		memcpy(end, bytes, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void cb_buf_clear(struct cb_buf *b)
{
	b->len = 0;
	cb_buf_add(b, "", 0);
}

void cb_buf_adds(struct cb_buf *b, const char *s)
{
	cb_buf_add(b, s, strlen(s));
}

void cb_buf_addc(struct cb_buf *b, char c)
{
	cb_buf_add(b, &c, 1);
}

void cb_buf_addv(struct cb_buf *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	if (n > 0) {
		cb_buf_reserve(b, (size_t)n);
		vsnprintf(b->data + b->len, (size_t)n + 1, fmt, again);
		b->len += (size_t)n;
	}
	va_end(again);
}

void cb_buf_addf(struct cb_buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	cb_buf_addv(b, fmt, ap);
	va_end(ap);
}

void cb_buf_truncate(struct cb_buf *b, size_t len)
{
	if (len < b->len) {
		b->len = len;
		b->data[len] = '\0';
	}
}

void cb_buf_sets(struct cb_buf *b, const char *s)
{
	cb_buf_clear(b);
	cb_buf_adds(b, s);
}

char *cb_buf_steal(struct cb_buf *b)
{
	char *data;

	cb_buf_add(b, "", 0);
	data = b->data;
	*b = (struct cb_buf)CB_BUF_INIT;
	return data;
}

int cb_buf_read_file(struct cb_buf *b, int dirfd, const char *path, size_t limit)
{
	int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC);
	int rc = 0;

	if (fd < 0)
		return -errno;
	cb_buf_clear(b);
	for (;;) {
		char *end = cb_buf_reserve(b, 4096);
		ssize_t n = read(fd, end, 4096);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			rc = -errno;
		else if (b->len + (size_t)n > limit)
			rc = -EFBIG;
		if (n <= 0 || rc)
			break;
		b->len += (size_t)n;
	}
	b->data[b->len] = '\0';
	close(fd);
	return rc;
}
