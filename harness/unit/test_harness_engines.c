/* SPDX-License-Identifier: MIT */
/* What counts as a difference between engines. */
#include "unit.h"

#include "base/cleanup.h"
#include "engines.h"

#include <string.h>

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
	  HN_PROBLEM_DENIED, "the same events in another order within a process" },
	{ "[" A(7) "," B(7) "]", "[" A(7) "," B(8) "]", NULL, NULL, HN_PASSED, HN_PASSED,
	  HN_PROBLEM_DENIED, "in another order within a process" },
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
	/* processes in paths */
	{ "[" EVENT("violation", 7, ",\"real\":\"/proc/7/task/7/mem\"") "]",
	  "[" EVENT("violation", 9, ",\"real\":\"/proc/9/task/9/mem\"") "]", NULL, NULL,
	  HN_PASSED, HN_PASSED, -1, NULL },
	{ "[" EVENT("violation", 7, ",\"real\":\"/proc/7/mem\"") "]",
	  "[" EVENT("violation", 9, ",\"real\":\"/proc/9/maps\"") "]", NULL, NULL,
	  HN_PASSED, HN_PASSED, HN_PROBLEM_DENIED, NULL },
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
	struct hn_outcome outcomes[2];
	const struct hn_result *r = &outcomes[1].result;
	bool differ = row->problem >= 0 && !reason, agrees;

	if (reason) {
		hn_strings_add(&c.own.differs, "notify");
		hn_strings_add(&c.own.differs, reason);
	}
	fill(&outcomes[0], row->first, row->ptrace, row->files_ptrace);
	fill(&outcomes[1], row->second, row->notify, row->files_notify);
	int told = 0;
	hn_engines_compare(&tasks, outcomes, tell, &told);
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

HN_UNIT_SUITE("harness-engines",
	{ "what is a difference", test_differences },
	{ "a listed difference is none", test_listed });
