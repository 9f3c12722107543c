/* SPDX-License-Identifier: MIT */
/* System calls as this very process would make them, decoded and not made: two
 * bytes choose the row (its number in the lower nine bits, above them which row
 * of that number), three bytes each of six arguments (a kind and a value), the
 * rest is memory that arguments point to. It ends where nothing is mapped. In it,
 * eight bytes "PTR:" and an offset become a pointer into it. */
#include "fuzz.h"

#include "linux/syscalls.h"
#include "trace/call.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define ROOM 8192u

#define FIRST_OF_I386 480 /* choices from here on are rows that only i386 has */

struct memory {
	uint8_t *start; /* of the bytes, which end before an unmapped page */
	size_t size;
};

static uint8_t *map_room(void)
{
	uint8_t *room = mmap(NULL, ROOM + 4096, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	FZ_HOLDS(room != MAP_FAILED && !mprotect(room + ROOM, 4096, PROT_NONE));
	return room;
}

static void fill(struct memory *m, uint8_t *room, const struct fz_input *in)
{
	m->size = in->size < ROOM ? in->size : ROOM;
	m->start = room + ROOM - m->size;
	if (m->size)
		memcpy(m->start, in->data, m->size);
	for (size_t at = 0; at + 8 <= m->size; at += 8) {
		uint32_t offset;
		uint64_t pointer;

		if (memcmp(m->start + at, "PTR:", 4))
			continue;
		memcpy(&offset, m->start + at + 4, sizeof offset);
		pointer = (uintptr_t)m->start + offset % (ROOM + 4096);
		memcpy(m->start + at, &pointer, sizeof pointer);
	}
}

static unsigned long long argument(struct fz_input *in, const struct memory *m)
{
	uint8_t kind = fz_byte(in);
	uint16_t value = fz_u16(in);

	switch (kind % 6) {
	case 0:
		return (uintptr_t)m->start + value;
	case 1:
		return value;
	case 2:
		return (unsigned long long)(long long)(int16_t)value;
	case 3:
		return (unsigned long long)(long long)fz_descriptor((uint8_t)value);
	case 4:
		return 1ull << (value % 64);
	default:
		return (unsigned long long)value << 8 | kind;
	}
}

/* The upper bit of a choice says that the caller has 32 bits.
 * By number, so that inputs mean the same when the table grows. NULL: none judged. */
static const struct cb_syscall *choose_row(unsigned choice)
{
	const struct cb_syscall *rows;
	unsigned number = choice & 511u, which = choice >> 9 & 63u;
	size_t n, first = 0, same = 0;

	if (number >= FIRST_OF_I386)
		number += CB_ONLY_I386 - FIRST_OF_I386;
	rows = cb_syscall_rows(&n);
	while (first < n && rows[first].number != number)
		first++;
	while (first + same < n && rows[first + same].number == number)
		same++;
	if (!same || rows[first + which % same].kind > CB_ROW_FORM)
		return NULL;
	return &rows[first + which % same];
}

/* Everything that is done to a call without judging or making it. */
static void look_at(struct cb_call *call, struct cb_resolver *r, const struct cb_entry *entry,
		    const struct cb_syscall *row)
{
	struct cb_found found = { row, row->name };
	int rc = cb_call_decode(call, r, getpid(), entry, &found), error;

	FZ_HOLDS(!rc);
	FZ_HOLDS(call->operands >= 0 && call->operands <= CB_OPERANDS);
	FZ_HOLDS(!call->has_address || call->address.name_len <= sizeof call->address.name);
	FZ_HOLDS(call->effect > CB_EFFECT_NONE && call->effect < CB_EFFECT_COUNT);
	if (call->error)
		return;
	for (int i = 0; i < call->operands; i++)
		FZ_HOLDS(call->operand[i].place.real.data);
	error = cb_call_natural_errno(call);
	FZ_HOLDS(error >= 0 && error != EACCES && error != EPERM && error != EROFS);
	if (cb_syscall_argument(row, CB_ROLE_MMSG) >= 0)
		for (unsigned n = 0; n < 3; n++)
			cb_call_decode_message(call, r, entry->args[1], n);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fz_enter_scratch();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t *room;
	struct fz_input in = { data, size }, args = in;
	unsigned choice = fz_u16(&args);
	const struct cb_syscall *row = choose_row(choice);
	struct cb_entry entry = { .abi = choice & 0x8000u ? CB_ABI_I386 : CB_ABI_X86_64 };
	struct cb_memory memory = { 0 };
	struct cb_resolver r;
	struct cb_call *call;
	struct memory m;

	if (!row)
		return 0;
	if (!room)
		room = map_room();
	for (size_t skip = 2 + 3 * CB_ARGS; skip; skip--)
		fz_byte(&in);
	fill(&m, room, &in);
	entry.number = row->number;
	for (int a = 0; a < CB_ARGS; a++)
		entry.args[a] = argument(&args, &m);
	call = calloc(1, sizeof *call);
	FZ_HOLDS(call && !cb_resolver_init(&r, false, NULL));
	call->memory = &memory;
	look_at(call, &r, &entry, row);
	cb_call_destroy(call);
	cb_resolver_destroy(&r);
	free(call);
	return 0;
}
