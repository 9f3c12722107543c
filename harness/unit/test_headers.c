/* SPDX-License-Identifier: MIT */
/* The table of system calls against the kernel headers of this machine, of which
 * the Makefile makes a list: a call that they know and the table does not is
 * named, and so is a row with another number than theirs. Rows that the headers
 * do not know yet are fine. */
#include "unit.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "linux/syscalls.h"

#include <string.h>

/* A call as asm/unistd_<abi>.h has it. */
struct header {
	const char *abi;
	const char *name;
	unsigned number;
};

#define CB_HEADER(abi, name, number) { #abi, #name, number },
static const struct header headers[] = {
#include "syscalls-header.inc"
};
#define HEADERS (sizeof headers / sizeof *headers)

#define SPOILT 9999 /* a number that no call has */
#define FEWEST 350 /* calls of any ABI; fewer means that the list was not made */

/* The rows under the numbers and names of i386. */
static const struct cb_syscall *rows_of_i386(size_t *count)
{
	static struct cb_syscall made[1024];
	const struct cb_syscall_i386 *numbers;
	const struct cb_syscall *rows;

	rows = cb_syscall_rows(count);
	numbers = cb_syscall_i386_numbers(count);
	for (size_t i = 0; i < *count; i++) {
		made[i] = rows[numbers[i].row];
		made[i].number = numbers[i].number;
		made[i].name = made[i].group = numbers[i].name;
	}
	return made;
}

/* Our table of an ABI: one line each. */
static const struct table {
	const char *abi;
	const struct cb_syscall *(*rows)(size_t *count);
} tables[] = {
	{ "64", cb_syscall_rows },
	{ "32", rows_of_i386 },
};

static const struct header *by_name(const char *abi, const char *name)
{
	for (size_t i = 0; i < HEADERS; i++)
		if (!strcmp(headers[i].abi, abi) && !strcmp(headers[i].name, name))
			return &headers[i];
	return NULL;
}

/* Complains of a call that no row judges or declares harmless. A row of another
 * name is told by rows_are_right. */
static void is_classified(const struct header *h, const struct cb_syscall *rows, size_t n,
		       struct cb_buf *complaint)
{
	for (size_t i = 0; i < n; i++) {
		if (rows[i].number != h->number)
			continue;
		if (rows[i].effect != CB_EFFECT_NONE || (rows[i].reason && *rows[i].reason))
			return;
		cb_buf_addf(complaint, "%s: the row %u gives no reason\n", h->name, h->number);
		return;
	}
	cb_buf_addf(complaint, "%s: the headers have it as %u, the table has no such row\n",
		    h->name, h->number);
}

static void rows_are_right(const char *abi, const struct cb_syscall *rows, size_t n,
			   struct cb_buf *complaint)
{
	for (size_t i = 0; i < n; i++) {
		const char *name = cb_syscall_call_name(&rows[i]);
		const struct header *h = by_name(abi, name);

		if (!strcmp(abi, "64") && rows[i].number >= CB_ONLY_I386 && rows[i].number < SPOILT)
			continue; /* said by the other table */

		if (h && h->number != rows[i].number)
			cb_buf_addf(complaint, "%s: %u in the table, %u in the headers\n",
				    name, rows[i].number, h->number);
		for (size_t k = 0; k < HEADERS && !h; k++)
			if (!strcmp(headers[k].abi, abi) && headers[k].number == rows[i].number)
				cb_buf_addf(complaint, "%s: its number %u is %s in the headers\n",
					    name, rows[i].number, headers[k].name);
	}
}

/* Everything that is wrong with the rows, a line each. */
static void compare(const char *abi, const struct cb_syscall *rows, size_t n,
		    struct cb_buf *complaint)
{
	size_t known = 0;

	cb_buf_clear(complaint);
	for (size_t i = 0; i < HEADERS; i++) {
		if (strcmp(headers[i].abi, abi))
			continue;
		known++;
		is_classified(&headers[i], rows, n, complaint);
	}
	if (known < FEWEST)
		cb_buf_addf(complaint, "the headers have %zu calls\n", known);
	rows_are_right(abi, rows, n, complaint);
}

static void tables_know_the_headers(void)
{
	CB_AUTO_BUF struct cb_buf complaint = CB_BUF_INIT;

	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
		const struct cb_syscall *rows;
		size_t n;

		rows = tables[i].rows(&n);
		compare(tables[i].abi, rows, n, &complaint);
		/* the report shall name the call: the text stands for the condition */
		CU_assertImplementation(!complaint.len, __LINE__, complaint.data, __FILE__, "",
					CU_FALSE);
	}
}

/* The x86-64 table with one row spoilt is complained of with `want`. */
static void spoilt(size_t at, const struct cb_syscall *row, const char *want)
{
	CB_AUTO_BUF struct cb_buf complaint = CB_BUF_INIT;
	CB_AUTO_FREE struct cb_syscall *copy = NULL;
	const struct cb_syscall *rows;
	size_t n;

	rows = cb_syscall_rows(&n);
	copy = cb_alloc(n * sizeof *copy);
	memcpy(copy, rows, n * sizeof *copy);
	copy[at] = *row;
	compare("64", copy, n, &complaint);
	CU_ASSERT_PTR_NOT_NULL(strstr(complaint.data, want));
}

static void a_rotten_table_is_named(void)
{
	CB_AUTO_BUF struct cb_buf complaint = CB_BUF_INIT;
	const struct cb_syscall *read = cb_syscall_by_name("read");
	const struct cb_syscall *rows;
	struct cb_syscall row = *read;
	size_t n;

	rows = cb_syscall_rows(&n);
	row.number = SPOILT;
	spoilt((size_t)(read - rows), &row, "read: the headers have it as 0, the table has no");
	spoilt((size_t)(read - rows), &row, "read: 9999 in the table, 0 in the headers\n");
	row = *read;
	row.name = "unheard_of";
	spoilt((size_t)(read - rows), &row, "unheard_of: its number 0 is read in the headers\n");
	row = *read;
	row.reason = "";
	spoilt((size_t)(read - rows), &row, "read: the row 0 gives no reason\n");
	compare("no such ABI", rows, 0, &complaint);
	CU_ASSERT_STRING_EQUAL(complaint.data, "the headers have 0 calls\n");
}

HN_UNIT_SUITE("headers", { "the table knows what the headers know", tables_know_the_headers },
	   { "a rotten table is named", a_rotten_table_is_named });
