/* SPDX-License-Identifier: MIT */
/* What `explain` knows against what the loader takes. */
#include "unit.h"

#include "base/cleanup.h"
#include "keys.h"
#include "suite_load.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A suite in which @ is replaced by a key; one template a place. */
static const struct {
	const char *where, *text;
} places[] = {
	{ "suite", "@: x\ncases: []\n" },
	{ "case", "suite: s\ncases:\n  - {@: x}\n" },
	{ "expect", "suite: s\ncases:\n  - {name: a, run: x, expect: {@: x}}\n" },
	{ "entry", "suite: s\ncases:\n  - {name: a, run: x, expect: {denied: [{@: x}], faked: [{@: x}], "
		   "hooks: [{@: x}]}}\n" },
	{ "list", "suite: s\ncases:\n  - {name: a, run: x, expect: {denied: {@: x}}}\n" },
	{ "file", "suite: s\ncases:\n  - {name: a, run: x, expect: {files: [{@: x}]}}\n" },
	{ "reads", "suite: s\ncases:\n  - {name: a, run: x, expect: {reads: {@: x}}}\n" },
};

#define PLACES (sizeof places / sizeof *places)

/* How often the loader says that it does not know the key. */
static int unknown(const char *path, const char *text, const char *key)
{
	CB_AUTO_BUF struct cb_buf filled = CB_BUF_INIT;
	CB_AUTO_FD int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	struct hn_suite *suite;
	int count = 0;

	for (; *text; text++)
		cb_buf_addf(&filled, *text == '@' ? "%s" : "%.1s", *text == '@' ? key : text);
	CU_ASSERT_EQUAL_FATAL(write(fd, filled.data, filled.len), (ssize_t)filled.len);
	suite = hn_suite_load(path);
	for (const char *at = suite->complaints.data; at && (at = strstr(at, "unknown key")); at++)
		count++;
	hn_suite_free(suite);
	return count;
}

/* The loader takes what is explained: an entry's key in at least one list. */
static void test_known(void)
{
	char path[] = "/tmp/catbox-unit.XXXXXX";
	CB_AUTO_FD int fd = mkstemp(path);

	CU_ASSERT_TRUE_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(unknown(path, places[0].text, "nonsense"), 1);
	CU_ASSERT_EQUAL(unknown(path, places[3].text, "nonsense"), 3);
	for (const struct hn_key *key = hn_keys; key->where; key++)
		for (size_t i = 0; i < PLACES; i++) {
			int most = strcmp(places[i].where, "entry") ? 0 : 2;

			if (strcmp(places[i].where, key->where))
				continue;
			CU_ASSERT_TRUE(unknown(path, places[i].text, key->name) <= most);
			if (unknown(path, places[i].text, key->name) > most)
				printf("      explained, but not known: %s in %s\n", key->name,
				       key->where);
		}
	unlink(path);
}

static bool is_explained(const char *where, const char *name)
{
	for (const struct hn_key *key = hn_keys; key->where; key++)
		if (!strcmp(key->where, where) && !strcmp(key->name, name))
			return true;
	printf("      not explained: %s in %s\n", name, where);
	return false;
}

/* All that the loader takes is explained. */
static void test_explained(void)
{
	static const struct {
		const char *where;
		const struct cb_yaml_key *keys;
	} tables[] = {
		{ "case", hn_case_keys }, { "expect", hn_expect_keys }, { "file", hn_file_keys },
		{ "list", hn_list_keys }, { "reads", hn_reads_keys },
	};

	for (int i = 0; hn_fields[i].key; i++)
		CU_ASSERT_TRUE(is_explained("entry", hn_fields[i].key));
	for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
		for (const struct cb_yaml_key *k = tables[t].keys; k->name; k++)
			CU_ASSERT_TRUE(is_explained(tables[t].where, k->name));
	/* what a suite takes stands with its own keys, or with those of cases */
	for (const struct cb_yaml_key *k = hn_suite_keys; k->name; k++)
		CU_ASSERT_TRUE(is_explained(k->required ? "suite" : "case", k->name));
}

HN_UNIT_SUITE("harness-keys",
	{ "what is explained is known", test_known },
	{ "what is known is explained", test_explained });
