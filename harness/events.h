/* SPDX-License-Identifier: MIT */
/* The events of one run, as read back from catbox's log. */
#ifndef HN_EVENTS_H
#define HN_EVENTS_H

#include "base/buf.h"
#include "base/error.h"
#include "suite.h"

#include <jansson.h>

struct hn_events {
	json_t *lists[HN_LIST_COUNT]; /* arrays of violation, expected, net... events */
	json_t *reads;                /* an object: keys are the files that were read */
	json_t *end;                  /* the last event, or NULL */
	size_t bad_lines;             /* lines that are no JSON */
};

/* Reads the log; a missing file is an empty one. */
int hn_events_read(struct hn_events *events, const char *path, struct cb_error *err);
void hn_events_destroy(struct hn_events *events);

/* Appends an event's field as text; false if there is no such field. */
bool hn_event_text(struct cb_buf *out, const json_t *event, const char *key);

/* Appends "uid:gid"; false if the event lacks one of them. */
bool hn_event_owner(struct cb_buf *out, const json_t *event);

/* Appends an event as a short line for people. */
void hn_event_describe(struct cb_buf *out, const json_t *event);

#endif
