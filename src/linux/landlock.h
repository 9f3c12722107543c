/* SPDX-License-Identifier: MIT */
/* Landlock: a ruleset that a process takes upon itself and its children, and
 * that the kernel holds without asking anybody (landlock(7)). Only the rights to
 * change things are handled here: IOCTL_DEV, EXECUTE and READ_* would break
 * opens for reading. */
#ifndef CB_LINUX_LANDLOCK_H
#define CB_LINUX_LANDLOCK_H

#include <stdbool.h>

/* With ABI 1 (Linux 5.13) a rename or link to another directory is always EXDEV. */
#define CB_LANDLOCK_ABI_MIN 2
#define CB_LANDLOCK_ABI_TRUNCATE 3 /* Linux 6.2: truncate(2) of a path is held */
#define CB_LANDLOCK_ABI_NET 4      /* Linux 6.7: TCP */
#define CB_LANDLOCK_ABI_SCOPE 6    /* Linux 6.12: signals and abstract sockets */

/* What it refuses besides changes of files. */
struct cb_landlock_scope {
	bool signals;  /* none to processes that have not the ruleset, also signal 0 */
	bool abstract; /* no connection to abstract sockets of such processes */
	bool tcp;      /* neither bind nor connect */
};

/* The ABI of this kernel, 0 if it has no Landlock or it is switched off. */
int cb_landlock_abi(void);

/* A ruleset that refuses every change of a file. A descriptor (close-on-exec)
 * that the caller owns, or -errno. What the ABI lacks is left out. */
int cb_landlock_new(int abi, const struct cb_landlock_scope *scope);

/* Lets everything change below the directory behind `fd`, or with `contents`
 * only the contents of files that exist. `fd` may be O_PATH; for a file it is
 * its contents in any case. -EBADFD: it has no place in a filesystem. */
int cb_landlock_allow(int ruleset, int abi, int fd, bool contents);

/* For the calling thread and all that it makes. Needs no_new_privs.
 * Async-signal-safe. 0 or -errno. */
int cb_landlock_restrict(int ruleset);

#endif
