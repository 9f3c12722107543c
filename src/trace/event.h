/* SPDX-License-Identifier: MIT */
/* Events: what is recorded of a run, as JSON objects that are handed to sinks
 * in order, by any thread of the run. A sink only looks on: nothing it does changes
 * a verdict. */
#ifndef CB_TRACE_EVENT_H
#define CB_TRACE_EVENT_H

#include "base/buf.h"
#include "base/error.h"

#include <jansson.h>
#include <pthread.h>
#include <stdbool.h>
#include <time.h>

#define CB_SINKS_MAX 4

struct cb_sink {
	/* `event` is borrowed for the time of the call; one call at a time. */
	void (*take)(void *ctx, const json_t *event);
	void *ctx;
};

struct cb_events {
	struct cb_sink sink[CB_SINKS_MAX]; /* all are there before the first event */
	int sinks;
	struct timespec start;    /* CLOCK_MONOTONIC */
	pthread_mutex_t order;    /* held while an event gets its number and goes to the sinks */
	unsigned long long seq;   /* of the last event */
};

void cb_events_init(struct cb_events *events);
void cb_events_destroy(struct cb_events *events);
void cb_events_add_sink(struct cb_events *events, struct cb_sink sink);

/* A new event object with t and event set; the caller fills it, and emits it (then it
 * gets its seq) or drops it. */
json_t *cb_event_new(struct cb_events *events, const char *kind);

/* Adds pid, tid, ppid, comm and exe of a tracee, as /proc says now. */
void cb_event_add_process(json_t *event, pid_t tid);

/* Adds a byte string: valid UTF-8 as it is; else with U+FFFD in place of what
 * is not, and the exact bytes as <key>_hex. */
void cb_event_add_bytes(json_t *event, const char *key, const char *bytes, size_t len);
void cb_event_add_text(json_t *event, const char *key, const char *text);
void cb_event_add_int(json_t *event, const char *key, long long value);

/* Adds how a process ended: "status": N, or "signal": "SEGV". */
void cb_event_add_outcome(json_t *event, int status, bool signaled);

/* Hands it to all sinks and drops it. */
void cb_event_emit(struct cb_events *events, json_t *event);

/* A file of JSON Lines: one write(2) an event, so that no reader sees half of
 * one. The path is made (or emptied) at once. */
struct cb_log_file {
	int fd;     /* owned */
	int error;  /* positive errno of the first write that failed */
};

int cb_log_file_open(struct cb_log_file *log, const char *path, struct cb_error *err);
struct cb_sink cb_log_file_sink(struct cb_log_file *log);
int cb_log_file_close(struct cb_log_file *log);

#endif
