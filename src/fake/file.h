/* SPDX-License-Identifier: MIT */
/* The file that a state lasts in between runs. One run at a time has it: another one
 * waits. It is replaced as a whole, so that whoever is killed leaves the old one. */
#ifndef CB_FAKE_FILE_H
#define CB_FAKE_FILE_H

#include "fake/state.h"

struct cb_fake_file {
	char *path;  /* as given; owned */
	int dir;     /* the directory it is in; owned */
	int fd;      /* the file that was locked; owned; -1: none */
};

#define CB_FAKE_FILE_NONE { NULL, -1, -1 }

/* Waits until nobody else has the file, which is made (empty) if it is not there, and
 * adds its records to the state; those that are out of date are told and dropped. With
 * state NULL it is only kept, to be replaced. */
int cb_fake_file_open(struct cb_fake_file *file, const char *path, struct cb_fake_state *state,
		      cb_fake_dropped *dropped, void *ctx, struct cb_error *err);

/* The records of a file that is not kept and not replaced. */
int cb_fake_file_read(const char *path, struct cb_fake_state *state, cb_fake_dropped *dropped,
		      void *ctx, struct cb_error *err);

/* Replaces its content; what no name is known of is told, and left out. */
int cb_fake_file_save(struct cb_fake_file *file, struct cb_fake_state *state,
		      cb_fake_dropped *dropped, void *ctx, struct cb_error *err);

/* Lets the next one have it. */
void cb_fake_file_close(struct cb_fake_file *file);

/* The name that the file has while it is written, in the same directory; freed by the
 * caller. Nobody but catbox should write to it. */
char *cb_fake_file_draft(const char *path);

#endif
