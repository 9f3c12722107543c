/* SPDX-License-Identifier: MIT */
/* Reads what is expected of events: lists like `denied`, and `reads`. */
#include "suite_load.h"

#include "base/effect.h"
#include "pattern.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_MAX 1000000000ll

static void wrong_count(struct cb_yaml *y, struct fy_node *value, const char *text)
{
	cb_yaml_error(y, value, "count cannot be '%s' (N, N..M or +)", text);
}

static void load_count(struct cb_yaml *y, struct fy_node *value, struct hn_entry *entry)
{
	const char *text = cb_yaml_scalar(y, value, "count"), *dots;
	char low[24];

	if (!text)
		return;
	entry->min = 1;
	entry->max = LLONG_MAX;
	if (!strcmp(text, "+"))
		return;
	dots = strstr(text, "..");
	if (!dots) {
		if (!hn_parse_number(text, 0, COUNT_MAX, &entry->min))
			wrong_count(y, value, text);
		entry->max = entry->min;
		return;
	}
	if ((size_t)(dots - text) >= sizeof low) {
		wrong_count(y, value, text);
		return;
	}
	memcpy(low, text, (size_t)(dots - text));
	low[dots - text] = '\0';
	if (!hn_parse_number(low, 0, COUNT_MAX, &entry->min) ||
	    !hn_parse_number(dots + 2, entry->min, COUNT_MAX, &entry->max))
		wrong_count(y, value, text);
}

static void check_effect(struct cb_yaml *y, struct fy_node *value, const char *text)
{
	const char *names[CB_EFFECT_COUNT], *guess;
	int n = 0;

	if (*text == '~' || cb_effect_from_name(text) != CB_EFFECT_NONE)
		return;
	for (int i = CB_EFFECT_NONE + 1; i < CB_EFFECT_COUNT; i++)
		names[n++] = cb_effect_name(i);
	names[n] = NULL;
	guess = cb_suggest(text, names);
	if (guess)
		cb_yaml_error(y, value, "unknown effect '%s', did you mean '%s'?", text, guess);
	else
		cb_yaml_error(y, value, "unknown effect '%s'", text);
}

/* "N:M" in decimal */
static bool is_pair(const char *text)
{
	size_t first = strspn(text, "0123456789"), second;

	if (!first || text[first] != ':')
		return false;
	second = strspn(text + first + 1, "0123456789");
	return second && !text[first + 1 + second];
}

/* What cannot be equal to anything that an event says is a mistake. */
static void check_form(struct cb_yaml *y, struct fy_node *value, enum hn_form form,
		       const char *text)
{
	if (*text == '~')
		return;
	if (form == HN_FORM_OWNER && !is_pair(text))
		cb_yaml_error(y, value, "owner must be decimal like \"0:8\", not '%s'", text);
	if (form == HN_FORM_DEVICE && !is_pair(text))
		cb_yaml_error(y, value, "rdev must be decimal like \"1:3\", not '%s'", text);
	if (form == HN_FORM_OCTAL && (text[strspn(text, "01234567")] || strlen(text) > 7))
		cb_yaml_error(y, value, "mode must be an octal number like \"2755\", not '%s'",
			      text);
}

static int find_field(const char *key, enum hn_list_kind kind)
{
	for (int i = 0; hn_fields[i].key; i++)
		if (!strcmp(hn_fields[i].key, key) && (hn_fields[i].lists & 1u << kind))
			return i;
	return -1;
}

static void unknown_field(struct cb_yaml *y, struct fy_node *key, const char *name,
			  enum hn_list_kind kind)
{
	const char *names[48], *guess;
	size_t n = 0;

	names[n++] = "count";
	for (int i = 0; hn_fields[i].key; i++)
		if (hn_fields[i].lists & 1u << kind)
			names[n++] = hn_fields[i].key;
	names[n] = NULL;
	guess = cb_suggest(name, names);
	cb_yaml_error(y, key, "unknown key '%s' in an entry of %s%s%s%s", name,
		      hn_list_name(kind), guess ? ", did you mean '" : "", guess ? guess : "",
		      guess ? "'?" : "");
}

static void add_field(struct cb_yaml *y, struct fy_node *key, struct fy_node *value,
		      enum hn_list_kind kind, struct hn_entry *entry)
{
	const char *name = cb_yaml_scalar(y, key, "a key");
	const char *text;
	struct cb_error err;
	int row;

	if (!name)
		return;
	row = find_field(name, kind);
	if (row < 0) {
		unknown_field(y, key, name, kind);
		return;
	}
	for (size_t i = 0; i < entry->count; i++)
		if (entry->fields[i].row == row) {
			cb_yaml_error(y, key, "duplicate key '%s' in an entry", name);
			return;
		}
	text = cb_yaml_scalar(y, value, name);
	if (!text)
		return;
	if (hn_pattern_check(text, hn_fields[row].form == HN_FORM_PATH, &err))
		cb_yaml_error(y, value, "%s", err.message);
	check_form(y, value, hn_fields[row].form, text);
	if (!strcmp(name, "effect"))
		check_effect(y, value, text);
	entry->fields = cb_realloc(entry->fields, (entry->count + 1) * sizeof *entry->fields);
	entry->fields[entry->count++] = (struct hn_field){ row, cb_strdup(text) };
}

static bool is_count(struct fy_node *key)
{
	const char *s = key && fy_node_is_scalar(key) ? fy_node_get_scalar0(key) : NULL;

	return s && !strcmp(s, "count");
}

/* What a list's functions write to. */
struct loading {
	struct hn_list *list;
	enum hn_list_kind kind;
};

static void load_entry(struct cb_yaml *y, struct fy_node *item, void *ctx)
{
	const struct loading *l = ctx;
	struct hn_list *list = l->list;
	struct hn_entry *entry;
	struct fy_node_pair *pair;
	bool counted = false;
	void *iter = NULL;

	if (!item || !fy_node_is_mapping(item)) {
		cb_yaml_error(y, item, "an entry must be a mapping like {effect: create, path: "
			      "/etc/x}");
		return;
	}
	list->entries = cb_realloc(list->entries, (list->count + 1) * sizeof *list->entries);
	entry = &list->entries[list->count++];
	*entry = (struct hn_entry){ NULL, 0, 1, 1, hn_yaml_line(item) };
	while ((pair = fy_node_mapping_iterate(item, &iter))) {
		if (!is_count(fy_node_pair_key(pair))) {
			add_field(y, fy_node_pair_key(pair), fy_node_pair_value(pair), l->kind,
				  entry);
			continue;
		}
		if (counted)
			cb_yaml_error(y, fy_node_pair_key(pair),
				      "duplicate key 'count' in an entry");
		counted = true;
		load_count(y, fy_node_pair_value(pair), entry);
	}
	if (!entry->count && !y->errors)
		cb_yaml_error(y, item, "an entry names nothing to match");
}

static void take_ordered(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	((struct loading *)ctx)->list->ordered = hn_yaml_bool(y, value, "ordered");
}

static void take_entries(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	cb_yaml_sequence(y, value, "entries", load_entry, ctx);
}

void hn_list_load(struct cb_yaml *y, struct fy_node *node, enum hn_list_kind kind,
		  struct hn_list *list)
{
	static const struct cb_yaml_key keys[] = {
		{ "ordered", take_ordered, false },
		{ "entries", take_entries, true },
		{ NULL, NULL, false },
	};

	struct loading l = { list, kind };

	list->given = true;
	list->line = hn_yaml_line(node);
	if (node && fy_node_is_mapping(node))
		cb_yaml_mapping(y, node, hn_list_name(kind), keys, &l);
	else
		cb_yaml_sequence(y, node, hn_list_name(kind), load_entry, &l);
}

/* --- reads */

static void add_path(struct cb_yaml *y, struct fy_node *item, struct hn_value **paths,
		     size_t *count)
{
	const char *text = cb_yaml_scalar(y, item, "a path of reads");
	struct cb_error err;

	if (!text)
		return;
	if (hn_pattern_check(text, true, &err))
		cb_yaml_error(y, item, "%s", err.message);
	*paths = cb_realloc(*paths, (*count + 1) * sizeof **paths);
	(*paths)[(*count)++] = (struct hn_value){ cb_strdup(text), hn_yaml_line(item) };
}

static void take_include(struct cb_yaml *y, struct fy_node *item, void *ctx)
{
	struct hn_reads *r = ctx;

	add_path(y, item, &r->includes, &r->include_count);
}

static void take_exclude(struct cb_yaml *y, struct fy_node *item, void *ctx)
{
	struct hn_reads *r = ctx;

	add_path(y, item, &r->excludes, &r->exclude_count);
}

static void take_includes(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	cb_yaml_sequence(y, value, "includes", take_include, ctx);
}

static void take_excludes(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	cb_yaml_sequence(y, value, "excludes", take_exclude, ctx);
}

void hn_reads_load(struct cb_yaml *y, struct fy_node *node, struct hn_reads *reads)
{
	static const struct cb_yaml_key keys[] = {
		{ "includes", take_includes, false },
		{ "excludes", take_excludes, false },
		{ NULL, NULL, false },
	};
	int errors = y->errors;

	reads->given = true;
	reads->line = hn_yaml_line(node);
	cb_yaml_mapping(y, node, "reads", keys, reads);
	if (errors == y->errors && !reads->include_count && !reads->exclude_count)
		cb_yaml_error(y, node, "reads names no path in 'includes' or 'excludes'");
}
