/* SPDX-License-Identifier: MIT */
/* Times and arguments in the layouts of 64-bit and of 32-bit callers. The tests
 * read from this process itself. */
#include "unit.h"

#include "trace/call.h"

#include <errno.h>
#include <stdint.h>
#include <unistd.h>

static const struct cb_memory memory;

static void times_of_each_layout(void)
{
	static const int64_t wide[4] = { 5, 6, 7, 8 }, seconds[2] = { 9, 10 };
	static const int64_t padded[4] = { 5, 0x100000006, 7, -1 }; /* 32-bit nanoseconds */
	static const int32_t narrow[4] = { -5, 6, 7, 999999 }, narrow_seconds[2] = { -1, 4 };
	static const int32_t bad[4] = { 1, 1000000, 2, 3 };
	static const struct {
		const void *at;
		enum cb_role role;
		enum cb_abi abi;
		long long sec[2], nsec[2];
		int error;
	} cases[] = {
		{ wide, CB_ROLE_TIMES, CB_ABI_X86_64, { 5, 7 }, { 6, 8 }, 0 },
		{ wide, CB_ROLE_TIMEVALS, CB_ABI_X86_64, { 5, 7 }, { 6000, 8000 }, 0 },
		{ seconds, CB_ROLE_UTIMBUF, CB_ABI_X86_64, { 9, 10 }, { 0, 0 }, 0 },
		{ padded, CB_ROLE_TIMES, CB_ABI_I386, { 5, 7 }, { 6, UINT32_MAX }, 0 },
		{ padded, CB_ROLE_TIMES, CB_ABI_X86_64, { 5, 7 }, { 0x100000006, -1 }, 0 },
		{ narrow, CB_ROLE_TIMES32, CB_ABI_I386, { -5, 7 }, { 6, 999999 }, 0 },
		{ narrow, CB_ROLE_TIMEVALS32, CB_ABI_I386, { -5, 7 }, { 6000, 999999000 }, 0 },
		{ narrow_seconds, CB_ROLE_UTIMBUF32, CB_ABI_I386, { -1, 4 }, { 0, 0 }, 0 },
		{ bad, CB_ROLE_TIMEVALS32, CB_ABI_I386, { 1, 2 }, { 1000000, 3000 }, EINVAL },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct cb_call call = { .tid = getpid(), .memory = &memory, .abi = cases[i].abi };

		CU_ASSERT_EQUAL(cb_call_take_times(&call, cases[i].role, (uintptr_t)cases[i].at), 0);
		CU_ASSERT_EQUAL(call.error, cases[i].error);
		for (int t = 0; t < 2; t++) {
			CU_ASSERT_EQUAL(call.times[t].tv_sec, cases[i].sec[t]);
			CU_ASSERT_EQUAL(call.times[t].tv_nsec, cases[i].nsec[t]);
		}
	}
}

static void times_that_are_not_there(void)
{
	struct cb_call call = { .tid = getpid(), .memory = &memory };

	CU_ASSERT_EQUAL(cb_call_take_times(&call, CB_ROLE_TIMES, 0), 0);
	CU_ASSERT_FALSE(call.times_given);
	CU_ASSERT_EQUAL(cb_call_take_times(&call, CB_ROLE_TIMES, 1), -EFAULT);
}

static void what_socketcall_carries(void)
{
	static const uint32_t words[6] = { 3, 0x1000, 16, 4, 5, 6 };
	static const struct {
		unsigned call;
		unsigned long long number; /* 0: none that is judged */
		unsigned long long last;   /* the sixth argument */
	} cases[] = {
		{ 1, 41, 0 }, { 2, 49, 0 }, { 3, 42, 0 }, { 11, 44, 6 },
		{ 16, 46, 0 }, { 20, 307, 0 }, { 4, 50, 0 }, { 5, 0, 0 }, { 0, 0, 0 }, { 21, 0, 0 }, { 9999, 0, 0 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct cb_entry entry = { .abi = CB_ABI_I386, .number = 102 };
		bool unwrapped;

		entry.args[0] = cases[i].call;
		entry.args[1] = (uintptr_t)words;
		unwrapped = cb_call_unwrap(&memory, getpid(), &entry);
		CU_ASSERT_EQUAL(unwrapped, cases[i].number != 0);
		if (!unwrapped)
			continue;
		CU_ASSERT_EQUAL(entry.number, cases[i].number);
		CU_ASSERT_EQUAL(entry.args[1], 0x1000);
		CU_ASSERT_EQUAL(entry.args[5], cases[i].last);
	}
}

HN_UNIT_SUITE("layout", { "times of each layout", times_of_each_layout },
	   { "times that are not there", times_that_are_not_there },
	   { "what socketcall carries", what_socketcall_carries });
