/* SPDX-License-Identifier: MIT */
/* Reads JSON Lines and keeps the events that expectations can be about. */
#include "events.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *const kinds[HN_LIST_COUNT] = {
	[HN_LIST_DENIED] = "violation",
	[HN_LIST_EXPECTED] = "expected",
	[HN_LIST_NET] = "net",
	[HN_LIST_LEFTOVERS] = "leftover",
	[HN_LIST_FAKED] = "faked",
	[HN_LIST_HOOKS] = "hook",
};

/* A build reads the same file often: the names are what is kept. */
static void take_read(struct hn_events *events, const json_t *event)
{
	const char *real = json_string_value(json_object_get(event, "real"));

	if (real)
		json_object_set_new(events->reads, real, json_null());
}

static void take_line(struct hn_events *events, const char *line, size_t len)
{
	json_t *event = json_loadb(line, len, JSON_ALLOW_NUL, NULL);
	const char *kind = json_string_value(json_object_get(event, "event"));

	if (!kind) {
		events->bad_lines++;
		json_decref(event);
		return;
	}
	for (int k = 0; k < HN_LIST_COUNT; k++)
		if (!strcmp(kinds[k], kind))
			json_array_append(events->lists[k], event);
	if (!strcmp(kind, "read"))
		take_read(events, event);
	if (!strcmp(kind, "end")) {
		json_decref(events->end);
		events->end = json_incref(event);
	}
	json_decref(event);
}

int hn_events_read(struct hn_events *events, const char *path, struct cb_error *err)
{
	FILE *log = fopen(path, "re");
	char *line = NULL;
	size_t room = 0;
	ssize_t len;
	int rc = 0;

	*events = (struct hn_events){ 0 };
	for (int k = 0; k < HN_LIST_COUNT; k++)
		events->lists[k] = json_array();
	events->reads = json_object();
	if (!log)
		return errno == ENOENT ? 0 : cb_error_sys(err, "cannot read '%s'", path);
	while ((len = getline(&line, &room, log)) > 0)
		take_line(events, line, (size_t)len);
	if (ferror(log))
		rc = cb_error_sys(err, "cannot read '%s'", path);
	free(line);
	fclose(log);
	return rc;
}

void hn_events_destroy(struct hn_events *events)
{
	for (int k = 0; k < HN_LIST_COUNT; k++)
		json_decref(events->lists[k]);
	json_decref(events->reads);
	json_decref(events->end);
	*events = (struct hn_events){ 0 };
}

bool hn_event_text(struct cb_buf *out, const json_t *event, const char *key)
{
	const json_t *value = json_object_get(event, key);

	if (json_is_string(value))
		cb_buf_add(out, json_string_value(value), json_string_length(value));
	else if (json_is_integer(value))
		cb_buf_addf(out, "%lld", (long long)json_integer_value(value));
	else if (json_is_boolean(value))
		cb_buf_adds(out, json_is_true(value) ? "true" : "false");
	else
		return false;
	return true;
}

bool hn_event_owner(struct cb_buf *out, const json_t *event)
{
	const json_t *uid = json_object_get(event, "uid"), *gid = json_object_get(event, "gid");

	if (!json_is_integer(uid) || !json_is_integer(gid))
		return false;
	cb_buf_addf(out, "%lld:%lld", (long long)json_integer_value(uid),
		    (long long)json_integer_value(gid));
	return true;
}

static void add_part(struct cb_buf *out, const json_t *event, const char *key,
		     const char *before)
{
	size_t start = out->len;

	cb_buf_adds(out, before);
	if (!hn_event_text(out, event, key))
		cb_buf_truncate(out, start);
}

/* What a file is pretended to be. */
static void add_faked(struct cb_buf *out, const json_t *event)
{
	size_t start = out->len;

	if (!json_object_get(event, "op"))
		return;
	cb_buf_adds(out, " owner ");
	if (!hn_event_owner(out, event))
		cb_buf_truncate(out, start);
	add_part(out, event, "mode", " mode ");
	add_part(out, event, "rdev", " rdev ");
	add_part(out, event, "name", " name ");
}

void hn_event_describe(struct cb_buf *out, const json_t *event)
{
	bool given = json_object_get(event, "path") &&
		     !json_equal(json_object_get(event, "path"), json_object_get(event, "real"));

	cb_buf_adds(out, "");
	if (json_object_get(event, "op"))
		add_part(out, event, "op", "");
	else
		add_part(out, event, "effect", "");
	add_part(out, event, "hook", "hook ");
	add_part(out, event, "real", " ");
	add_part(out, event, "real2", " -> ");
	add_part(out, event, "address", " ");
	add_faked(out, event);
	add_part(out, event, "syscall", " syscall ");
	add_part(out, event, "comm", " by ");
	add_part(out, event, "pid", " pid ");
	if (given)
		add_part(out, event, "path", " given ");
	add_part(out, event, "errno", " ");
	add_part(out, event, "rule", " rule ");
}
