/* SPDX-License-Identifier: MIT */
/* Names of files of /proc. Several are asked for at every stop: written without a format,
 * as printf was half of what catbox itself did there. */
#ifndef CB_LINUX_PROCNAME_H
#define CB_LINUX_PROCNAME_H

#include <sys/types.h>

#define CB_PROC_FILE_MAX 48 /* of what stands behind /proc/TID/ without a number; the rest is cut */

struct cb_proc_name {
	char text[CB_PROC_FILE_MAX + 48];
};

/* All return n->text, which is good as long as *n is. Tid 0: of the calling thread. */

/* /proc/TID/FILE; FILE may be empty: /proc/TID. */
const char *cb_proc_name(struct cb_proc_name *n, pid_t tid, const char *file);

/* /proc/TID/fd/FD */
const char *cb_proc_name_fd(struct cb_proc_name *n, pid_t tid, int fd);

/* /proc/TID/fdinfo/FD */
const char *cb_proc_name_fdinfo(struct cb_proc_name *n, pid_t tid, int fd);

/* /proc/self/fd/FD: a descriptor of ours, whichever thread asks. */
const char *cb_proc_name_own(struct cb_proc_name *n, int fd);

/* The number alone. */
const char *cb_proc_name_number(struct cb_proc_name *n, int number);

#endif
