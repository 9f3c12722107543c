/* SPDX-License-Identifier: MIT */
/* Where cases live while they run. A run has one directory, each case one below
 * it: work (the build), home (empty, meant to be out of reach), tmp (writable),
 * private (log, counters, captured output, an inline policy).
 *
 * catbox's default policy lets builds write in /tmp, /var/tmp and /dev/shm, so
 * homes must not be there. The first of these that can be used is the base:
 * $CATBOX_HARNESS_DIR; build/cases below the current directory, if there is a
 * build/; catbox-harness below $XDG_CACHE_HOME or ~/.cache; below
 * $XDG_RUNTIME_DIR; below /var/lib. Only the first may be in one of the
 * directories above: who sets it must know. When nothing fits, $TMPDIR or /tmp
 * serves, and only cases about HOME notice. */
#ifndef HN_PLACE_H
#define HN_PLACE_H

#include "base/error.h"

struct hn_place {
	char *dir; /* absolute, canonical; owned */
	int lock;  /* held while the run uses it */
};

/* Makes the run's directory, and removes those that ended runs left there. */
int hn_place_init(struct hn_place *place, struct cb_error *err);

/* Gives the lock back; removes the directory if it is empty, or if !keep. */
void hn_place_destroy(struct hn_place *place, int keep);

struct hn_case_dirs {
	char *top, *work, *home, *tmp, *private; /* absolute; owned */
};

/* Makes the directories of the case with that number. */
int hn_case_dirs_init(struct hn_case_dirs *dirs, const struct hn_place *place, unsigned int number,
		      struct cb_error *err);

/* Removes them from the disk too if `remove`; an error is what could not be
 * removed. */
int hn_case_dirs_destroy(struct hn_case_dirs *dirs, int remove, struct cb_error *err);

#endif
