/* SPDX-License-Identifier: MIT */
/* Collects the problems of one case. */
#include "result.h"

#include "text.h"

#include <stdlib.h>

const char *hn_problem_name(enum hn_problem problem)
{
	static const char *const names[HN_PROBLEM_COUNT] = {
		[HN_PROBLEM_EXIT] = "exit", [HN_PROBLEM_DENIED] = "denied",
		[HN_PROBLEM_FAKED] = "faked", [HN_PROBLEM_HOOKS] = "hooks",
		[HN_PROBLEM_READS] = "reads", [HN_PROBLEM_NET] = "net",
		[HN_PROBLEM_FILES] = "files", [HN_PROBLEM_OUTPUT] = "output",
		[HN_PROBLEM_LEFTOVERS] = "leftovers", [HN_PROBLEM_TIMEOUT] = "timeout",
		[HN_PROBLEM_CRASH] = "crash", [HN_PROBLEM_PERF] = "perf",
		[HN_PROBLEM_SETUP] = "setup", [HN_PROBLEM_INTERRUPTED] = "interrupted",
	};

	return names[problem];
}

bool hn_is_bad(enum hn_verdict verdict)
{
	return verdict == HN_FAILED || verdict == HN_ERRED;
}

void hn_result_destroy(struct hn_result *result)
{
	for (size_t i = 0; i < result->issue_count; i++) {
		free(result->issues[i].path);
		free(result->issues[i].message);
		free(result->issues[i].detail);
	}
	free(result->issues);
	json_decref(result->events);
	json_decref(result->files);
	json_decref(result->changes);
	cb_buf_destroy(&result->message);
	cb_buf_destroy(&result->text);
	cb_buf_destroy(&result->output);
	cb_buf_destroy(&result->error);
}

void hn_result_skip(struct hn_result *result, const char *reason)
{
	result->verdict = HN_SKIPPED;
	cb_buf_sets(&result->message, reason);
}

void hn_result_add(struct hn_result *result, enum hn_verdict verdict, enum hn_problem problem,
		   const char *path, int line, const char *message, const char *detail)
{
	if (!result->problems || (verdict == HN_ERRED && result->verdict != HN_ERRED)) {
		result->verdict = verdict;
		result->problem = problem;
		cb_buf_sets(&result->message, message);
	}
	result->problems++;
	result->issues = cb_realloc(result->issues,
				    (result->issue_count + 1) * sizeof *result->issues);
	result->issues[result->issue_count++] = (struct hn_issue){
		verdict, problem, cb_strdup(path), line, cb_strdup(message),
		detail ? cb_strdup(detail) : NULL,
	};
	cb_buf_addf(&result->text, "%s:%d: %s\n", path, line, message);
	if (detail)
		hn_indent(&result->text, "  ", detail);
}

void hn_counts_add(struct hn_counts *counts, enum hn_verdict verdict)
{
	counts->passed += verdict == HN_PASSED;
	counts->failed += verdict == HN_FAILED;
	counts->erred += verdict == HN_ERRED;
	counts->skipped += verdict == HN_SKIPPED;
	counts->flaky += verdict == HN_FLAKY;
}

void hn_counts_print(const struct hn_counts *counts, FILE *out)
{
	fprintf(out, "%lld passed, %lld failed, %lld skipped", counts->passed,
		counts->failed + counts->erred, counts->skipped);
	if (counts->flaky)
		fprintf(out, ", %lld flaky", counts->flaky);
	fputc('\n', out);
}
