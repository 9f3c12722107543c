/* SPDX-License-Identifier: MIT */
/* The catbox that is tested, and what stands beside it. */
#ifndef HN_PROGRAM_H
#define HN_PROGRAM_H

#include "base/buf.h"
#include "base/error.h"

struct hn_program {
	char *catbox; /* absolute path of the executable; owned, as are the next two */
	char *probes; /* absolute directory of probe programs; need not exist */
	char *user;   /* name of the user we are */
};

/* Finds them: $CATBOX, else `catbox` beside this executable, else on PATH;
 * $PROBES, else `probes` beside this executable. */
int hn_program_find(struct hn_program *program, struct cb_error *err);
void hn_program_destroy(struct hn_program *program);

/* Asks `catbox doctor`. 1 if this machine can sandbox; 0 if not, with the
 * reason in `why`; negative if there is no answer. */
int hn_program_doctor(const struct hn_program *program, struct cb_buf *why, struct cb_error *err);

#endif
