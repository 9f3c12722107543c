/* SPDX-License-Identifier: MIT */
/* Reads a log and a tree into JSON. Knows nothing of expectations. */
#include "record.h"

#include "base/cleanup.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define EVENTS_MAX 200000 /* of one log; a build that reads much has many */
#define NAMED_MAX (32 << 20)  /* bytes of a file in which directories get their names */

/* --- events */

/* May the byte go on with the name of a file? */
static bool is_name_byte(char c)
{
	return isalnum((unsigned char)c) || strchr("_-.", c);
}

/* Does the name of that directory stand here? Its length, else 0. */
static size_t place_at(const char *text, const char *end, const char *dir, size_t len)
{
	size_t left = (size_t)(end - text);

	return len && left >= len && !memcmp(text, dir, len) &&
	       (left == len || !text[len] || !is_name_byte(text[len])) ? len : 0;
}

/* Appends the name of the place that stands here, and says how long that was. */
static size_t name_place(struct cb_buf *out, const char *text, const char *end,
			 const struct hn_vars *vars)
{
	static const enum hn_var places[] = { HN_VAR_BUILD_DIR, HN_VAR_HOME, HN_VAR_TMPDIR };
	const char *work = vars->value[HN_VAR_BUILD_DIR];
	size_t top = work && strrchr(work, '/') ? (size_t)(strrchr(work, '/') - work) : 0;
	size_t len = 0;

	for (size_t i = 0; i < sizeof places / sizeof *places && !len; i++) {
		const char *dir = vars->value[places[i]];

		len = place_at(text, end, dir, dir ? strlen(dir) : 0);
		if (len)
			cb_buf_addf(out, "${%s}", hn_var_name(places[i]));
	}
	if (!len && (len = place_at(text, end, work, top)))
		cb_buf_adds(out, "${CASE}");
	return len;
}

/* The bytes with the case's directories as names; the one that holds the others
 * comes last. */
static void name_places(struct cb_buf *out, const char *text, size_t size,
			const struct hn_vars *vars)
{
	const char *end = text + size;

	cb_buf_adds(out, "");
	while (text < end) {
		const char *slash = memchr(text, '/', (size_t)(end - text));
		size_t len;

		cb_buf_add(out, text, (size_t)((slash ? slash : end) - text));
		if (!slash)
			return;
		len = name_place(out, slash, end, vars);
		if (!len)
			cb_buf_addc(out, '/');
		text = slash + (len ? len : 1);
	}
}

static int hex_digit(char c)
{
	const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* The same for what is written in hexadecimal digits. */
static void name_hex_places(struct cb_buf *out, const char *hex, const struct hn_vars *vars)
{
	CB_AUTO_BUF struct cb_buf bytes = CB_BUF_INIT, named = CB_BUF_INIT;

	cb_buf_adds(&bytes, "");
	for (; hex_digit(hex[0]) >= 0 && hex_digit(hex[1]) >= 0; hex += 2)
		cb_buf_addc(&bytes, (char)(hex_digit(hex[0]) << 4 | hex_digit(hex[1])));
	name_places(&named, bytes.data, bytes.len, vars);
	cb_buf_adds(out, "");
	for (size_t i = 0; i < named.len; i++)
		cb_buf_addf(out, "%02x", (unsigned int)(unsigned char)named.data[i]);
}

static void rename_string(json_t *value, const char *key, const struct hn_vars *vars)
{
	CB_AUTO_BUF struct cb_buf text = CB_BUF_INIT;
	size_t len = strlen(key);

	if (len > 4 && !strcmp(key + len - 4, "_hex"))
		name_hex_places(&text, json_string_value(value), vars);
	else
		name_places(&text, json_string_value(value), json_string_length(value), vars);
	json_string_setn(value, text.data, text.len);
}

/* In the event, and in its lists of words. */
static void rename_strings(json_t *event, const struct hn_vars *vars)
{
	const char *key;
	json_t *value, *word;
	size_t i;

	json_object_foreach(event, key, value) {
		if (json_is_string(value))
			rename_string(value, key, vars);
		json_array_foreach(value, i, word)
			if (json_is_string(word))
				rename_string(word, "", vars);
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

static uint64_t hash_bytes(uint64_t hash, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)bytes[i]) * 0x100000001b3ull;
	return hash;
}

/* Size and FNV-1a hash of the content, in which the case's directories have their
 * names; a file that is too large for that is taken as it is. */
static void add_content(struct cb_buf *out, const char *path, long long size,
			const struct hn_vars *vars)
{
	CB_AUTO_FD int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	CB_AUTO_BUF struct cb_buf content = CB_BUF_INIT, named = CB_BUF_INIT;
	uint64_t hash = 0xcbf29ce484222325ull;
	char block[65536];
	ssize_t n;

	if (fd < 0) {
		cb_buf_addf(out, " %lld unreadable", size);
		return;
	}
	cb_buf_adds(&content, "");
	while ((n = read(fd, block, sizeof block)) > 0)
		if (size <= NAMED_MAX && content.len <= NAMED_MAX)
			cb_buf_add(&content, block, (size_t)n);
		else
			hash = hash_bytes(hash, block, (size_t)n);
	if (content.len) {
		name_places(&named, content.data, content.len, vars);
		hash = hash_bytes(hash, named.data, named.len);
		size += (long long)named.len - (long long)content.len;
	}
	cb_buf_addf(out, " %lld %016llx", size, (unsigned long long)hash);
}

static void add_target(struct cb_buf *out, const char *path, const struct hn_vars *vars)
{
	char target[4097];
	ssize_t n = readlink(path, target, sizeof target - 1);

	cb_buf_adds(out, " -> ");
	name_places(out, target, n > 0 ? (size_t)n : 0, vars);
}

static void describe(struct cb_buf *out, const FTSENT *file, const struct hn_vars *vars)
{
	const struct stat *st = file->fts_statp;

	switch (st->st_mode & S_IFMT) {
	case S_IFREG:
		cb_buf_addf(out, "file %04o", (unsigned int)st->st_mode & 07777);
		add_content(out, file->fts_accpath, (long long)st->st_size, vars);
		break;
	case S_IFDIR:
		cb_buf_addf(out, "dir %04o", (unsigned int)st->st_mode & 07777);
		break;
	case S_IFLNK:
		cb_buf_adds(out, "symlink");
		add_target(out, file->fts_accpath, vars);
		break;
	default:
		cb_buf_addf(out, "type %o %04o %u:%u", (unsigned int)st->st_mode & S_IFMT,
			    (unsigned int)st->st_mode & 07777, major(st->st_rdev),
			    minor(st->st_rdev));
	}
}

json_t *hn_record_files(const char *dir, const struct hn_vars *vars)
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
		describe(&text, file, vars);
		/* a name that is not UTF-8 cannot be a key: it counts as any such name */
		if (json_object_set_new(all, file->fts_path + strlen(dir) + 1,
					json_string(text.data)))
			json_object_set_new(all, "(a name that is not UTF-8)", json_true());
	}
	if (walk)
		fts_close(walk);
	return all;
}
