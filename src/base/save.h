/* SPDX-License-Identifier: MIT */
/* A file that is there whole or not at all: what is saved replaces the old file in one
 * step, and whoever is killed meanwhile leaves the old one, and nothing else beside it. */
#ifndef CB_BASE_SAVE_H
#define CB_BASE_SAVE_H

#include "base/error.h"

#include <stddef.h>

/* The place of a file, found before it is known what to write: it stays the same when
 * the current directory changes or somebody renames a directory of the path. */
struct cb_save {
	int dir;     /* O_PATH; owned */
	char *name;  /* in it; owned */
	char *path;  /* as it was asked for, for complaints; owned */
};

#define CB_SAVE_INIT { -1, NULL, NULL }

/* Fails if there is no such directory, if it cannot be written to, or if the path is a
 * directory. A symlink at its end is followed, so that its target gets replaced. `what`
 * is a word or two for the complaint: "cannot write the manifest 'x': ...". */
int cb_save_open(struct cb_save *save, const char *path, const char *what, struct cb_error *err);

/* Writes it; the mode is that of the file it replaces, else 0666 without the umask. */
int cb_save_write(struct cb_save *save, const void *bytes, size_t len, const char *what,
		  struct cb_error *err);

void cb_save_close(struct cb_save *save);

#endif
