/* SPDX-License-Identifier: MIT */
/* Event logs: JSON Lines, and behind a NUL what a case expects of them. */
#include "fuzz.h"

#include "base/cleanup.h"
#include "events.h"
#include "match.h"
#include "suite_load.h"

#include <string.h>

static void describe(const json_t *events)
{
	CB_AUTO_BUF struct cb_buf text = CB_BUF_INIT;
	size_t i;
	json_t *event;

	json_array_foreach(events, i, event) {
		const char *key;
		json_t *value;

		cb_buf_clear(&text);
		hn_event_describe(&text, event);
		json_object_foreach((json_t *)event, key, value)
			hn_event_text(&text, event, key);
	}
}

static void match(const struct hn_expect *expect, const struct hn_events *events)
{
	static const struct hn_vars vars = { { "/b", "/h", "/t", "/f", "/p" } };

	for (int k = 0; k < HN_LIST_COUNT; k++) {
		struct hn_match m = { 0 };
		struct cb_error err;
		int rc = hn_match_list(&expect->lists[k], events->lists[k], &vars, &m, &err);

		FZ_HOLDS(rc <= 1);
		if (!rc)
			FZ_HOLDS(!m.missing && !m.extra);
		hn_match_destroy(&m);
	}
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fz_input in = { data, size };
	CB_AUTO_FREE char *log = fz_text(&in);
	struct hn_expect expect = { .exit = -1 };
	struct cb_yaml y = CB_YAML_INIT;
	struct hn_events events;
	struct cb_error err;

	FZ_HOLDS(!hn_events_read(&events, fz_file(log, strlen(log)), &err));
	for (int k = 0; k < HN_LIST_COUNT; k++)
		describe(events.lists[k]);
	cb_yaml_parse(&y, "expect", (const char *)in.data, in.size);
	if (y.doc)
		hn_expect_load(&y, fy_document_root(y.doc), &expect);
	if (!y.errors)
		match(&expect, &events);
	hn_expect_destroy(&expect);
	cb_yaml_destroy(&y);
	hn_events_destroy(&events);
	return 0;
}
