/* SPDX-License-Identifier: MIT */
/* The file of counters: its directory is opened before the run, and the file put there
 * in one piece after it. */
#ifndef CB_API_STATS_H
#define CB_API_STATS_H

#include "base/error.h"

#include <jansson.h>

/* Opens the directory that `path` is in; the caller closes *dir. */
int catbox_stats_open(const char *path, int *dir, struct cb_error *err);

/* Writes the counters (taken) as `path`, in its directory. */
int catbox_stats_write(const char *path, int dir, json_t *stats, struct cb_error *err);

#endif
