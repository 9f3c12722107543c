/* SPDX-License-Identifier: MIT */
/* What looks different in the memory of 64-bit and of 32-bit callers. */
#include "trace/call.h"

#include "linux/memory.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#define SOCKETCALL_ARGS 6

/* Two times are four numbers (seconds, and what is below a second) or two. */
static int read_numbers(const struct cb_call *call, unsigned long long addr, int count, bool narrow,
			long long *numbers)
{
	int32_t small[4];
	int rc;

	if (!narrow)
		return cb_memory_read(call->memory, call->tid, addr, numbers,
				      (size_t)count * sizeof *numbers);
	rc = cb_memory_read(call->memory, call->tid, addr, small, (size_t)count * sizeof *small);
	for (int i = 0; i < count && !rc; i++)
		numbers[i] = small[i];
	return rc;
}

int cb_call_take_times(struct cb_call *call, enum cb_role role, unsigned long long addr)
{
	bool narrow = role == CB_ROLE_TIMES32 || role == CB_ROLE_TIMEVALS32 ||
		      role == CB_ROLE_UTIMBUF32;
	bool seconds = role == CB_ROLE_UTIMBUF || role == CB_ROLE_UTIMBUF32;
	bool micro = role == CB_ROLE_TIMEVALS || role == CB_ROLE_TIMEVALS32;
	long long n[4];
	int rc;

	call->times_given = addr;
	if (!addr)
		return 0;
	rc = read_numbers(call, addr, seconds ? 2 : 4, narrow, n);
	if (rc)
		return rc;
	for (int i = 0; i < 2; i++) {
		struct timespec *t = &call->times[i];

		t->tv_sec = seconds ? n[i] : n[2 * i];
		t->tv_nsec = seconds ? 0 : n[2 * i + 1];
		/* the upper half is padding to 32-bit callers (get_timespec64 of Linux) */
		if (call->abi == CB_ABI_I386 && role == CB_ROLE_TIMES)
			t->tv_nsec &= UINT32_MAX;
		if (micro && (t->tv_nsec < 0 || t->tv_nsec > 999999))
			call->error = EINVAL;
		else if (micro)
			t->tv_nsec *= 1000;
	}
	return 0;
}

/* The kernel reads no more words than the call has (net/compat.c): none of those
 * that are judged has more than six. */
static size_t words_of(unsigned call)
{
	switch (call) {
	case 11: /* sendto */
		return 6;
	case 20: /* sendmmsg */
		return 4;
	case 4: /* listen */
		return 2;
	default: /* socket, bind, connect, sendmsg */
		return 3;
	}
}

bool cb_call_unwrap(const struct cb_memory *memory, pid_t tid, struct cb_entry *entry)
{
	unsigned call = (unsigned)entry->args[0], number = cb_socketcall_number(call);
	uint32_t words[SOCKETCALL_ARGS] = { 0 };

	if (!number || cb_memory_read(memory, tid, entry->args[1], words,
				      words_of(call) * sizeof *words))
		return false;
	entry->number = number;
	for (int i = 0; i < CB_ARGS; i++)
		entry->args[i] = words[i];
	return true;
}
