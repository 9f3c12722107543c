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

static bool is_inherited(const struct cb_run *run, const struct cb_place *place)
{
	for (size_t i = 0; i < run->inherited_count; i++)
		if (run->inherited[i].dev == place->st.st_dev &&
		    run->inherited[i].ino == place->st.st_ino)
			return true;
	return false;
}

unsigned cb_object_of(const struct cb_run *run, const struct cb_place *place)
{
	unsigned object = 0;

	if (place->unnamed)
		object |= CB_OBJECT_UNNAMED;
	if (place->exists && is_inherited(run, place))
		object |= CB_OBJECT_INHERITED;
	if (is_own_proc(run, &place->real))
		object |= CB_OBJECT_OWN_PROC;
	for (size_t i = 0; i < run->output_count; i++)
		if (!strcmp(run->outputs[i], place->real.data))
			object |= CB_OBJECT_OWN_OUTPUT;
	return object;
}
