/* SPDX-License-Identifier: MIT */
/* Options of sanitizers are lists with colons, where the last word counts. */
#include "trace/environment.h"

#include "base/buf.h"
#include "base/cleanup.h"

#include <stdbool.h>
#include <string.h>

static const char *const variables[] = { "ASAN_OPTIONS", "LSAN_OPTIONS", "HWASAN_OPTIONS" };

#define VARIABLES (sizeof variables / sizeof *variables)

/* Which of the variables this entry sets, or VARIABLES. */
static size_t variable_of(const char *entry)
{
	size_t i = 0;

	while (i < VARIABLES && (strncmp(entry, variables[i], strlen(variables[i])) ||
				 entry[strlen(variables[i])] != '='))
		i++;
	return i;
}

char **cb_environment_without_leak_checks(char *const *env)
{
	CB_AUTO_BUF struct cb_buf text = CB_BUF_INIT; /* entries, each with its NUL */
	bool set[VARIABLES] = { false };
	size_t count = 0, table;
	char **made, *at;

	for (; *env; env++, count++) {
		size_t i = variable_of(*env);

		cb_buf_adds(&text, *env);
		if (i < VARIABLES) {
			cb_buf_adds(&text, ":detect_leaks=0");
			set[i] = true;
		}
		cb_buf_addc(&text, '\0');
	}
	for (size_t i = 0; i < VARIABLES; i++) {
		if (set[i])
			continue;
		cb_buf_addf(&text, "%s=detect_leaks=0", variables[i]);
		cb_buf_addc(&text, '\0');
		count++;
	}
	table = (count + 1) * sizeof *made;
	made = cb_alloc(table + text.len);
	at = (char *)made + table;
	memcpy(at, text.data, text.len);
	for (size_t i = 0; i < count; i++, at += strlen(at) + 1)
		made[i] = at;
	made[count] = NULL;
	return made;
}
