/* SPDX-License-Identifier: MIT */
/* Hooks without a run: who is called, in which order, and what is recorded; and which
 * files count as read for the first time. */
#include "unit.h"

#include "trace/reads.h"
#include "trace/run.h"

#include <errno.h>
#include <string.h>

/* What a handler and the sink have seen. */
struct seen {
	char text[400];
	bool fails;
};

static void add(struct seen *s, const char *word)
{
	strncat(s->text, word, sizeof s->text - strlen(s->text) - 2);
	strcat(s->text, " ");
}

static void handle(void *ctx, enum cb_hook hook, pid_t pid, const json_t *event,
		   struct cb_hook_outcome *outcome)
{
	struct seen *s = ctx;

	add(s, cb_hook_name(hook));
	add(s, pid == 42 ? "42" : "another pid");
	add(s, json_string_value(json_object_get(event, "event")));
	if (!s->fails)
		return;
	outcome->word = "failed";
	outcome->status = 3;
	cb_error(&outcome->error, ENOENT, "no luck");
}

static void take(void *ctx, const json_t *event)
{
	struct seen *s = ctx;

	add(s, json_string_value(json_object_get(event, "hook")));
	add(s, json_string_value(json_object_get(event, "outcome")));
	if (json_object_get(event, "text"))
		add(s, json_string_value(json_object_get(event, "text")));
}

static void names_are_found(void)
{
	for (enum cb_hook hook = 0; hook < CB_HOOK_COUNT; hook++)
		CU_ASSERT_EQUAL(cb_hook_from_name(cb_hook_name(hook)), hook);
	CU_ASSERT_EQUAL(cb_hook_from_name("child_initialised"), CB_HOOK_COUNT);
	CU_ASSERT_EQUAL(cb_hook_from_name(""), CB_HOOK_COUNT);
}

static void calls_are_made_and_recorded(void)
{
	struct cb_events events;
	struct cb_run run = { .root = 42, .events = &events };
	struct seen first = { .fails = true }, second = { .fails = false }, sink = { .fails = false };
	struct cb_error err = { 0 };

	cb_events_init(&events);
	cb_events_add_sink(&events, (struct cb_sink){ take, &sink });
	cb_hooks_add(&run.hooks, &(struct cb_hook_handler){ 1u << CB_HOOK_FINISHED, "a", handle,
							     &first });
	cb_hooks_add(&run.hooks, &(struct cb_hook_handler){
		1u << CB_HOOK_FINISHED | 1u << CB_HOOK_VIOLATION, "b", handle, &second });
	CU_ASSERT_TRUE(cb_hook_wanted(&run, CB_HOOK_VIOLATION));
	CU_ASSERT_FALSE(cb_hook_wanted(&run, CB_HOOK_PROCESS_EXIT));
	CU_ASSERT_EQUAL(cb_hook_call(&run, CB_HOOK_VIOLATION, 42, NULL, &err), 0);
	CU_ASSERT_EQUAL(cb_hook_call(&run, CB_HOOK_PROCESS_EXIT, 42, NULL, &err), 0);
	CU_ASSERT_EQUAL(cb_hook_call(&run, CB_HOOK_FINISHED, 42, NULL, &err), -ECANCELED);
	CU_ASSERT_STRING_EQUAL(err.message, "the hook finished failed: no luck");
	CU_ASSERT_STRING_EQUAL(first.text, "finished 42 hook ");
	CU_ASSERT_STRING_EQUAL(second.text, "violation 42 hook finished 42 hook ");
	CU_ASSERT_STRING_EQUAL(sink.text, "violation ok finished failed no luck finished ok ");
	CU_ASSERT_EQUAL(run.hooks.failures, 1);
	CU_ASSERT_EQUAL(events.seq, 3);
	cb_events_destroy(&events);
	cb_hooks_destroy(&run.hooks);
}

static void files_are_read_once(void)
{
	struct cb_reads reads = { NULL };

	for (ino_t ino = 1; ino < 2000; ino++)
		CU_ASSERT_TRUE_FATAL(cb_reads_note(&reads, 1, ino));
	for (ino_t ino = 1; ino < 2000; ino++)
		CU_ASSERT_FALSE_FATAL(cb_reads_note(&reads, 1, ino));
	CU_ASSERT_TRUE(cb_reads_note(&reads, 2, 1));
	cb_reads_destroy(&reads);
	cb_reads_destroy(&reads);
}

HN_UNIT_SUITE("hook", { "names are found", names_are_found },
	   { "calls are made and recorded", calls_are_made_and_recorded },
	   { "files are read once", files_are_read_once });
