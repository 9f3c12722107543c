/* SPDX-License-Identifier: MIT */
/* Changes suites by the notes: from the end of a file to its start, so that what
 * stands before a change keeps its place. The new text must load as a suite with the
 * same cases, or nothing is written. */
#include "accept.h"

#include "base/cleanup.h"
#include "diff.h"
#include "junit.h"
#include "span.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SUITE_MAX (16u << 20)

/* Replaces bytes start..end of the text. */
struct edit {
	size_t start, end;
	char *text; /* owned */
};

struct editing {
	const char *text; /* of the suite */
	struct edit *edits; /* owned */
	size_t count;
};

static void add_edit(struct editing *e, size_t start, size_t end, char *text)
{
	e->edits = cb_realloc(e->edits, (e->count + 1) * sizeof *e->edits);
	e->edits[e->count++] = (struct edit){ start, end, text };
}

/* The column (from 0) of a byte, with tabs as one. */
static int column_of(const char *text, size_t at)
{
	size_t start = at;

	while (start && text[start - 1] != '\n')
		start--;
	return (int)(at - start);
}

/* --- lists */

/* The items, each as it stands or as it was noted. */
static void add_item(struct cb_buf *out, const struct editing *e, const struct hn_span *list,
		     const json_t *item)
{
	const struct hn_span *old;

	if (json_is_string(item)) {
		cb_buf_adds(out, json_string_value(item));
		return;
	}
	old = hn_span_item(list, (size_t)json_integer_value(item));
	if (old)
		cb_buf_add(out, e->text + old->start, old->end - old->start);
}

/* "[a, b]" */
static char *flow_list(const struct editing *e, const struct hn_span *list, const json_t *items)
{
	struct cb_buf out = CB_BUF_INIT;
	const json_t *item;
	size_t i;

	cb_buf_addc(&out, '[');
	json_array_foreach(items, i, item) {
		cb_buf_adds(&out, i ? ", " : "");
		add_item(&out, e, list, item);
	}
	cb_buf_addc(&out, ']');
	return cb_buf_steal(&out);
}

/* Lines "- a" at that column; the first line is where the caller puts it. */
static char *block_list(const struct editing *e, const struct hn_span *list, const json_t *items,
			int column)
{
	struct cb_buf out = CB_BUF_INIT;
	const json_t *item;
	size_t i;

	json_array_foreach(items, i, item) {
		if (i)
			cb_buf_addf(&out, "\n%*s", column, "");
		cb_buf_adds(&out, "- ");
		add_item(&out, e, list, item);
	}
	return cb_buf_steal(&out);
}

/* The line that byte is in, with its end. */
static void line_around(const char *text, size_t at, size_t *start, size_t *end)
{
	*start = at;
	while (*start && text[*start - 1] != '\n')
		--*start;
	*end = at + strcspn(text + at, "\n");
	*end += text[*end] == '\n';
}

static bool stays(const json_t *items, size_t index)
{
	const json_t *item;
	size_t i;

	json_array_foreach(items, i, item)
		if (json_is_integer(item) && (size_t)json_integer_value(item) == index)
			return true;
	return false;
}

/* The lines of an entry of a block list; false if its "-" is not on the first. */
static bool item_lines(const char *text, const struct hn_span *item, size_t *start, size_t *end)
{
	size_t unused;

	line_around(text, item->start, start, end);
	if (!memchr(text + *start, '-', item->start - *start))
		return false;
	if (item->end > item->start)
		line_around(text, item->end - 1, &unused, end);
	return true;
}

/* New entries, behind the line that ends at `at`. */
static void insert_lines(struct editing *e, size_t at, int column, const json_t *items)
{
	CB_AUTO_BUF struct cb_buf lines = CB_BUF_INIT;
	bool ended = at && e->text[at - 1] == '\n';
	const json_t *item;
	size_t i;

	json_array_foreach(items, i, item)
		if (json_is_string(item))
			cb_buf_addf(&lines, "%s%*s- %s%s", ended ? "" : "\n", column, "",
				    json_string_value(item), ended ? "\n" : "");
	if (lines.len)
		add_edit(e, at, at, cb_buf_steal(&lines));
}

/* Lines of a block list: those of entries that go are taken out, new ones come
 * behind the last that stays, and comments stay where they are. False, and nothing
 * done, if nothing stays or the lines are unusual. */
static bool edit_lines(struct editing *e, const struct hn_span *list, const json_t *items)
{
	size_t start, end, after = 0;

	for (size_t i = 0; i < list->count; i++) {
		if (!item_lines(e->text, &list->children[i], &start, &end))
			return false;
		if (stays(items, i))
			after = end;
	}
	if (!after)
		return false;
	for (size_t i = 0; i < list->count; i++)
		if (!stays(items, i) && item_lines(e->text, &list->children[i], &start, &end))
			add_edit(e, start, end, cb_strdup(""));
	insert_lines(e, after, column_of(e->text, list->start), items);
	return true;
}

/* The entries of a list that is one, or a mapping with `entries`. */
static const struct hn_span *entries_of(const struct hn_span *value)
{
	const struct hn_span *entries = hn_span_of(value, "entries");

	return entries ? entries : value;
}

/* A list that is short or stands in {} stays on its line. */
static void replace_list(struct editing *e, const struct hn_span *expect,
			 const struct hn_span *value, const json_t *items)
{
	const struct hn_span *list = entries_of(value);
	int indent = column_of(e->text, value->key_start) + 2;
	CB_AUTO_FREE char *lines = NULL;
	struct cb_buf out = CB_BUF_INIT;

	if (!json_array_size(items) || expect->flow || (list != value && value->flow)) {
		add_edit(e, list->start, list->end, flow_list(e, list, items));
	} else if (!list->flow && list->count && edit_lines(e, list, items)) {
		return;
	} else if (!list->flow && list->count) {
		add_edit(e, list->start, list->end,
			 block_list(e, list, items, column_of(e->text, list->start)));
	} else {
		if (list != value)
			indent += 2;
		lines = block_list(e, list, items, indent);
		cb_buf_addf(&out, "\n%*s%s", indent, "", lines);
		/* the blank between the colon and the list goes with it */
		add_edit(e, list->start - (list->start && e->text[list->start - 1] == ' '),
			 list->end, cb_buf_steal(&out));
	}
}

/* A key that was not there comes behind the last one. */
static void insert_list(struct editing *e, const struct hn_span *expect, const char *key,
			const json_t *items)
{
	CB_AUTO_FREE char *flow = flow_list(e, NULL, items), *lines = NULL;
	const struct hn_span *last = expect->count ? &expect->children[expect->count - 1] : NULL;
	struct cb_buf out = CB_BUF_INIT;
	int column;

	if (!last || expect->flow) {
		cb_buf_addf(&out, "%s%s: %s", last ? ", " : "", key, flow);
		add_edit(e, last ? last->end : expect->start + 1, last ? last->end : expect->start + 1,
			 cb_buf_steal(&out));
		return;
	}
	/* before the first key, since behind the last one a comment may stand */
	column = column_of(e->text, expect->children[0].key_start);
	lines = block_list(e, NULL, items, column + 2);
	cb_buf_addf(&out, "%s:\n%*s%s\n%*s", key, column + 2, "", lines, column, "");
	add_edit(e, expect->children[0].key_start, expect->children[0].key_start, cb_buf_steal(&out));
}

/* --- a case */

static void apply(struct editing *e, const struct hn_span *expect, const json_t *change)
{
	const char *key = json_string_value(json_object_get(change, "key"));
	const char *name = json_string_value(json_object_get(change, "name"));
	const char *value = json_string_value(json_object_get(change, "value"));
	const json_t *items = json_object_get(change, "items"), *entry;
	const struct hn_span *span = hn_span_of(expect, key);
	struct cb_buf out = CB_BUF_INIT;

	entry = json_object_get(change, "entry");
	if (items && span) {
		replace_list(e, expect, span, items);
	} else if (items) {
		insert_list(e, expect, key, items);
	} else if (entry && span) {
		const struct hn_span *item = hn_span_item(span, (size_t)json_integer_value(entry));

		if (item)
			add_edit(e, item->start, item->end, cb_strdup(value));
	} else if (span) {
		cb_buf_addf(&out, "%s: %s", name, value);
		add_edit(e, span->key_start, span->end, cb_buf_steal(&out));
	}
}

/* Does an alias stand in it, or what an alias elsewhere may mean? */
static bool is_shared(const struct hn_span *s)
{
	bool found = s->kind == HN_SPAN_ALIAS || s->anchored;

	for (size_t i = 0; i < s->count; i++)
		found |= is_shared(&s->children[i]);
	return found;
}

/* Why the case is left alone, or NULL. */
static const char *refusal(const struct hn_case *c, const struct hn_result *r,
			   const struct hn_span *expect)
{
	const json_t *change;
	size_t i;

	if (c->xfail)
		return "it is marked xfail";
	if (!r->changes || r->verdict == HN_ERRED)
		return "it could not be judged";
	if (c->from_matrix)
		return "a matrix makes several cases of it";
	if (!expect || expect->kind != HN_SPAN_MAPPING || is_shared(expect))
		return "its expect is used elsewhere too";
	json_array_foreach(r->changes, i, change)
		if (json_object_get(change, "cannot"))
			return json_string_value(json_object_get(change, "cannot"));
	return json_array_size(r->changes) ? NULL : "what failed is no expectation";
}

/* Notes the edits of a case, or says why not. */
static void edit_case(struct editing *e, const struct hn_span *root, const struct hn_case *c,
		      const struct hn_result *r, FILE *out, struct hn_acceptance *done)
{
	const struct hn_span *item = hn_span_item(hn_span_of(root, "cases"), c->item);
	const struct hn_span *expect = hn_span_of(item, "expect");
	const char *why = refusal(c, r, expect);
	const json_t *change;
	size_t i;

	if (why) {
		fprintf(out, "not accepted: %s: %s\n", c->id, why);
		done->refused++;
		return;
	}
	json_array_foreach(r->changes, i, change)
		apply(e, expect, change);
	done->cases++;
}

/* --- a suite */

static int by_start(const void *a, const void *b)
{
	const struct edit *p = a, *q = b;

	if (p->start != q->start)
		return (p->start > q->start) - (p->start < q->start);
	return (p->end > q->end) - (p->end < q->end); /* what is put in before what goes */
}

static void edited(struct cb_buf *out, struct editing *e, size_t len)
{
	size_t at = 0;

	qsort(e->edits, e->count, sizeof *e->edits, by_start);
	for (size_t i = 0; i < e->count; i++) {
		cb_buf_add(out, e->text + at, e->edits[i].start - at);
		cb_buf_adds(out, e->edits[i].text);
		at = e->edits[i].end;
	}
	cb_buf_add(out, e->text + at, len - at);
}

/* The new text must be a suite with the same cases. */
static int check_text(const struct hn_suite *suite, const struct cb_buf *text, struct cb_error *err)
{
	struct hn_suite *again = hn_suite_parse(suite->path, text->data, text->len);
	bool same = !again->errors && again->count == suite->count;
	int rc = 0;

	for (size_t i = 0; same && i < suite->count; i++)
		same = !strcmp(again->cases[i]->id, suite->cases[i]->id);
	if (!same)
		rc = cb_error(err, EINVAL, "cannot change '%s': it would not load any more: %.*s",
			      suite->path, again->complaints.len ?
			      (int)strcspn(again->complaints.data, "\n") : 1,
			      again->complaints.len ? again->complaints.data : "?");
	hn_suite_free(again);
	return rc;
}

/* In its place, with its mode; a link to it stays one. */
static int write_suite(const char *path, const struct cb_buf *text, struct cb_error *err)
{
	CB_AUTO_FREE char *real = realpath(path, NULL);
	struct stat st;
	int rc;

	if (!real || stat(real, &st))
		return cb_error_sys(err, "cannot change '%s'", path);
	rc = hn_publish(real, text->data, text->len, err);
	if (!rc && chmod(real, st.st_mode & 07777))
		rc = cb_error_sys(err, "cannot set the mode of '%s'", real);
	return rc;
}

static void show_change(const char *path, const struct cb_buf *before, const struct cb_buf *after,
			FILE *out)
{
	CB_AUTO_BUF struct cb_buf diff = CB_BUF_INIT;

	hn_diff(&diff, before->data, before->len, after->data, after->len, 3, 0);
	fprintf(out, "--- %s\n+++ %s\n%s", path, path, diff.data ? diff.data : "");
}

struct accepting {
	const struct hn_tasks *tasks;
	const struct hn_outcome *outcomes;
	bool dry_run;
	FILE *out;
	struct hn_acceptance *done;
};

static int accept_suite(const struct accepting *a, const struct hn_suite *suite,
			struct cb_error *err)
{
	CB_AUTO_BUF struct cb_buf before = CB_BUF_INIT, after = CB_BUF_INIT;
	int rc = cb_buf_read_file(&before, AT_FDCWD, suite->path, SUITE_MAX);
	struct hn_span *root = rc ? NULL : hn_spans_read(before.data, before.len);
	struct editing e = { .text = before.data };

	if (!root)
		return cb_error(err, EINVAL, "cannot read '%s' again", suite->path);
	for (size_t i = 0; i < a->tasks->count; i++) {
		const struct hn_task *task = &a->tasks->items[i];

		if (task->c->suite == suite && hn_is_bad(a->outcomes[i].result.verdict))
			edit_case(&e, root, task->c, &a->outcomes[i].result, a->out, a->done);
	}
	hn_spans_free(root);
	if (e.count) {
		edited(&after, &e, before.len);
		rc = check_text(suite, &after, err);
		if (!rc && a->dry_run)
			show_change(suite->path, &before, &after, a->out);
		else if (!rc)
			rc = write_suite(suite->path, &after, err);
		a->done->suites += !rc;
	}
	for (size_t i = 0; i < e.count; i++)
		free(e.edits[i].text);
	free(e.edits);
	return rc;
}

int hn_accept(const struct hn_chosen *chosen, const struct hn_tasks *tasks,
	      const struct hn_outcome *outcomes, bool dry_run, FILE *out,
	      struct hn_acceptance *done, struct cb_error *err)
{
	struct accepting a = { tasks, outcomes, dry_run, out, done };
	int rc = 0;

	*done = (struct hn_acceptance){ 0 };
	for (size_t i = 0; i < chosen->suite_count && !rc; i++)
		if (!chosen->suites[i]->errors)
			rc = accept_suite(&a, chosen->suites[i], err);
	return rc;
}
