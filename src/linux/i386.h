/* SPDX-License-Identifier: MIT */
/* Calls as programs of i386 make them, made by this program: some answers are other ones
 * for them (places in a directory have 32 bits). What is pointed to must lie below 4 GiB. */
#ifndef CB_LINUX_I386_H
#define CB_LINUX_I386_H

#include <stddef.h>

/* Memory of that kind, to be given back by munmap(2); NULL if there is none. */
void *cb_i386_memory(size_t size);

/* A call by its number in the table of i386: its result, or a negative errno. */
long cb_i386_call(unsigned number, unsigned long a, unsigned long b, unsigned long c);

#endif
