/* SPDX-License-Identifier: MIT */
/* What makes figures of two machines comparable. */
#include "machine.h"

#include "base/cleanup.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#define UNKNOWN "unknown"

const char *hn_machine_trait_name(enum hn_machine_trait trait)
{
	static const char *const names[HN_MACHINE_TRAITS] = {
		[HN_MACHINE_CPU] = "cpu", [HN_MACHINE_CORES] = "cores",
		[HN_MACHINE_KERNEL] = "kernel", [HN_MACHINE_COMPILER] = "compiler",
		[HN_MACHINE_FLAGS] = "flags",
	};

	return names[trait];
}

/* What stands behind the first `key` at the start of a line, up to its end. */
static char *line_of(const char *path, const char *key)
{
	CB_AUTO_BUF struct cb_buf text = CB_BUF_INIT;
	const char *at;

	/* a longer file leaves its beginning */
	if (cb_buf_read_file(&text, AT_FDCWD, path, 1u << 16) && !text.len)
		return cb_strdup(UNKNOWN);
	for (at = text.data; at; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL)
		if (!strncmp(at, key, strlen(key))) {
			at += strlen(key);
			at += strspn(at, " \t:");
			return cb_strndup(at, strcspn(at, "\n"));
		}
	return cb_strdup(UNKNOWN);
}

static char *cores(void)
{
	CB_AUTO_BUF struct cb_buf text = CB_BUF_INIT;
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof set, &set))
		return cb_strdup(UNKNOWN);
	cb_buf_addf(&text, "%d", CPU_COUNT(&set));
	return cb_buf_steal(&text);
}

static char *kernel(void)
{
	struct utsname u;
	int major, minor;
	CB_AUTO_BUF struct cb_buf text = CB_BUF_INIT;

	if (uname(&u) || sscanf(u.release, "%d.%d", &major, &minor) != 2)
		return cb_strdup(UNKNOWN);
	cb_buf_addf(&text, "%d.%d", major, minor);
	return cb_buf_steal(&text);
}

void hn_machine_here(struct hn_machine *machine, const char *catbox)
{
	const char *slash = strrchr(catbox, '/');
	CB_AUTO_BUF struct cb_buf info = CB_BUF_INIT;

	cb_buf_addf(&info, "%.*sbuild-info", slash ? (int)(slash - catbox) + 1 : 0, catbox);
	*machine = (struct hn_machine){ {
		[HN_MACHINE_CPU] = line_of("/proc/cpuinfo", "model name"),
		[HN_MACHINE_CORES] = cores(),
		[HN_MACHINE_KERNEL] = kernel(),
		[HN_MACHINE_COMPILER] = line_of(info.data, "compiler"),
		[HN_MACHINE_FLAGS] = line_of(info.data, "flags"),
	} };
}

void hn_machine_destroy(struct hn_machine *machine)
{
	for (int i = 0; i < HN_MACHINE_TRAITS; i++)
		free(machine->trait[i]);
	*machine = (struct hn_machine){ { NULL } };
}

enum hn_machine_trait hn_machine_differ(const struct hn_machine *a, const struct hn_machine *b,
					unsigned set)
{
	for (int i = 0; i < HN_MACHINE_TRAITS; i++)
		if ((set & (1u << i)) &&
		    (!a->trait[i] || !b->trait[i] || strcmp(a->trait[i], b->trait[i]) != 0))
			return (enum hn_machine_trait)i;
	return HN_MACHINE_TRAITS;
}
