/* SPDX-License-Identifier: MIT */
/* Which files of a run have been told of as read: each once, known by device and
 * inode. Decides nothing. */
#ifndef CB_TRACE_READS_H
#define CB_TRACE_READS_H

#include <stdbool.h>
#include <sys/types.h>

struct cb_read_file;

struct cb_reads {
	struct cb_read_file *files; /* by device and inode; owned */
};

/* Is it the first time that this file is read? Notes it. */
bool cb_reads_note(struct cb_reads *reads, dev_t dev, ino_t ino);
void cb_reads_destroy(struct cb_reads *reads);

struct cb_run;
struct cb_call;

/* A call that the policy allows: records what it is about to read, if that is asked
 * for. Directories, and what has no name, are not files that a build depends on. */
void cb_reads_record_call(struct cb_run *run, const struct cb_call *call, const char *rule);

/* A process runs another program: the files that the kernel has mapped for it, the
 * program and its interpreter, are named in no call. */
void cb_reads_record_exec(struct cb_run *run, pid_t pid);

#endif
