/* SPDX-License-Identifier: MIT */
/* "Did you mean": the nearest name by edit distance. */
#include "base/yaml.h"

#include <string.h>

#define WORD_MAX 48

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Levenshtein distance; words are cut at WORD_MAX. */
static size_t distance(const char *a, const char *b)
{
	size_t la = strnlen(a, WORD_MAX), lb = strnlen(b, WORD_MAX);
	size_t row[WORD_MAX + 1];

	for (size_t j = 0; j <= lb; j++)
		row[j] = j;
	for (size_t i = 1; i <= la; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			size_t change = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			row[j] = least(change, least(row[j], row[j - 1]) + 1);
		}
	}
	return row[lb];
}

const char *cb_suggest(const char *word, const char *const *names)
{
	size_t best = strlen(word) / 3 + 1;
	const char *found = NULL;

	for (; *names; names++) {
		size_t d = distance(word, *names);

		if (d <= best && d < strlen(*names)) {
			best = d ? d - 1 : 0;
			found = *names;
			if (!d)
				break;
		}
	}
	return found;
}
