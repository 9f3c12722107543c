/* SPDX-License-Identifier: MIT */
/* Reads and writes the memory of a stopped tracee: process_vm_readv and _writev,
 * where these are refused /proc/TID/mem, and at last a word at a time. */
#ifndef CB_LINUX_MEMORY_H
#define CB_LINUX_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Ways that are not tried, since they are refused here for every process. */
struct cb_memory {
	bool no_vm_readv;
	bool no_proc_mem;
	unsigned long long *copied; /* counts bytes that were copied; NULL: nobody counts */
};

/* Copies exactly len bytes. Returns 0, CB_GONE, -EFAULT when not all of it is
 * mapped, or -EPERM when this tracee's memory cannot be read by us at all. */
int cb_memory_read(const struct cb_memory *m, pid_t tid, unsigned long long addr, void *to,
		   size_t len);

/* Copies a string with its NUL into to[size]. As cb_memory_read, and
 * -ENAMETOOLONG when there is no NUL within size bytes. */
int cb_memory_string(const struct cb_memory *m, pid_t tid, unsigned long long addr, char *to,
		     size_t size);

/* Writes exactly len bytes. Results as of cb_memory_read; on -EFAULT a part may have
 * been written, as the kernel does it. What the tracee cannot write itself (a
 * read-only mapping) is written only where no better way is to be had. */
int cb_memory_write(const struct cb_memory *m, pid_t tid, unsigned long long addr,
		    const void *from, size_t len);

#endif
