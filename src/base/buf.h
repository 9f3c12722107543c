/* SPDX-License-Identifier: MIT */
/* A growable byte string, always NUL-terminated. Running out of memory ends
 * the process (as every caller would have to), so appending cannot fail. */
#ifndef CB_BASE_BUF_H
#define CB_BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>

struct cb_buf {
	char *data;  /* NULL until the first append; owned */
	size_t len;  /* bytes, without the final NUL */
	size_t room; /* bytes allocated */
};

#define CB_BUF_INIT { NULL, 0, 0 }

void cb_buf_destroy(struct cb_buf *b);

/* Empties it and keeps the memory; data is "" afterwards. */
void cb_buf_clear(struct cb_buf *b);
void cb_buf_add(struct cb_buf *b, const void *bytes, size_t len);
void cb_buf_adds(struct cb_buf *b, const char *s);
void cb_buf_addc(struct cb_buf *b, char c);
void cb_buf_addf(struct cb_buf *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void cb_buf_addv(struct cb_buf *b, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

/* Makes sure that `more` bytes fit behind len and returns where they go. */
char *cb_buf_reserve(struct cb_buf *b, size_t more);

/* Cuts to len bytes (no effect if it is shorter). */
void cb_buf_truncate(struct cb_buf *b, size_t len);

/* Replaces the content. */
void cb_buf_sets(struct cb_buf *b, const char *s);

/* Hands the string over (never NULL) and leaves an empty buffer; the caller frees it. */
char *cb_buf_steal(struct cb_buf *b);

/* The whole of a file, at most `limit` bytes. Returns 0 or -errno. */
int cb_buf_read_file(struct cb_buf *b, int dirfd, const char *path, size_t limit);

/* malloc and friends that end the process when memory runs out. */
void *cb_alloc(size_t size);
void *cb_calloc(size_t n, size_t size);
void *cb_realloc(void *p, size_t size);
char *cb_strdup(const char *s);
char *cb_strndup(const char *s, size_t len);

#endif
