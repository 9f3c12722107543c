/* SPDX-License-Identifier: MIT */
/* Makes data of syscalls.def and looks rows up. */
#include "linux/syscalls.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <unistd.h>

#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1
#endif
#define IOCTL_NUMBER 16
#define FCNTL_NUMBER 72

#define ALWAYS { CB_WHEN_ALWAYS, 0, 0, 0 }
#define IF_ANY(arg, bits, unless) { CB_WHEN_IF_ANY, arg, bits, unless }
#define IF_EQ(arg, value) { CB_WHEN_IF_EQ, arg, value, 0 }
#define IF_NE(arg, value) { CB_WHEN_IF_NE, arg, value, 0 }
#define OPENING(arg)                                                                \
	{                                                                           \
		CB_WHEN_OPENING, arg, O_ACCMODE | O_CREAT | O_TRUNC | CB_OPEN_TMPFILE, O_PATH \
	}
#define ASKING(arg) { CB_WHEN_ASKING, arg, W_OK, 0 }
#define SENDING(arg) { CB_WHEN_SENDING, arg, 0, 0 }
#define IF_EXECS { CB_WHEN_IF_EXECS, 0, 0, 0 }
#define IF_NET { CB_WHEN_IF_NET, 0, 0, 0 }
#define IF_NET_NE(arg, value) { CB_WHEN_IF_NET_NE, arg, value, 0 }
#define IF_FAMILIES { CB_WHEN_IF_FAMILIES, 0, 0, 0 }
#define IF_FAKE { CB_WHEN_IF_FAKE, 0, 0, 0 }
#define IF_FAKE_EQ(arg, value) { CB_WHEN_IF_FAKE_EQ, arg, value, 0 }

/* roles of up to six arguments, each with its prefix */
#define ROLE(r) CB_ROLE_##r
#define A1(a) ROLE(a)
#define A2(a, ...) ROLE(a), A1(__VA_ARGS__)
#define A3(a, ...) ROLE(a), A2(__VA_ARGS__)
#define A4(a, ...) ROLE(a), A3(__VA_ARGS__)
#define A5(a, ...) ROLE(a), A4(__VA_ARGS__)
#define A6(a, ...) ROLE(a), A5(__VA_ARGS__)
#define PICK(a, b, c, d, e, f, name, ...) name
#define A(...) { PICK(__VA_ARGS__, A6, A5, A4, A3, A2, A1, )(__VA_ARGS__) }

#define CB_CALL(nr, id, in, eff, cond, trait, args)                                 \
	{ CB_ROW_CALL, CB_EFFECT_##eff, 0, nr, CB_TRAIT_##trait, cond, args, #id, in, NULL },
#define CB_IOCTL(id, value, eff, args)                                              \
	{ CB_ROW_FORM, CB_EFFECT_##eff, 0, IOCTL_NUMBER, CB_TRAIT_PLAIN, IF_EQ(1, value), \
	  args, #id, "ioctl", NULL },
#define CB_FCNTL(id, value, eff, args)                                              \
	{ CB_ROW_FORM, CB_EFFECT_##eff, 0, FCNTL_NUMBER, CB_TRAIT_PLAIN, IF_EQ(1, value),  \
	  args, #id, "fcntl", NULL },
#define CB_IOCTL32(nr, id, value, eff, args)                                        \
	{ CB_ROW_FORM, CB_EFFECT_##eff, 0, nr, CB_TRAIT_PLAIN, IF_EQ(1, value), args, #id, \
	  "ioctl", NULL },
#define CB_WATCH(nr, id, in, cond, why)                                             \
	{ CB_ROW_WATCH, CB_EFFECT_NONE, 0, nr, 0, cond, { 0 }, #id, in, why },
#define CHANGES_RIGHTS "changes what the calling process may do"
#define CB_SETID(nr, id, what, trait)                                               \
	{ CB_ROW_WATCH, CB_EFFECT_NONE, CB_ASK_##what, nr, CB_TRAIT_##trait, ALWAYS, { 0 }, \
	  #id, #id, CHANGES_RIGHTS },
#define CB_KEEPCAPS(nr, id)                                                         \
	{ CB_ROW_WATCH, CB_EFFECT_NONE, CB_ASK_KEEPCAPS, nr, 0, IF_FAKE_EQ(0, id), { 0 }, \
	  #id, "prctl", CHANGES_RIGHTS },
#define CB_ASK(nr, id, what, args)                                                  \
	{ CB_ROW_ASK, CB_EFFECT_NONE, CB_ASK_##what, nr, 0, IF_FAKE, args, #id, #id, "only asks" },
#define CB_ASK16(nr, id, what)                                                      \
	{ CB_ROW_ASK, CB_EFFECT_NONE, CB_ASK_##what, nr, CB_TRAIT_IDS16, IF_FAKE, { 0 }, #id, #id, \
	  "only asks" },
#define CB_PASS(nr, id, why)                                                        \
	{ CB_ROW_PASS, CB_EFFECT_NONE, 0, nr, 0, ALWAYS, { 0 }, #id, #id, why },
#define CB_ENOSYS(nr, id, why)                                                      \
	{ CB_ROW_ENOSYS, CB_EFFECT_NONE, 0, nr, 0, ALWAYS, { 0 }, #id, #id, why },
#define CB_SOCKETCALL(nr, id)                                                       \
	{ CB_ROW_SOCKETCALL, CB_EFFECT_NONE, 0, nr, 0, ALWAYS, { 0 }, #id, #id,        \
	  "carries another call of the table" },

static const struct cb_syscall rows[] = {
#include "linux/syscalls.def"
};

#define ROWS (sizeof rows / sizeof rows[0])

/* the index of each row, by its id */
#undef CB_CALL
#undef CB_IOCTL
#undef CB_FCNTL
#undef CB_IOCTL32
#undef CB_WATCH
#undef CB_SETID
#undef CB_KEEPCAPS
#undef CB_ASK
#undef CB_ASK16
#undef CB_PASS
#undef CB_ENOSYS
#undef CB_SOCKETCALL
#define CB_CALL(nr, id, ...) ROW_##id,
#define CB_IOCTL(id, ...) ROW_##id,
#define CB_FCNTL(id, ...) ROW_##id,
#define CB_IOCTL32(nr, id, ...) ROW_##id,
#define CB_WATCH(nr, id, ...) ROW_##id,
#define CB_SETID(nr, id, ...) ROW_##id,
#define CB_KEEPCAPS(nr, id) ROW_##id,
#define CB_ASK(nr, id, ...) ROW_##id,
#define CB_ASK16(nr, id, ...) ROW_##id,
#define CB_PASS(nr, id, ...) ROW_##id,
#define CB_ENOSYS(nr, id, ...) ROW_##id,
#define CB_SOCKETCALL(nr, id) ROW_##id,

enum {
#include "linux/syscalls.def"
};

#define CB_I386(nr, id, of) { nr, ROW_##of, #id },

static const struct cb_syscall_i386 i386[] = {
#include "linux/syscalls-i386.def"
};

#define I386 (sizeof i386 / sizeof i386[0])

const struct cb_syscall_i386 *cb_syscall_i386_numbers(size_t *count)
{
	*count = I386;
	return i386;
}

const struct cb_syscall *cb_syscall_rows(size_t *count)
{
	*count = ROWS;
	return rows;
}

const char *cb_syscall_call_name(const struct cb_syscall *row)
{
	return row->kind == CB_ROW_FORM || row->kind == CB_ROW_WATCH ? row->group : row->name;
}

bool cb_syscall_stops(const struct cb_syscall *row)
{
	return row->kind <= CB_ROW_SOCKETCALL;
}

int cb_syscall_argument(const struct cb_syscall *row, enum cb_role role)
{
	for (int i = 0; i < CB_ARGS; i++)
		if (row->role[i] == role)
			return i;
	return -1;
}

bool cb_when_holds(const struct cb_when *w, const unsigned long long *args,
		   const struct cb_needs *needs)
{
	unsigned long long arg = args ? args[w->arg] : 0;

	switch (w->kind) {
	case CB_WHEN_ALWAYS:
		return true;
	case CB_WHEN_OPENING:
		if (needs->reads)
			return true;
		return !args || ((arg & w->bits) && !(arg & w->unless));
	case CB_WHEN_ASKING:
		if (needs->reads || needs->fake)
			return !args || (arg & (R_OK | W_OK | X_OK));
		return !args || (arg & w->bits);
	case CB_WHEN_IF_ANY:
		return !args || ((arg & w->bits) && !(arg & w->unless));
	case CB_WHEN_IF_EQ:
		return !args || (uint32_t)arg == w->bits;
	case CB_WHEN_IF_NE:
		return !args || arg != w->bits;
	case CB_WHEN_SENDING:
		return needs->probes || !args || arg;
	case CB_WHEN_IF_EXECS:
		return needs->reads || needs->execs;
	case CB_WHEN_IF_NET:
		return needs->net;
	case CB_WHEN_IF_NET_NE:
		return needs->net && (!args || arg != w->bits);
	case CB_WHEN_IF_FAMILIES:
		return needs->families;
	case CB_WHEN_IF_FAKE:
		return needs->fake;
	case CB_WHEN_IF_FAKE_EQ:
		return needs->fake && (!args || (uint32_t)arg == w->bits);
	}
	return true;
}

/* The first row of a number: rows are sorted, so halving finds it. */
static size_t first_row(unsigned long long number)
{
	size_t low = 0, high = ROWS;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (rows[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Of the rows that share a number, the one that stops this call. */
static const struct cb_syscall *stopping(size_t first, const unsigned long long *args,
					 const struct cb_needs *needs)
{
	for (size_t i = first; i < ROWS && rows[i].number == rows[first].number; i++)
		if (cb_syscall_stops(&rows[i]) && cb_when_holds(&rows[i].when, args, needs))
			return &rows[i];
	return NULL;
}

static struct cb_found find_i386(unsigned long long number, const unsigned long long *args,
				 const struct cb_needs *needs)
{
	for (size_t i = 0; i < I386; i++) {
		const struct cb_syscall *row =
			i386[i].number == number ? stopping(i386[i].row, args, needs) : NULL;

		if (row)
			return (struct cb_found){ row, i386[i].name };
	}
	return (struct cb_found){ NULL, NULL };
}

struct cb_found cb_syscall_find(enum cb_abi abi, unsigned long long number,
				const unsigned long long args[CB_ARGS],
				const struct cb_needs *needs)
{
	struct cb_found found = { NULL, NULL };
	size_t first;

	if (abi == CB_ABI_I386)
		return find_i386(number, args, needs);
	first = first_row(number);
	if (abi == CB_ABI_X86_64 && number < CB_ONLY_I386 && first < ROWS &&
	    rows[first].number == number)
		found.row = stopping(first, args, needs);
	if (found.row)
		found.name = cb_syscall_call_name(found.row);
	return found;
}

/* <linux/net.h>: SYS_SOCKET, SYS_BIND, SYS_CONNECT, SYS_LISTEN, SYS_SENDTO, SYS_SENDMSG,
 * SYS_SENDMMSG; the others work on sockets that were judged by these. */
unsigned cb_socketcall_number(unsigned call)
{
	static const unsigned numbers[] = { [1] = 41, [2] = 49, [3] = 42, [4] = 50,
					    [11] = 44, [16] = 46, [20] = 307 };

	return call < sizeof numbers / sizeof *numbers ? numbers[call] : 0;
}

const struct cb_syscall *cb_syscall_by_name(const char *name)
{
	for (size_t i = 0; i < ROWS; i++)
		if (!strcmp(rows[i].name, name))
			return &rows[i];
	return NULL;
}

bool cb_syscall_is_system_name(const char *name)
{
	for (size_t i = 0; i < ROWS; i++) {
		bool judged_by_name = cb_effect_class(rows[i].effect) == CB_CLASS_SYSTEM ||
				      (rows[i].traits & CB_TRAIT_MAKENODE);

		if (rows[i].kind <= CB_ROW_FORM && judged_by_name &&
		    (!strcmp(rows[i].name, name) || !strcmp(rows[i].group, name)))
			return true;
	}
	return false;
}
