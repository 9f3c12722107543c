/* SPDX-License-Identifier: MIT */
/* Builds events and hands them on. Knows the form, not the meaning. */
#include "trace/event.h"

#include "base/cleanup.h"
#include "trace/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

void cb_events_init(struct cb_events *events)
{
	memset(events, 0, sizeof *events);
	clock_gettime(CLOCK_MONOTONIC, &events->start);
	pthread_mutex_init(&events->order, NULL);
}

void cb_events_destroy(struct cb_events *events)
{
	pthread_mutex_destroy(&events->order);
}

void cb_events_add_sink(struct cb_events *events, struct cb_sink sink)
{
	if (events->sinks < CB_SINKS_MAX)
		events->sink[events->sinks++] = sink;
}

json_t *cb_event_new(struct cb_events *events, const char *kind)
{
	json_t *event = json_object();
	struct timespec now;
	long long us;

	clock_gettime(CLOCK_MONOTONIC, &now);
	us = (now.tv_sec - events->start.tv_sec) * 1000000ll +
	     (now.tv_nsec - events->start.tv_nsec) / 1000;
	cb_event_add_int(event, "seq", 0);
	json_object_set_new(event, "t", json_real((double)us / 1e6));
	cb_event_add_text(event, "event", kind);
	return event;
}

void cb_event_add_int(json_t *event, const char *key, long long value)
{
	json_object_set_new(event, key, json_integer(value));
}

void cb_event_add_text(json_t *event, const char *key, const char *text)
{
	cb_event_add_bytes(event, key, text, strlen(text));
}

/* Length of the UTF-8 sequence at s (RFC 3629: no surrogates, no overlong
 * forms), or 0 if it is none. */
static size_t utf8_sequence(const unsigned char *s, size_t left)
{
	size_t n = *s < 0x80 ? 1 : *s >= 0xc2 && *s < 0xe0 ? 2 : (*s & 0xf0) == 0xe0 ? 3 :
		   *s >= 0xf0 && *s < 0xf5 ? 4 : 0;

	if (!n || n > left)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((*s == 0xe0 && s[1] < 0xa0) || (*s == 0xed && s[1] > 0x9f) ||
	    (*s == 0xf0 && s[1] < 0x90) || (*s == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

void cb_event_add_bytes(json_t *event, const char *key, const char *bytes, size_t len)
{
	CB_AUTO_BUF struct cb_buf clean = CB_BUF_INIT;
	CB_AUTO_BUF struct cb_buf hex = CB_BUF_INIT;
	bool valid = true;

	cb_buf_clear(&clean);
	for (size_t i = 0; i < len;) {
		size_t n = utf8_sequence((const unsigned char *)bytes + i, len - i);

		if (n)
			cb_buf_add(&clean, bytes + i, n);
		else
			cb_buf_adds(&clean, "\xef\xbf\xbd");
		valid &= n > 0;
		i += n ? n : 1;
	}
	json_object_set_new(event, key, json_stringn(clean.data, clean.len));
	if (valid)
		return;
	for (size_t i = 0; i < len; i++)
		cb_buf_addf(&hex, "%02x", (unsigned char)bytes[i]);
	cb_buf_sets(&clean, key);
	cb_buf_adds(&clean, "_hex");
	json_object_set_new(event, clean.data, json_string(hex.data));
}

void cb_event_add_process(json_t *event, pid_t tid)
{
	struct cb_proc_names names;

	cb_proc_names(tid, &names);
	cb_event_add_int(event, "pid", names.tgid);
	cb_event_add_int(event, "tid", tid);
	cb_event_add_int(event, "ppid", names.ppid);
	cb_event_add_text(event, "comm", names.comm);
	cb_event_add_bytes(event, "exe", names.exe.data, names.exe.len);
	cb_buf_destroy(&names.exe);
}

void cb_event_add_outcome(json_t *event, int status, bool signaled)
{
	char number[16];

	if (!signaled) {
		cb_event_add_int(event, "status", status);
		return;
	}
	snprintf(number, sizeof number, "%d", status); /* real-time signals have no name */
	cb_event_add_text(event, "signal", sigabbrev_np(status) ? sigabbrev_np(status) : number);
}

void cb_event_emit(struct cb_events *events, json_t *event)
{
	pthread_mutex_lock(&events->order);
	json_integer_set(json_object_get(event, "seq"), (json_int_t)++events->seq);
	for (int i = 0; i < events->sinks; i++)
		events->sink[i].take(events->sink[i].ctx, event);
	pthread_mutex_unlock(&events->order);
	json_decref(event);
}

int cb_log_file_open(struct cb_log_file *log, const char *path, struct cb_error *err)
{
	/* a build that ran before may have left a symlink there; /dev/stdout is one */
	int follow = strncmp(path, "/dev/", 5) ? O_NOFOLLOW : 0;

	log->error = 0;
	log->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | follow, 0666);
	return log->fd < 0 ? cb_error_sys(err, "cannot write the log '%s'", path) : 0;
}

static void write_line(void *ctx, const json_t *event)
{
	struct cb_log_file *log = ctx;
	char *text = json_dumps(event, JSON_COMPACT | JSON_REAL_PRECISION(9));
	size_t len = text ? strlen(text) : 0;
	ssize_t n;

	if (!text)
		return;
	text[len] = '\n'; /* in place of the NUL: one write, no copy */
	n = write(log->fd, text, len + 1);
	if (n != (ssize_t)len + 1 && !log->error)
		log->error = n < 0 ? errno : ENOSPC;
	free(text);
}

struct cb_sink cb_log_file_sink(struct cb_log_file *log)
{
	return (struct cb_sink){ write_line, log };
}

int cb_log_file_close(struct cb_log_file *log)
{
	int error = log->error;

	if (log->fd >= 0 && close(log->fd) && !error)
		error = errno;
	log->fd = -1;
	return -error;
}
