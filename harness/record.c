/* SPDX-License-Identifier: MIT */
/* Reads a log and a tree into JSON. Knows nothing of expectations. */
#include "record.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define EVENTS_MAX 200000 /* of one log; a build that reads much has many */

/* --- events */

/* Does the name of that directory stand here? Its length, else 0. */
static size_t place_at(const char *text, const char *dir, size_t len)
{
	return len && !strncmp(text, dir, len) && (!text[len] || strchr("/\" :", text[len])) ? len : 0;
}

/* The text with the case's directories as names; the one that holds the others
 * comes last. */
static void name_places(struct cb_buf *out, const char *text, const struct hn_vars *vars)
{
	static const enum hn_var places[] = { HN_VAR_BUILD_DIR, HN_VAR_HOME, HN_VAR_TMPDIR };
	const char *work = vars->value[HN_VAR_BUILD_DIR];
	size_t top = work && strrchr(work, '/') ? (size_t)(strrchr(work, '/') - work) : 0;

	while (*text) {
		size_t len = 0, i;

		for (i = 0; i < sizeof places / sizeof *places && !len; i++) {
			const char *dir = vars->value[places[i]];

			len = place_at(text, dir, dir ? strlen(dir) : 0);
			if (len)
				cb_buf_addf(out, "${%s}", hn_var_name(places[i]));
		}
		if (!len && (len = place_at(text, work, top)))
			cb_buf_adds(out, "${CASE}");
		if (!len)
			cb_buf_addc(out, *text);
		text += len ? len : 1;
	}
}

static void rename_strings(json_t *event, const struct hn_vars *vars)
{
	const char *key;
	json_t *value;
	void *tmp;

	json_object_foreach_safe(event, tmp, key, value) {
		CB_AUTO_BUF struct cb_buf text = CB_BUF_INIT;

		if (!json_is_string(value) || !strchr(json_string_value(value), '/'))
			continue;
		name_places(&text, json_string_value(value), vars);
		json_string_set(value, text.data ? text.data : "");
	}
}

json_t *hn_record_events(const char *log, const struct hn_vars *vars)
{
	json_t *all = json_array();
	FILE *file = fopen(log, "re");
	char *line = NULL;
	size_t room = 0;
	ssize_t len;

	while (file && json_array_size(all) < EVENTS_MAX && (len = getline(&line, &room, file)) > 0) {
		json_t *event = json_loadb(line, (size_t)len, 0, NULL);

		if (!json_is_string(json_object_get(event, "event"))) {
			json_decref(event);
			continue;
		}
		rename_strings(event, vars);
		json_array_append_new(all, event);
	}
	free(line);
	if (file)
		fclose(file);
	return all;
}

/* --- files */

/* FNV-1a over the content; what cannot be read says so. */
static void add_content(struct cb_buf *out, const char *path)
{
	CB_AUTO_FD int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	unsigned char block[65536];
	uint64_t hash = 0xcbf29ce484222325ull;
	ssize_t n;

	if (fd < 0) {
		cb_buf_adds(out, " unreadable");
		return;
	}
	while ((n = read(fd, block, sizeof block)) > 0)
		for (ssize_t i = 0; i < n; i++)
			hash = (hash ^ block[i]) * 0x100000001b3ull;
	cb_buf_addf(out, " %016llx", (unsigned long long)hash);
}

static void add_target(struct cb_buf *out, const char *path)
{
	char target[4097];
	ssize_t n = readlink(path, target, sizeof target - 1);

	cb_buf_adds(out, " -> ");
	cb_buf_add(out, target, n > 0 ? (size_t)n : 0);
}

static void describe(struct cb_buf *out, const FTSENT *file)
{
	const struct stat *st = file->fts_statp;

	switch (st->st_mode & S_IFMT) {
	case S_IFREG:
		cb_buf_addf(out, "file %04o %lld", (unsigned int)st->st_mode & 07777,
			    (long long)st->st_size);
		add_content(out, file->fts_accpath);
		break;
	case S_IFDIR:
		cb_buf_addf(out, "dir %04o", (unsigned int)st->st_mode & 07777);
		break;
	case S_IFLNK:
		cb_buf_adds(out, "symlink");
		add_target(out, file->fts_accpath);
		break;
	default:
		cb_buf_addf(out, "type %o %04o %u:%u", (unsigned int)st->st_mode & S_IFMT,
			    (unsigned int)st->st_mode & 07777, major(st->st_rdev),
			    minor(st->st_rdev));
	}
}

json_t *hn_record_files(const char *dir)
{
	CB_AUTO_FREE char *top = cb_strdup(dir);
	char *const tops[] = { top, NULL };
	FTS *walk = fts_open(tops, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);
	json_t *all = json_object();
	FTSENT *file;

	while (walk && (file = fts_read(walk))) {
		CB_AUTO_BUF struct cb_buf text = CB_BUF_INIT;

		if (file->fts_info == FTS_DP || file->fts_level == FTS_ROOTLEVEL)
			continue;
		describe(&text, file);
		/* a name that is not UTF-8 cannot be a key: it counts as any such name */
		if (json_object_set_new(all, file->fts_path + strlen(dir) + 1,
					json_string(text.data)))
			json_object_set_new(all, "(a name that is not UTF-8)", json_true());
	}
	if (walk)
		fts_close(walk);
	return all;
}
