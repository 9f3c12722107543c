/* SPDX-License-Identifier: MIT */
/* What a target is besides its path: without a name, about the process itself
 * in /proc, open since before the run, or written by catbox. */
#include "trace/run.h"

#include <stdlib.h>
#include <string.h>

/* What proc(5) lets a process write about itself, and does not reach further. */
static bool is_own_file(const char *name)
{
	static const char *const names[] = {
		"autogroup",	 "clear_refs", "comm",	  "coredump_filter", "gid_map",
		"mem",		 "oom_adj",    "oom_score_adj", "projid_map", "setgroups",
		"timerslack_ns", "uid_map",
	};

	if (!strncmp(name, "attr/", 5))
		return !strchr(name + 5, '/');
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

/* /proc/PID/... or /proc/PID/task/TID/... of a process of the run. */
static bool is_own_proc(const struct cb_run *run, const struct cb_buf *real)
{
	const char *p;
	char *end;
	long pid;

	if (strncmp(real->data, "/proc/", 6))
		return false;
	pid = strtol(real->data + 6, &end, 10);
	if (end == real->data + 6 || *end != '/' || !run->engine->belongs(run->state, (pid_t)pid))
		return false;
	p = end + 1;
	if (!strncmp(p, "task/", 5)) {
		pid = strtol(p + 5, &end, 10);
		if (end == p + 5 || *end != '/' ||
		    !run->engine->belongs(run->state, (pid_t)pid))
			return false;
		p = end + 1;
	}
	return is_own_file(p);
}

static bool is_listed(const struct cb_file_id *list, size_t count, const struct stat *st)
{
	for (size_t i = 0; i < count; i++)
		if (list[i].dev == st->st_dev && list[i].ino == st->st_ino)
			return true;
	return false;
}

/* What has no name belongs to whoever holds it: reached through the links of a
 * process outside, or reopened where we were only given it to read, it is not
 * the run's to write. */
static bool is_own_unnamed(const struct cb_run *run, const struct cb_place *place)
{
	if (!place->unnamed || !place->via)
		return place->unnamed;
	if (place->via < 0 || !run->engine->belongs(run->state, place->via))
		return false;
	return !is_listed(run->read_only, run->read_only_count, &place->st) ||
	       is_listed(run->inherited, run->inherited_count, &place->st);
}

bool cb_holds_output(const struct cb_run *run, const struct cb_place *place)
{
	for (size_t i = 0; i < run->output_count; i++)
		if (!strncmp(run->outputs[i], place->real.data, place->real.len) &&
		    run->outputs[i][place->real.len] == '/')
			return true;
	return false;
}

unsigned cb_object_of(const struct cb_run *run, const struct cb_place *place)
{
	unsigned object = 0;

	if (is_own_unnamed(run, place))
		object |= CB_OBJECT_UNNAMED;
	if (place->exists && !place->unnamed &&
	    is_listed(run->inherited, run->inherited_count, &place->st))
		object |= CB_OBJECT_INHERITED;
	if (is_own_proc(run, &place->real))
		object |= CB_OBJECT_OWN_PROC;
	for (size_t i = 0; i < run->output_count; i++)
		if (!strcmp(run->outputs[i], place->real.data))
			object |= CB_OBJECT_OWN_OUTPUT;
	return object;
}
