/* SPDX-License-Identifier: MIT */
/* int $0x80 from code of 64 bits: the kernel takes it as a call of i386, and leaves the
 * registers that i386 does not have in an unknown state. */
#include "linux/i386.h"

#include <sys/mman.h>

void *cb_i386_memory(size_t size)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	return at == MAP_FAILED ? NULL : at;
}

long cb_i386_call(unsigned number, unsigned long a, unsigned long b, unsigned long c)
{
	long result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"((unsigned long)number), "b"(a), "c"(b), "d"(c)
			 : "memory", "cc", "r8", "r9", "r10", "r11");
	return (int)result;
}
