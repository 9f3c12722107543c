/* SPDX-License-Identifier: MIT */
/* Reads the lists of expected events: `denied`, `expected`, `net`, `leftovers`. */
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

static int find_field(const char *key)
{
	for (int i = 0; hn_fields[i].key; i++)
		if (!strcmp(hn_fields[i].key, key))
			return i;
	return -1;
}

static void unknown_field(struct cb_yaml *y, struct fy_node *key, const char *name)
{
	const char *names[40], *guess;
	size_t n = 0;

	names[n++] = "count";
	for (int i = 0; hn_fields[i].key; i++)
		names[n++] = hn_fields[i].key;
	names[n] = NULL;
	guess = cb_suggest(name, names);
	if (guess)
		cb_yaml_error(y, key, "unknown key '%s' in an entry, did you mean '%s'?",
			      name, guess);
	else
		cb_yaml_error(y, key, "unknown key '%s' in an entry", name);
}

static void add_field(struct cb_yaml *y, struct fy_node *key, struct fy_node *value,
		      struct hn_entry *entry)
{
	const char *name = cb_yaml_scalar(y, key, "a key");
	const char *text;
	struct cb_error err;
	int row;

	if (!name)
		return;
	row = find_field(name);
	if (row < 0) {
		unknown_field(y, key, name);
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
	if (hn_pattern_check(text, hn_fields[row].is_path, &err))
		cb_yaml_error(y, value, "%s", err.message);
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

static void load_entry(struct cb_yaml *y, struct fy_node *item, void *ctx)
{
	struct hn_list *list = ctx;
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
			add_field(y, fy_node_pair_key(pair), fy_node_pair_value(pair), entry);
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
	((struct hn_list *)ctx)->ordered = hn_yaml_bool(y, value, "ordered");
}

static void take_entries(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	cb_yaml_sequence(y, value, "entries", load_entry, ctx);
}

void hn_list_load(struct cb_yaml *y, struct fy_node *node, const char *what,
		  struct hn_list *list)
{
	static const struct cb_yaml_key keys[] = {
		{ "ordered", take_ordered, false },
		{ "entries", take_entries, true },
		{ NULL, NULL, false },
	};

	list->given = true;
	list->line = hn_yaml_line(node);
	if (node && fy_node_is_mapping(node))
		cb_yaml_mapping(y, node, what, keys, list);
	else
		cb_yaml_sequence(y, node, what, load_entry, list);
}
