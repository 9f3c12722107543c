/* SPDX-License-Identifier: MIT */
/* Notes what a case has shown, as YAML that could stand in its `expect:`. */
#include "accept.h"

#include "base/cleanup.h"
#include "base/utf8.h"
#include "match.h"
#include "pattern.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define TEXT_MAX (16u << 10) /* of an output that becomes an expectation */
#define ENTRIES_MAX 200      /* of a list that does */

/* --- YAML */

/* A scalar as YAML: plain where that is safe, else in double quotes. */
static void add_scalar(struct cb_buf *out, const char *text, size_t len)
{
	static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./+-";
	bool plain = len > 0 && *text != '-';

	for (size_t i = 0; i < len; i++)
		plain &= strchr(safe, text[i]) && text[i];
	if (plain) {
		cb_buf_add(out, text, len);
		return;
	}
	cb_buf_addc(out, '"');
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '"' || c == '\\')
			cb_buf_addf(out, "\\%c", c);
		else if (c == '\n')
			cb_buf_adds(out, "\\n");
		else if (c == '\t')
			cb_buf_adds(out, "\\t");
		else if (c < 0x20 || c == 0x7f)
			cb_buf_addf(out, "\\x%02x", c);
		else
			cb_buf_addc(out, (char)c);
	}
	cb_buf_addc(out, '"');
}

/* Text with the case's directories as ${NAME}. */
static void add_named(struct cb_buf *out, const char *text, const struct hn_vars *vars)
{
	while (*text) {
		int v;
		size_t len = 0;

		for (v = 0; v < HN_VAR_COUNT && !len; v++) {
			size_t own = vars->value[v] ? strlen(vars->value[v]) : 0;

			if (own > 1 && !strncmp(text, vars->value[v], own)) {
				cb_buf_addf(out, "${%s}", hn_var_name(v));
				len = own;
			}
		}
		if (!len)
			cb_buf_addc(out, *text);
		text += len ? len : 1;
	}
}

/* Is it below `dir`, `len` bytes of a path? */
static bool is_below(const char *path, const char *dir, size_t len)
{
	return !strncmp(path, dir, len) && path[len] == '/';
}

/* A path as people write it: relative to the work directory if it is below, or
 * beside it in what belongs to the case. */
static void add_path(struct cb_buf *out, const char *path, const struct hn_vars *vars)
{
	const char *work = vars->value[HN_VAR_BUILD_DIR], *slash = strrchr(work, '/');
	size_t len = strlen(work), top = slash ? (size_t)(slash - work) : 0;
	CB_AUTO_BUF struct cb_buf text = CB_BUF_INIT;

	if (is_below(path, work, len))
		cb_buf_addf(&text, "%s%s", path[len + 1] == '~' ? "./" : "", path + len + 1);
	else if (top && is_below(path, work, top) &&
		 !is_below(path, vars->value[HN_VAR_HOME], strlen(vars->value[HN_VAR_HOME])) &&
		 !is_below(path, vars->value[HN_VAR_TMPDIR], strlen(vars->value[HN_VAR_TMPDIR])))
		cb_buf_addf(&text, "..%s", path + top);
	else
		add_named(&text, path, vars);
	add_scalar(out, text.data ? text.data : "", text.len);
}

/* --- lists of events */

/* The keys by which an entry names an event, in this order; those it has. */
static const char *const naming[] = { "event", "op", "effect", "path", "path2", "address",
				      "owner", "mode", "rdev", "name", "by" };

static const struct hn_field_kind *field_of(const char *key, enum hn_list_kind kind)
{
	for (int i = 0; hn_fields[i].key; i++)
		if (!strcmp(hn_fields[i].key, key) && (hn_fields[i].lists & 1u << kind))
			return &hn_fields[i];
	return NULL;
}

static bool add_value(struct cb_buf *out, const struct hn_field_kind *field, const json_t *event,
		      const struct hn_vars *vars)
{
	CB_AUTO_BUF struct cb_buf text = CB_BUF_INIT;
	const char *key = field->form == HN_FORM_BY ? "comm" : field->event;
	bool has;

	cb_buf_clear(&text);
	has = field->form == HN_FORM_OWNER ? hn_event_owner(&text, event) :
					     hn_event_text(&text, event, key);
	if (!has || !text.len || (*text.data == '~' && field->form != HN_FORM_PATH))
		return false;
	if (field->form == HN_FORM_PATH)
		add_path(out, text.data, vars);
	else if (field->form == HN_FORM_TEXT || field->form == HN_FORM_BY)
		add_scalar(out, text.data, text.len);
	else
		cb_buf_addf(out, "\"%s\"", text.data);
	return true;
}

static void add_entry(struct cb_buf *out, const json_t *event, enum hn_list_kind kind,
		      const struct hn_vars *vars)
{
	cb_buf_adds(out, "{");
	for (size_t i = 0; i < sizeof naming / sizeof *naming; i++) {
		const struct hn_field_kind *field = field_of(naming[i], kind);
		size_t start = out->len;

		if (!field)
			continue;
		cb_buf_addf(out, "%s%s: ", out->data[start - 1] == '{' ? "" : ", ", naming[i]);
		if (!add_value(out, field, event, vars))
			cb_buf_truncate(out, start);
	}
}

/* Appends entries for the events, equal neighbours as one with a count. */
static void add_entries(json_t *items, const json_t *events, enum hn_list_kind kind,
			const struct hn_vars *vars, bool ordered)
{
	size_t first = json_array_size(items), i;
	json_t *counts = json_array();
	const json_t *event;

	json_array_foreach(events, i, event) {
		CB_AUTO_BUF struct cb_buf text = CB_BUF_INIT;
		size_t at = ordered && json_array_size(counts) ?
			json_array_size(items) - 1 : first;

		add_entry(&text, event, kind, vars);
		while (at < json_array_size(items) &&
		       strcmp(json_string_value(json_array_get(items, at)), text.data))
			at++;
		if (at == json_array_size(items)) {
			json_array_append_new(items, json_string(text.data));
			json_array_append_new(counts, json_integer(0));
		}
		json_array_set_new(counts, at - first, json_integer(
			json_integer_value(json_array_get(counts, at - first)) + 1));
	}
	for (i = first; i < json_array_size(items); i++) {
		long long n = (long long)json_integer_value(json_array_get(counts, i - first));
		CB_AUTO_BUF struct cb_buf text = CB_BUF_INIT;

		cb_buf_adds(&text, json_string_value(json_array_get(items, i)));
		if (n > 1)
			cb_buf_addf(&text, ", count: %lld", n);
		cb_buf_addc(&text, '}');
		json_array_set_new(items, i, json_string(text.data));
	}
	json_decref(counts);
}

static void cannot(json_t *changes, const char *why)
{
	json_array_append_new(changes, json_pack("{s:s}", "cannot", why));
}

/* Entries that got what they want stay; for events that were left over new ones
 * come. Where the order counts, all are written again. */
static void note_list(json_t *changes, const struct hn_observed *seen, enum hn_list_kind kind)
{
	const struct hn_list *list = &seen->expect->lists[kind];
	json_t *events = seen->events->lists[kind], *items, *change;
	struct hn_match match;
	struct cb_error err;

	if (!list->given && kind != HN_LIST_DENIED)
		return;
	if (hn_match_list(list, events, seen->vars, &match, &err) <= 0) {
		hn_match_destroy(&match);
		return;
	}
	items = json_array();
	for (size_t i = 0; i < list->count && !list->ordered; i++)
		if (match.taken[i] >= list->entries[i].min)
			json_array_append_new(items, json_integer((json_int_t)i));
	/* what an unfilled entry took is told by events of its own again */
	add_entries(items, list->ordered ? events : match.homeless, kind, seen->vars, list->ordered);
	if (json_array_size(items) > ENTRIES_MAX) {
		cannot(changes, "more entries than anybody would read");
		json_decref(items);
	} else {
		change = json_pack("{s:s, s:o}", "key", hn_list_name(kind), "items", items);
		json_array_append_new(changes, change);
	}
	hn_match_destroy(&match);
}

/* --- the rest */

static void note_value(json_t *changes, const char *key, const char *name, const char *yaml)
{
	json_array_append_new(changes, json_pack("{s:s, s:s, s:s}", "key", key, "name", name,
						 "value", yaml));
}

static void note_end(json_t *changes, const struct hn_observed *seen)
{
	const struct hn_expect *e = seen->expect;
	const char *key = e->signal.text ? "signal" : "exit";
	CB_AUTO_BUF struct cb_buf signal = CB_BUF_INIT, status = CB_BUF_INIT;
	char number[24];

	if (e->exit < 0 && !e->signal.text)
		return;
	snprintf(number, sizeof number, "%lld", e->exit);
	cb_buf_clear(&signal);
	cb_buf_clear(&status);
	if (hn_event_text(&signal, seen->events->end, "signal")) {
		if (!e->signal.text || strcmp(e->signal.text, signal.data))
			note_value(changes, key, "signal", signal.data);
	} else if (hn_event_text(&status, seen->events->end, "status")) {
		if (e->signal.text || strcmp(number, status.data))
			note_value(changes, key, "exit", status.data);
	}
}

static bool is_text(const struct cb_buf *b)
{
	const unsigned char *s = (const unsigned char *)b->data;

	for (size_t i = 0, n; i < b->len; i += n) {
		n = cb_utf8_length(s + i, b->len - i);
		if (!n || !s[i])
			return false;
	}
	return true;
}

static void note_output(json_t *changes, const struct hn_observed *seen,
			const struct hn_value *want, const char *path, const char *key)
{
	CB_AUTO_BUF struct cb_buf got = CB_BUF_INIT, named = CB_BUF_INIT, yaml = CB_BUF_INIT;
	CB_AUTO_FREE char *wrong = NULL;
	int rc;

	if (!want->text)
		return;
	cb_buf_clear(&got);
	rc = cb_buf_read_file(&got, AT_FDCWD, path, TEXT_MAX);
	if (!rc)
		wrong = hn_check_text(want->text, got.data, got.len, false, seen->vars);
	if (!rc && !wrong)
		return;
	if (rc || !is_text(&got)) {
		cb_buf_addf(&named, "%s is no short text", key);
		cannot(changes, named.data);
		return;
	}
	cb_buf_adds(&named, "");
	if (*got.data == '~') { /* it would be a regex */
		cannot(changes, "an output that begins with ~");
		return;
	}
	add_named(&named, got.data, seen->vars);
	add_scalar(&yaml, named.data, named.len);
	note_value(changes, key, key, yaml.data);
}

static void note_stops(json_t *changes, const struct hn_observed *seen)
{
	const struct hn_expect *e = seen->expect;
	const char *sign = e->stops_compare == HN_COMPARE_AT_MOST ? "<= " :
			   e->stops_compare == HN_COMPARE_AT_LEAST ? ">= " : "";
	long long stops;
	char yaml[48];

	if (e->stops_compare == HN_COMPARE_NONE || !hn_check_stops_of(seen, &stops) ||
	    (e->stops_compare == HN_COMPARE_EQUAL && stops == e->stops) ||
	    (e->stops_compare == HN_COMPARE_AT_MOST && stops <= e->stops) ||
	    (e->stops_compare == HN_COMPARE_AT_LEAST && stops >= e->stops))
		return;
	snprintf(yaml, sizeof yaml, *sign ? "\"%s%lld\"" : "%s%lld", sign, stops);
	note_value(changes, "stops", "stops", yaml);
}

/* --- files */

static const char *type_name(mode_t mode)
{
	return S_ISREG(mode) ? "file" : S_ISDIR(mode) ? "dir" : S_ISLNK(mode) ? "symlink" :
	       S_ISFIFO(mode) ? "fifo" : S_ISSOCK(mode) ? "socket" : NULL;
}

static void add_target(struct cb_buf *yaml, const char *path, const struct hn_vars *vars)
{
	CB_AUTO_BUF struct cb_buf named = CB_BUF_INIT;
	char target[4097];
	ssize_t n = readlink(path, target, sizeof target - 1);

	target[n > 0 ? n : 0] = '\0';
	cb_buf_clear(&named);
	add_named(&named, target, vars);
	cb_buf_adds(yaml, ", target: ");
	add_scalar(yaml, named.data, named.len);
}

/* The content as `equals`; false if it cannot be one. */
static bool add_content(struct cb_buf *yaml, const char *path, const struct hn_vars *vars)
{
	CB_AUTO_BUF struct cb_buf got = CB_BUF_INIT, named = CB_BUF_INIT;

	cb_buf_clear(&got);
	if (cb_buf_read_file(&got, AT_FDCWD, path, TEXT_MAX) || !is_text(&got) || *got.data == '~')
		return false;
	cb_buf_clear(&named);
	add_named(&named, got.data, vars);
	cb_buf_adds(yaml, ", equals: ");
	add_scalar(yaml, named.data, named.len);
	return true;
}

/* What the entry asked about, as it is; false if that cannot be said. */
static bool describe_file(struct cb_buf *yaml, const struct hn_file_check *f, const char *path,
			  const struct hn_vars *vars)
{
	struct stat own, st;

	cb_buf_adds(yaml, "{path: ");
	add_scalar(yaml, f->path, strlen(f->path));
	if (lstat(path, &own)) {
		cb_buf_adds(yaml, ", absent: yes}");
		return true;
	}
	if (stat(path, &st))
		st = own;
	if ((f->absent || f->type) && !type_name(own.st_mode))
		return false;
	if (f->absent || f->type)
		cb_buf_addf(yaml, ", type: %s", type_name(own.st_mode));
	if (f->mode >= 0)
		cb_buf_addf(yaml, ", mode: \"%04o\"", (unsigned int)st.st_mode & 07777);
	if (f->target && S_ISLNK(own.st_mode))
		add_target(yaml, path, vars);
	if ((f->contains || f->equals) && (!S_ISREG(st.st_mode) || !add_content(yaml, path, vars)))
		return false;
	cb_buf_addc(yaml, '}');
	return true;
}

static void note_file(json_t *changes, const struct hn_observed *seen, size_t i)
{
	const struct hn_file_check *f = &seen->expect->files[i];
	CB_AUTO_BUF struct cb_buf path = CB_BUF_INIT, yaml = CB_BUF_INIT;
	struct hn_expect alone = { .files = (struct hn_file_check *)f, .file_count = 1 };
	struct hn_observed one = *seen;
	struct hn_result scratch = { .verdict = HN_PASSED };
	struct cb_error err;

	one.expect = &alone;
	hn_check_files(&one, &scratch);
	if (scratch.problems) {
		if (hn_path_resolve(&path, f->path, seen->vars, &err) ||
		    !describe_file(&yaml, f, path.data, seen->vars))
			cannot(changes, "a file that a few words do not describe");
		else
			json_array_append_new(changes, json_pack("{s:s, s:I, s:s}", "key", "files",
								 "entry", (json_int_t)i, "value",
								 yaml.data));
	}
	hn_result_destroy(&scratch);
}

static void note_reads(json_t *changes, const struct hn_observed *seen)
{
	struct hn_result scratch = { .verdict = HN_PASSED };

	hn_check_reads(seen, &scratch);
	if (scratch.problems)
		cannot(changes, "what was read");
	hn_result_destroy(&scratch);
}

json_t *hn_accept_seen(const struct hn_observed *seen)
{
	const struct hn_expect *e = seen->expect;
	const struct hn_ending *ending = seen->ending;
	json_t *changes = json_array();

	if (ending->timed_out || ending->flooded || ending->interrupted || ending->survivors ||
	    json_is_false(json_object_get(seen->events->end, "complete"))) {
		cannot(changes, "it did not come to a good end");
		return changes;
	}
	note_end(changes, seen);
	for (int kind = 0; kind < HN_LIST_COUNT; kind++)
		note_list(changes, seen, kind);
	note_reads(changes, seen);
	for (size_t i = 0; i < e->file_count; i++)
		note_file(changes, seen, i);
	note_output(changes, seen, &e->output, seen->stdout_path, "stdout");
	note_output(changes, seen, &e->error, seen->stderr_path, "stderr");
	note_stops(changes, seen);
	return changes;
}
