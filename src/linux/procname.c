/* SPDX-License-Identifier: MIT */
#include "linux/procname.h"

#include <string.h>

static char *add(char *to, const char *text)
{
	size_t n = strnlen(text, CB_PROC_FILE_MAX);

	memcpy(to, text, n);
	to[n] = '\0';
	return to + n;
}

static char *add_number(char *to, int number)
{
	char digits[12], *first = digits + sizeof digits - 1;
	unsigned rest = number < 0 ? -(unsigned)number : (unsigned)number;

	*first = '\0';
	do
		*--first = (char)('0' + rest % 10);
	while (rest /= 10);
	if (number < 0)
		*--first = '-';
	return add(to, first);
}

static char *add_thread(char *to, pid_t tid)
{
	return tid ? add_number(add(to, "/proc/"), tid) : add(to, "/proc/thread-self");
}

const char *cb_proc_name(struct cb_proc_name *n, pid_t tid, const char *file)
{
	char *to = add_thread(n->text, tid);

	if (*file)
		add(add(to, "/"), file);
	return n->text;
}

const char *cb_proc_name_fd(struct cb_proc_name *n, pid_t tid, int fd)
{
	add_number(add(add_thread(n->text, tid), "/fd/"), fd);
	return n->text;
}

const char *cb_proc_name_fdinfo(struct cb_proc_name *n, pid_t tid, int fd)
{
	add_number(add(add_thread(n->text, tid), "/fdinfo/"), fd);
	return n->text;
}

const char *cb_proc_name_own(struct cb_proc_name *n, int fd)
{
	add_number(add(n->text, "/proc/self/fd/"), fd);
	return n->text;
}

const char *cb_proc_name_number(struct cb_proc_name *n, int number)
{
	add_number(n->text, number);
	return n->text;
}
