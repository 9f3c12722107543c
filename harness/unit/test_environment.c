/* SPDX-License-Identifier: MIT */
/* The environment without leak checks, and the list of what is done without. */
#include "unit.h"

#include "base/cleanup.h"
#include "linux/features.h"
#include "trace/environment.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void leak_checks_are_off(void)
{
	static const struct {
		const char *env[4];
		const char *want; /* all entries, with spaces between */
	} cases[] = {
		{ { NULL }, "ASAN_OPTIONS=detect_leaks=0 LSAN_OPTIONS=detect_leaks=0 "
			    "HWASAN_OPTIONS=detect_leaks=0" },
		{ { "A=1", "ASAN_OPTIONS=detect_leaks=1:x=y", "B=" },
		  "A=1 ASAN_OPTIONS=detect_leaks=1:x=y:detect_leaks=0 B= "
		  "LSAN_OPTIONS=detect_leaks=0 HWASAN_OPTIONS=detect_leaks=0" },
		{ { "LSAN_OPTIONS=", "LSAN_OPTIONS2=a" },
		  "LSAN_OPTIONS=:detect_leaks=0 LSAN_OPTIONS2=a ASAN_OPTIONS=detect_leaks=0 "
		  "HWASAN_OPTIONS=detect_leaks=0" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		CB_AUTO_BUF struct cb_buf all = CB_BUF_INIT;
		char **made = cb_environment_without_leak_checks((char *const *)cases[i].env);

		cb_buf_clear(&all);
		for (char **e = made; *e; e++)
			cb_buf_addf(&all, "%s%s", e == made ? "" : " ", *e);
		CU_ASSERT_STRING_EQUAL(all.data, cases[i].want);
		free(made);
	}
}

static void what_is_done_without(void)
{
	static const struct {
		const char *names;
		int rc;
		unsigned without;
	} cases[] = {
		{ "", 0, 0 },
		{ "landlock", 0, CB_WITHOUT_LANDLOCK },
		{ "proc-mem,process_vm_readv", 0, CB_WITHOUT_PROC_MEM | CB_WITHOUT_VM_READV },
		{ "landlock,", 0, CB_WITHOUT_LANDLOCK },
		{ "land", -EINVAL, 0 },
		{ "landlocks", -EINVAL, 0 },
		{ "landlock,,proc-mem", -EINVAL, 0 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct cb_error err = { 0 };
		unsigned without = 0;

		CU_ASSERT_EQUAL(cb_features_parse_without(cases[i].names, &without, &err),
				cases[i].rc);
		CU_ASSERT_EQUAL(without, cases[i].without);
	}
}

HN_UNIT_SUITE("environment", { "leak checks are off", leak_checks_are_off },
	   { "what is done without", what_is_done_without });
