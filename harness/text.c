/* SPDX-License-Identifier: MIT */
/* Lists of strings, durations, numbers, expansion. */
#include "text.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define DURATION_MAX (7ll * 24 * 3600 * 1000)

void hn_strings_add(struct hn_strings *list, const char *s)
{
	list->items = cb_realloc(list->items, (list->count + 1) * sizeof *list->items);
	list->items[list->count++] = cb_strdup(s);
}

void hn_strings_add_all(struct hn_strings *list, const struct hn_strings *more)
{
	for (size_t i = 0; i < more->count; i++)
		hn_strings_add(list, more->items[i]);
}

bool hn_strings_have(const struct hn_strings *list, const char *s)
{
	for (size_t i = 0; i < list->count; i++)
		if (!strcmp(list->items[i], s))
			return true;
	return false;
}

void hn_strings_destroy(struct hn_strings *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct hn_strings){ NULL, 0 };
}

bool hn_parse_number(const char *text, long long low, long long high, long long *value)
{
	char *end;
	long long n;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	n = strtoll(text, &end, 10);
	if (errno || *end || n < low || n > high)
		return false;
	*value = n;
	return true;
}

int hn_parse_duration(const char *text, long long *ms, struct cb_error *err)
{
	static const struct {
		const char *unit;
		long long ms;
	} units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 } };
	size_t digits = strspn(text, "0123456789");
	long long n;

	for (size_t i = 0; digits && digits < 10 && i < sizeof units / sizeof *units; i++) {
		if (strcmp(text + digits, units[i].unit))
			continue;
		n = strtoll(text, NULL, 10) * units[i].ms;
		if (n < 1 || n > DURATION_MAX)
			return cb_error(err, ERANGE, "the duration '%s' is not between 1ms and 168h",
					text);
		*ms = n;
		return 0;
	}
	return cb_error(err, EINVAL, "'%s' is no duration (like 500ms, 30s, 2m)", text);
}

uint64_t hn_hash(const char *text)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * 0x100000001b3u;
	return h;
}

const char *hn_var_name(enum hn_var var)
{
	static const char *const names[HN_VAR_COUNT] = {
		[HN_VAR_BUILD_DIR] = "BUILD_DIR", [HN_VAR_HOME] = "HOME",
		[HN_VAR_TMPDIR] = "TMPDIR", [HN_VAR_FIXTURES] = "FIXTURES",
		[HN_VAR_PROBES] = "PROBES",
	};

	return names[var];
}

static int find_var(const char *name, size_t len)
{
	for (int v = 0; v < HN_VAR_COUNT; v++)
		if (strlen(hn_var_name(v)) == len && !strncmp(hn_var_name(v), name, len))
			return v;
	return -1;
}

static void add_quoted(struct cb_buf *out, const char *s)
{
	for (; *s; s++) {
		if (!isalnum((unsigned char)*s) && (unsigned char)*s < 0x80 && *s != '_')
			cb_buf_addc(out, '\\');
		cb_buf_addc(out, *s);
	}
}

int hn_expand(struct cb_buf *out, const char *text, const struct hn_vars *vars,
	      unsigned int flags, struct cb_error *err)
{
	const char *open, *close;

	while ((open = strstr(text, "${")) && (close = strchr(open, '}'))) {
		int len = (int)(close - open - 2);
		int var = find_var(open + 2, (size_t)len);
		const char *value = var < 0 ? NULL : vars->value[var];

		if (var < 0 && (flags & HN_EXPAND_STRICT))
			return cb_error(err, EINVAL, "unknown name in '%s': ${%.*s} (known: BUILD_DIR,"
					" HOME, TMPDIR, FIXTURES, PROBES)", text, len, open + 2);
		cb_buf_add(out, text, (size_t)(open - text));
		if (var < 0)
			cb_buf_add(out, open, (size_t)(close + 1 - open));
		else if (value && (flags & HN_EXPAND_QUOTED))
			add_quoted(out, value);
		else
			cb_buf_adds(out, value ? value : "");
		text = close + 1;
	}
	cb_buf_adds(out, text);
	return 0;
}

void hn_indent(struct cb_buf *out, const char *prefix, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		cb_buf_adds(out, prefix);
		cb_buf_add(out, text, len);
		cb_buf_addc(out, '\n');
		text += len + (text[len] == '\n');
	}
}
