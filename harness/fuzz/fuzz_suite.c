/* SPDX-License-Identifier: MIT */
/* Suite files. A policy that stands in a good one must come out of it as YAML. */
#include "fuzz.h"

#include "base/yaml.h"
#include "suite.h"

#include <string.h>

static void policy_is_yaml(const char *text)
{
	struct cb_yaml y = CB_YAML_INIT;

	if (!text)
		return;
	cb_yaml_parse(&y, "inline", text, strlen(text));
	FZ_HOLDS(!y.errors);
	cb_yaml_destroy(&y);
}

static void check_case(const struct hn_case *c)
{
	FZ_HOLDS(c->name && *c->name && c->id && c->run && c->line > 0);
	for (int k = 0; k < HN_LIST_COUNT; k++)
		for (size_t i = 0; i < c->expect.lists[k].count; i++)
			FZ_HOLDS(c->expect.lists[k].entries[i].min <=
				 c->expect.lists[k].entries[i].max);
	for (size_t i = 0; i < c->expect.file_count; i++)
		FZ_HOLDS(c->expect.files[i].path);
	FZ_HOLDS(c->own.env.count % 2 == 0);
	policy_is_yaml(c->own.policy_text);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fz_enter_scratch();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hn_suite *suite = hn_suite_load(fz_file(data, size));

	FZ_HOLDS(suite->name && suite->path && suite->dir);
	if (suite->errors)
		FZ_HOLDS(suite->complaints.len);
	for (size_t i = 0; i < suite->count && !suite->errors; i++)
		check_case(suite->cases[i]);
	hn_suite_free(suite);
	return 0;
}
