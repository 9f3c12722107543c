/* SPDX-License-Identifier: MIT */
/* What counts as a difference between engines. */
#include "unit.h"

#include "base/cleanup.h"
#include "engines.h"
#include "record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define EVENT(kind, pid, rest) \
	"{\"seq\":" #pid ",\"t\":0." #pid ",\"event\":\"" kind "\",\"pid\":" #pid ",\"tid\":" #pid \
	",\"ppid\":1" rest "}"
#define A(pid) EVENT("violation", pid, ",\"real\":\"/a\"")
#define B(pid) EVENT("violation", pid, ",\"real\":\"/b\"")
#define START(engine) EVENT("start", 1, ",\"engine\":\"" engine "\"")

struct row {
	const char *ptrace, *notify;             /* events */
	const char *files_ptrace, *files_notify; /* NULL: {} */
	enum hn_verdict first, second;
	int problem;         /* -1: they agree */
	const char *message; /* a part of the text, or NULL */
};

static const struct row rows[] = {
	{ "[]", "[]", NULL, NULL, HN_PASSED, HN_PASSED, -1, NULL },
	/* numbers, times, and the order between processes are no difference */
	{ "[" START("ptrace") "," A(7) "," B(8) "]", "[" START("notify") "," B(3) "," A(4) "]",
	  NULL, NULL, HN_PASSED, HN_PASSED, -1, NULL },
	/* the order within one is */
	{ "[" A(7) "," B(7) "]", "[" B(7) "," A(7) "]", NULL, NULL, HN_PASSED, HN_PASSED,
	  HN_PROBLEM_DENIED, "the same events in another order within a thread" },
	{ "[" A(7) "," B(7) "]", "[" A(7) "," B(8) "]", NULL, NULL, HN_PASSED, HN_PASSED,
	  HN_PROBLEM_DENIED, "in another order within a thread" },
	{ "[" A(7) "]", "[]", NULL, NULL, HN_PASSED, HN_PASSED, HN_PROBLEM_DENIED,
	  "  - {\"event\":\"violation\",\"real\":\"/a\"}\n" },
	{ "[]", "[" A(7) "," A(8) "]", NULL, NULL, HN_PASSED, HN_PASSED, HN_PROBLEM_DENIED,
	  "  + {\"event\":\"violation\",\"real\":\"/a\"}\n" },
	{ "[" A(7) "," A(7) "]", "[" A(7) "]", NULL, NULL, HN_PASSED, HN_PASSED,
	  HN_PROBLEM_DENIED, "other events" },
	{ "[" EVENT("faked", 7, ",\"uid\":0") "]", "[" EVENT("faked", 7, ",\"uid\":8") "]", NULL, NULL,
	  HN_PASSED, HN_PASSED, HN_PROBLEM_FAKED, "\"uid\":8" },
	{ "[" EVENT("hook", 7, "") "]", "[]", NULL, NULL, HN_PASSED, HN_PASSED, HN_PROBLEM_HOOKS, NULL },
	{ "[" EVENT("process", 7, "") "," EVENT("exit", 7, "") "]", "[]", NULL, NULL,
	  HN_PASSED, HN_PASSED, -1, NULL },
	{ "[" EVENT("note", 7, "") "," EVENT("hook", 7, ",\"hook\":\"process_exit\"") "]", "[]", NULL, NULL,
	  HN_PASSED, HN_PASSED, -1, NULL },
	{ "[" EVENT("hook", 7, ",\"hook\":\"finished\"") "]", "[]", NULL, NULL,
	  HN_PASSED, HN_PASSED, HN_PROBLEM_HOOKS, NULL },
	/* processes in paths */
	{ "[" EVENT("violation", 7, ",\"real\":\"/proc/7/task/7/mem\"") "]",
	  "[" EVENT("violation", 9, ",\"real\":\"/proc/9/task/9/mem\"") "]", NULL, NULL,
	  HN_PASSED, HN_PASSED, -1, NULL },
	{ "[" EVENT("violation", 7, ",\"real\":\"/proc/7/mem\"") "]",
	  "[" EVENT("violation", 9, ",\"real\":\"/proc/9/maps\"") "]", NULL, NULL,
	  HN_PASSED, HN_PASSED, HN_PROBLEM_DENIED, NULL },
	/* inodes without a name */
	{ "[" EVENT("violation", 7, ",\"real\":\"pipe:[77]\"") "," EVENT("faked", 7, ",\"real\":\"/w/#12\"") "]",
	  "[" EVENT("violation", 7, ",\"real\":\"pipe:[8]\"") "," EVENT("faked", 7, ",\"real\":\"/w/#345\"") "]",
	  NULL, NULL, HN_PASSED, HN_PASSED, -1, NULL },
	{ "[" EVENT("violation", 7, ",\"real\":\"/w/a77\"") "]",
	  "[" EVENT("violation", 7, ",\"real\":\"/w/a8\"") "]", NULL, NULL, HN_PASSED, HN_PASSED,
	  HN_PROBLEM_DENIED, NULL },
	/* files */
	{ "[]", "[]", "{\"x\":\"file 0644 3 ab\"}", "{\"x\":\"file 0644 3 ab\"}", HN_PASSED, HN_PASSED,
	  -1, NULL },
	{ "[]", "[]", "{\"x\":\"file 0644 3 ab\"}", "{\"x\":\"file 0600 3 ab\"}", HN_PASSED, HN_PASSED,
	  HN_PROBLEM_FILES, "- x: file 0644 3 ab\n  + x: file 0600 3 ab\n" },
	{ "[]", "[]", "{}", "{\"y\":\"dir 0755\"}", HN_PASSED, HN_PASSED, HN_PROBLEM_FILES, "+ y: dir" },
	/* verdicts */
	{ "[]", "[]", NULL, NULL, HN_FAILED, HN_PASSED, HN_PROBLEM_EXIT, "only good under notify" },
	{ "[]", "[]", NULL, NULL, HN_FAILED, HN_FAILED, -1, NULL },
	{ "[]", "[]", NULL, NULL, HN_FLAKY, HN_PASSED, -1, NULL },
	{ "[" A(7) "]", "[]", NULL, NULL, HN_SKIPPED, HN_PASSED, -1, NULL },
};

static void tell(const struct hn_task *task, struct hn_outcome *outcome, void *ctx)
{
	CU_ASSERT_STRING_EQUAL(task->engine, "notify");
	CU_ASSERT_PTR_NOT_NULL(outcome);
	++*(int *)ctx;
}

static void fill(struct hn_outcome *o, enum hn_verdict verdict, const char *events,
		 const char *files)
{
	*o = (struct hn_outcome){ .result.verdict = verdict };
	o->result.events = json_loads(events, 0, NULL);
	o->result.files = json_loads(files ? files : "{}", 0, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(o->result.events);
}

/* `reason`: the case may differ under notify. */
static void check(const struct row *row, const char *reason)
{
	struct hn_suite suite = { .path = (char[]){ "s.yaml" } };
	struct hn_case c = { .suite = &suite, .line = 7 };
	struct hn_task items[] = { { &c, "ptrace", "ptrace", NULL }, { &c, "notify", "notify", NULL } };
	struct hn_tasks tasks = { items, 2 };
	struct hn_outcome outcomes[2], again[2] = { 0 };
	const struct hn_result *r = &outcomes[1].result;
	bool differ = row->problem >= 0 && !reason, agrees;

	if (reason) {
		hn_strings_add(&c.own.differs, "notify");
		hn_strings_add(&c.own.differs, reason);
	}
	fill(&outcomes[0], row->first, row->ptrace, row->files_ptrace);
	fill(&outcomes[1], row->second, row->notify, row->files_notify);
	int told = 0;
	hn_engines_compare(&tasks, outcomes, again, tell, &told);
	agrees = told == differ && r->verdict == (differ ? HN_FAILED : row->second) &&
		 (!differ || ((int)r->problem == row->problem &&
			      !strncmp(r->text.data, "s.yaml:7: the engines differ: ", 30) &&
			      (!row->message || strstr(r->text.data, row->message))));
	CU_ASSERT_TRUE(agrees);
	if (!agrees)
		printf("      %s\n      %s\n      told %d, verdict %d, %s\n", row->ptrace, row->notify, told,
		       r->verdict, r->text.data ? r->text.data : "");
	hn_result_destroy(&outcomes[0].result);
	hn_result_destroy(&outcomes[1].result);
	hn_strings_destroy(&c.own.differs);
}

static void test_differences(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		check(&rows[i], NULL);
}

static void test_listed(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		check(&rows[i], "known");
}

/* What differs between two runs under one engine is not compared with the other. */
static void test_run_to_run(void)
{
	static const struct {
		const char *first, *second, *again; /* files; NULL: not run again */
		const char *events, *events_second, *events_again;
		bool doubted, differ;
		const char *message; /* a part of the text, or NULL */
	} cases[] = {
		{ "{}", "{}", NULL, "[]", "[]", "[]", false, false, NULL },
		{ "{\"a\":\"1\",\"b\":\"2\"}", "{\"a\":\"3\",\"b\":\"2\"}",
		  "{\"a\":\"4\",\"b\":\"2\"}", "[]", "[]", "[]", true, false, NULL },
		{ "{\"a\":\"1\",\"b\":\"2\"}", "{\"a\":\"3\",\"b\":\"9\"}",
		  "{\"a\":\"4\",\"b\":\"2\"}", "[]", "[]", "[]", true, true,
		  "  - b: 2\n  + b: 9\n" },
		{ "{\"a\":\"1\"}", "{\"a\":\"3\"}", NULL, "[]", "[]", NULL, true, true, "- a: 1\n" },
		/* names by chance, and one that only the other has */
		{ "{\"x1\":\"1\"}", "{\"x2\":\"1\"}", "{\"x3\":\"1\"}", "[]", "[]", "[]", true, false,
		  NULL },
		{ "{\"a\":\"1\"}", "{\"a\":\"1\",\"b\":\"1\"}", "{\"a\":\"7\"}", "[]", "[]", "[]", true,
		  true, "+ b: 1\n" },
		{ "{\"a\":\"1\",\"b\":\"1\"}", "{\"a\":\"1\"}", "{\"a\":\"7\",\"b\":\"1\"}", "[]", "[]",
		  "[]", true, true, "- b: 1\n" },
		/* events */
		{ "{}", "{}", "{}", "[" A(7) "]", "[" B(7) "]", "[" B(7) "]", true, false, NULL },
		{ "{}", "{}", "{}", "[" A(7) "]", "[" B(7) "]", "[" A(9) "]", true, true, "other events" },
		{ "{\"a\":\"1\"}", "{\"a\":\"2\"}", "{\"a\":\"1\"}", "[" A(7) "]", "[" B(7) "]", "[]",
		  true, true, "other files" },
	};
	struct hn_suite suite = { .path = (char[]){ "s.yaml" } };
	struct hn_case c = { .suite = &suite, .line = 7 };
	struct hn_task items[] = { { &c, "ptrace", "ptrace", NULL }, { &c, "notify", "notify", NULL } };
	struct hn_tasks tasks = { items, 2 };

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct hn_outcome outcomes[2], again[2] = { 0 };
		const char *text;
		size_t numbers[2] = { 9, 9 };
		int told = 0;

		fill(&outcomes[0], HN_PASSED, cases[i].events, cases[i].first);
		fill(&outcomes[1], HN_PASSED, cases[i].events_second, cases[i].second);
		if (cases[i].again)
			fill(&again[0], HN_PASSED, cases[i].events_again, cases[i].again);
		CU_ASSERT_EQUAL(hn_engines_doubts(&tasks, outcomes, numbers), cases[i].doubted);
		CU_ASSERT_TRUE(!cases[i].doubted || !numbers[0]);
		hn_engines_compare(&tasks, outcomes, again, tell, &told);
		text = outcomes[1].result.text.data ? outcomes[1].result.text.data : "";
		CU_ASSERT_EQUAL(told, cases[i].differ);
		CU_ASSERT_TRUE(!cases[i].message || strstr(text, cases[i].message));
		if (told != cases[i].differ || (cases[i].message && !strstr(text, cases[i].message)))
			printf("      %zu: %s\n", i, text);
		hn_result_destroy(&outcomes[0].result);
		hn_result_destroy(&outcomes[1].result);
		hn_result_destroy(&again[0].result);
	}
}

/* A reason for that in the suite: not even looked at again, but the verdict counts. */
static void test_chance(void)
{
	struct hn_suite suite = { .path = (char[]){ "s.yaml" } };
	struct hn_case c = { .suite = &suite, .line = 7 };
	struct hn_task items[] = { { &c, "ptrace", "ptrace", NULL }, { &c, "notify", "notify", NULL } };
	struct hn_tasks tasks = { items, 2 };

	hn_strings_add(&c.own.differs, "runs");
	hn_strings_add(&c.own.differs, "chance");
	for (int bad = 0; bad < 2; bad++) {
		struct hn_outcome outcomes[2], again[2] = { 0 };
		size_t numbers[2];
		int told = 0;

		fill(&outcomes[0], HN_PASSED, "[" A(7) "]", "{\"a\":\"1\"}");
		fill(&outcomes[1], bad ? HN_FAILED : HN_PASSED, "[]", "{}");
		CU_ASSERT_EQUAL(hn_engines_doubts(&tasks, outcomes, numbers), 0);
		hn_engines_compare(&tasks, outcomes, again, tell, &told);
		CU_ASSERT_EQUAL(told, bad);
		hn_result_destroy(&outcomes[0].result);
		hn_result_destroy(&outcomes[1].result);
	}
	hn_strings_destroy(&c.own.differs);
}

/* Files with the same content but for the case's own directories. */
static void test_places(void)
{
	static const struct {
		const char *content, *recorded;
	} files[] = {
		{ "at /c/1/tree/x, /c/1/home\n", "file 0644 27 " },
		{ "/c/1/tmp", "file 0644 9 " },
		{ "/c/1/other", "file 0644 13 " },
		{ "/c/1/treetop", "file 0644 15 " }, /* the case's, but not its work directory */
		{ "/c/12/tree", "file 0644 10 " },
		{ "", "file 0644 0 cbf29ce484222325" },
	};
	struct hn_vars vars = { .value = { [HN_VAR_BUILD_DIR] = "/c/1/tree", [HN_VAR_HOME] = "/c/1/home",
					   [HN_VAR_TMPDIR] = "/c/1/tmp" } };
	char dir[] = "/tmp/catbox-unit-XXXXXX", path[64];

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/f", dir);
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		FILE *f = fopen(path, "w");
		json_t *all;
		const char *text;

		CU_ASSERT_PTR_NOT_NULL_FATAL(f);
		fputs(files[i].content, f);
		fclose(f);
		chmod(path, 0644);
		all = hn_record_files(dir, &vars);
		text = json_string_value(json_object_get(all, "f"));
		CU_ASSERT_TRUE(text && !strncmp(text, files[i].recorded, strlen(files[i].recorded)));
		if (text && strncmp(text, files[i].recorded, strlen(files[i].recorded)))
			printf("      %s: %s\n", files[i].content, text);
		json_decref(all);
		unlink(path);
	}
	rmdir(dir);
}

HN_UNIT_SUITE("harness-engines",
	{ "what is a difference", test_differences },
	{ "a listed difference is none", test_listed },
	{ "what differs from run to run is none", test_run_to_run },
	{ "a reason for chance", test_chance },
	{ "directories of the case count by their names", test_places });
