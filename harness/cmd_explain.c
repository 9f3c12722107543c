/* SPDX-License-Identifier: MIT */
/* `catbox-harness explain`: what a key of a suite means. */
#include "command.h"

#include "base/cleanup.h"
#include "base/yaml.h"
#include "keys.h"
#include "text.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char *title(const char *where)
{
	static const char *const titles[][2] = {
		{ "suite", "a suite" }, { "case", "a case, or the suite for all of them" },
		{ "expect", "expect" }, { "entry", "an entry of denied, faked and other lists" },
		{ "list", "a list of events" }, { "file", "an entry of files" },
		{ "reads", "reads" },
	};

	for (size_t i = 0; i < sizeof titles / sizeof *titles; i++)
		if (!strcmp(titles[i][0], where))
			return titles[i][1];
	return where;
}

/* These may stand in a case only. */
static bool is_of_case_alone(const struct hn_key *key)
{
	static const char *const names[] = { "name", "fixture", "run", "setup", "expect", "xfail",
					     "matrix" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!strcmp(key->where, "case") && !strcmp(names[i], key->name))
			return true;
	return false;
}

static void print_key(const struct hn_key *key)
{
	CB_AUTO_BUF struct cb_buf text = CB_BUF_INIT;

	printf("%s  (in %s)\n", key->name, is_of_case_alone(key) ? "a case" : title(key->where));
	hn_indent(&text, "  ", key->text);
	if (key->example) {
		cb_buf_addc(&text, '\n');
		hn_indent(&text, "    ", key->example);
	}
	printf("%s\n", text.data);
}

/* Up to where its first thought ends, on one line. */
static void print_short(const struct hn_key *key)
{
	CB_AUTO_BUF struct cb_buf text = CB_BUF_INIT;

	for (const char *at = key->text; *at && !(strchr(".:;", *at) && (!at[1] || isspace(at[1]))); at++)
		cb_buf_addc(&text, *at);
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] == '\n')
			text.data[i] = ' ';
	printf("  %-10s %s\n", key->name, text.data);
}

static void print_all(void)
{
	const char *where = "";

	for (const struct hn_key *key = hn_keys; key->where; key++) {
		if (strcmp(where, key->where))
			printf("%s%s:\n", *where ? "\n" : "", title(key->where));
		where = key->where;
		print_short(key);
	}
	printf("\ncatbox-harness explain KEY tells more; all of it is in catbox-suite(5).\n");
}

/* "denied", "expect.denied", or a place such as "entry": all of its keys. */
static bool fits(const struct hn_key *key, const char *word)
{
	CB_AUTO_BUF struct cb_buf full = CB_BUF_INIT;

	cb_buf_addf(&full, "%s.%s", key->where, key->name);
	return !strcmp(key->name, word) || !strcmp(full.data, word);
}

static int unknown(const char *word)
{
	const char *names[128], *guess;
	size_t n = 0;

	for (const struct hn_key *key = hn_keys; key->where && n < 127; key++)
		names[n++] = key->name;
	names[n] = NULL;
	guess = cb_suggest(word, names);
	if (guess)
		fprintf(stderr, "catbox-harness: no key '%s', did you mean '%s'?\n", word, guess);
	else
		fprintf(stderr, "catbox-harness: no key '%s' (explain without a key lists all)\n", word);
	return HN_EXIT_USAGE;
}

/* Prints the keys with that name, or else all of that place. */
static int print_matching(const char *word)
{
	int found = 0;

	for (const struct hn_key *key = hn_keys; key->where; key++)
		if (fits(key, word)) {
			print_key(key);
			found++;
		}
	if (found)
		return found;
	for (const struct hn_key *key = hn_keys; key->where; key++)
		if (!strcmp(key->where, word)) {
			print_key(key);
			found++;
		}
	return found;
}

int hn_command_explain(int argc, char *argv[])
{
	if (argc > 2 || (argc == 2 && *argv[1] == '-'))
		return hn_usage_error("explain takes one key, not '%s'", argv[argc > 2 ? 2 : 1]);
	if (argc == 2)
		return print_matching(argv[1]) ? HN_EXIT_OK : unknown(argv[1]);
	print_all();
	return HN_EXIT_OK;
}
