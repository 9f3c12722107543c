/* SPDX-License-Identifier: MIT */
/* Unit tests: one file a module, each with one HN_UNIT_SUITE at its end, which
 * registers itself. The runner (unit_main.c) knows none of them by name. */
#ifndef HN_UNIT_H
#define HN_UNIT_H

#include <CUnit/CUnit.h>

struct hn_unit_test {
	const char *name; /* shown and reported; unique in its suite */
	void (*run)(void);
};

struct hn_unit_suite {
	const char *name;                 /* letters, digits, '-', '_', '.' */
	const struct hn_unit_test *tests; /* ends with a NULL name */
	struct hn_unit_suite *next;       /* the runner's */
};

/* Takes the suite into the runner's list (borrowed for ever). */
void hn_unit_register(struct hn_unit_suite *suite);

/* The running test counts as skipped, with that reason (a literal); the test
 * should return. */
void hn_unit_skip(const char *reason);

/* HN_UNIT_SUITE("buffer", { "grows", test_grows }, { "clears", test_clears }); */
#define HN_UNIT_SUITE(title, ...) \
	static const struct hn_unit_test hn_unit_tests[] = { __VA_ARGS__, { NULL, NULL } }; \
	static struct hn_unit_suite hn_unit_this = { title, hn_unit_tests, NULL }; \
	static void __attribute__((constructor)) hn_unit_enlist(void) \
	{ \
		hn_unit_register(&hn_unit_this); \
	} \
	struct hn_unit_suite /* so that a semicolon may follow */

#endif
