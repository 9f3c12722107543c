/* SPDX-License-Identifier: MIT */
/* `catbox-harness list`: the cases that run would run. */
#include "command.h"
#include "select.h"

#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static json_t *to_array(const struct hn_strings *strings)
{
	json_t *array = json_array();

	for (size_t i = 0; i < strings->count; i++)
		json_array_append_new(array, json_string(strings->items[i]));
	return array;
}

static json_t *to_json(const struct hn_case *c)
{
	json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:i}", "id", c->id, "suite", c->suite->name,
			      "name", c->name, "file", c->suite->path, "line", c->line);

	json_object_set_new(o, "tags", to_array(&c->own.tags));
	json_object_set_new(o, "requires", to_array(&c->own.requires));
	json_object_set_new(o, "fixture", c->fixture ? json_string(c->fixture) : json_null());
	json_object_set_new(o, "run", json_string(c->run));
	json_object_set_new(o, "xfail", c->xfail ? json_string(c->xfail) : json_null());
	return o;
}

static void print_json(const struct hn_chosen *chosen)
{
	json_t *all = json_array();

	for (size_t i = 0; i < chosen->count; i++)
		json_array_append_new(all, to_json(chosen->cases[i]));
	json_dumpf(all, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(all);
}

static int print_cases(const struct hn_chosen *chosen, int json)
{
	for (size_t i = 0; i < chosen->suite_count; i++)
		if (chosen->suites[i]->complaints.len)
			fputs(chosen->suites[i]->complaints.data, stderr);
	if (json)
		print_json(chosen);
	for (size_t i = 0; i < chosen->count && !json; i++)
		puts(chosen->cases[i]->id);
	if (chosen->errors)
		return HN_EXIT_USAGE;
	if (!chosen->before_shard)
		fputs("catbox-harness: nothing selected\n", stderr);
	return chosen->before_shard ? HN_EXIT_OK : HN_EXIT_NOTHING;
}

int hn_command_list(int argc, char *argv[])
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'J' },
		{ "filter", required_argument, NULL, 'f' },
		{ "tag", required_argument, NULL, 't' },
		{ "shard", required_argument, NULL, 's' },
		{ NULL, 0, NULL, 0 },
	};
	struct hn_selection selection = { 0 };
	struct hn_chosen chosen = { 0 };
	struct cb_error err;
	int opt, rc = 0, json = 0;

	optind = 1;
	opterr = 0;
	while (!rc && (opt = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		if (opt == 'J')
			json = 1;
		else if (opt == 'f')
			selection.filter = optarg;
		else if (opt == 't')
			selection.tag = optarg;
		else if (opt == 's')
			rc = hn_selection_set_shard(&selection, optarg, &err);
		else
			return hn_usage_error("%s '%s'", opt == ':' ? "no value for option" :
					      "unknown option", argv[optind - 1]);
	}
	if (!rc)
		rc = hn_selection_check(&selection, &err);
	if (!rc)
		rc = hn_choose(&chosen, &selection, argv + optind, argc - optind, &err);
	rc = rc ? hn_usage_error("%s", err.message) : print_cases(&chosen, json);
	hn_chosen_destroy(&chosen);
	return rc;
}
