/* SPDX-License-Identifier: MIT */
/* One process tree under watch. A supervisor process is forked for each: it is
 * the tree's subreaper, so that whatever a case leaves behind is known to be
 * that case's; it keeps the time, ends the tree, and says how it went. */
#ifndef HN_SUPERVISE_H
#define HN_SUPERVISE_H

#include "base/error.h"

#include <stdbool.h>
#include <sys/types.h>

/* What to run. All borrowed for the call. */
struct hn_launch {
	char *const *argv;      /* argv[0] is an absolute path */
	char *const *envp;
	const char *cwd;
	const char *stdout_path; /* created; appended to */
	const char *stderr_path;
	long long timeout_ms;
	long long output_max;   /* bytes in either of the two, before it is ended */
	int processes_max;      /* at a time, before it is ended; 0: as many as it likes */
};

/* How it ended. Travels through a pipe as it is. */
struct hn_ending {
	int status;             /* of waitpid; -1 if it was never seen */
	bool timed_out;
	bool flooded;           /* wrote more than output_max */
	bool crowded;           /* had more than processes_max */
	bool interrupted;       /* told to stop */
	int survivors;          /* processes alive after the program's end */
	long long ms;           /* it took */
	long long wall_us;      /* the same, finer */
	long long cpu_us;       /* user + system of the program and of all below it */
	char names[320];        /* of survivors */
};

struct hn_job {
	pid_t supervisor;
	int fd; /* the ending arrives here */
};

/* Was it ended, and did not end by itself? */
bool hn_ending_is_forced(const struct hn_ending *ending);

int hn_job_start(struct hn_job *job, const struct hn_launch *launch, struct cb_error *err);

/* Asks it to end its tree now, within about two seconds. */
void hn_job_stop(const struct hn_job *job);

/* After the supervisor has been waited for: its ending. Negative if it died
 * without one. */
int hn_job_finish(struct hn_job *job, struct hn_ending *ending, struct cb_error *err);

#endif
