/* SPDX-License-Identifier: MIT */
/* Reads `expect:`: one function a key, and a row in `expect_keys`. */
#include "suite_load.h"

#include "base/cleanup.h"
#include "pattern.h"

#include <ctype.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static void take_exit(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	const char *text = cb_yaml_scalar(y, value, "exit");
	struct hn_expect *e = ctx;

	if (text && !hn_parse_number(text, 0, 255, &e->exit))
		cb_yaml_error(y, value, "exit must be a number in 0..255, not '%s'", text);
	e->exit_line = hn_yaml_line(value);
}

/* The abbreviation as in events, "SEGV", or NULL. */
static const char *signal_name(const char *text)
{
	long long number;

	if (hn_parse_number(text, 1, NSIG - 1, &number))
		return sigabbrev_np((int)number) ? sigabbrev_np((int)number) : text;
	if (!strncmp(text, "SIG", 3))
		text += 3;
	for (int n = 1; n < NSIG; n++)
		if (sigabbrev_np(n) && !strcmp(sigabbrev_np(n), text))
			return sigabbrev_np(n);
	return NULL;
}

static void take_signal(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	const char *text = cb_yaml_scalar(y, value, "signal"), *name;
	struct hn_expect *e = ctx;

	if (!text)
		return;
	name = signal_name(text);
	if (!name)
		cb_yaml_error(y, value, "unknown signal '%s' (like SEGV)", text);
	else
		e->signal = (struct hn_value){ cb_strdup(name), hn_yaml_line(value) };
}

static void take_list(struct cb_yaml *y, struct fy_node *value, struct hn_expect *e,
		      enum hn_list_kind kind)
{
	hn_list_load(y, value, kind, &e->lists[kind]);
}

static void take_denied(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	take_list(y, value, ctx, HN_LIST_DENIED);
}

static void take_expected(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	take_list(y, value, ctx, HN_LIST_EXPECTED);
}

static void take_net(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	take_list(y, value, ctx, HN_LIST_NET);
}

static void take_leftovers(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	take_list(y, value, ctx, HN_LIST_LEFTOVERS);
}

static void take_faked(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	take_list(y, value, ctx, HN_LIST_FAKED);
}

static void take_hooks(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	take_list(y, value, ctx, HN_LIST_HOOKS);
}

static void take_reads(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	hn_reads_load(y, value, &((struct hn_expect *)ctx)->reads);
}

/* --- files */

static void take_path(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	static const struct hn_vars anything = { { "/b", "/h", "/t", "/f", "/p" } };
	CB_AUTO_BUF struct cb_buf unused = CB_BUF_INIT;
	const char *text = cb_yaml_scalar(y, value, "path");
	struct cb_error err;

	if (!text)
		return;
	if (hn_path_resolve(&unused, text, &anything, &err))
		cb_yaml_error(y, value, "%s", err.message);
	((struct hn_file_check *)ctx)->path = cb_strdup(text);
}

static void take_mode(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	const char *text = cb_yaml_scalar(y, value, "mode");
	size_t len = text ? strspn(text, "01234567") : 0;

	if (text && (!len || len > 5 || text[len]))
		cb_yaml_error(y, value, "mode must be an octal number like \"0755\", not '%s'",
			      text);
	else if (text)
		((struct hn_file_check *)ctx)->mode = (int)strtol(text, NULL, 8);
}

static char *take_pattern(struct cb_yaml *y, struct fy_node *value, const char *what)
{
	const char *text = cb_yaml_text(y, value, what);
	struct cb_error err;

	if (!text)
		return NULL;
	if (hn_pattern_check(text, false, &err))
		cb_yaml_error(y, value, "%s", err.message);
	return cb_strdup(text);
}

static void take_contains(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	((struct hn_file_check *)ctx)->contains = take_pattern(y, value, "contains");
}

static void take_equals(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	const char *text = cb_yaml_text(y, value, "equals");

	((struct hn_file_check *)ctx)->equals = text ? cb_strdup(text) : NULL;
}

static void take_target(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	((struct hn_file_check *)ctx)->target = take_pattern(y, value, "target");
}

static void take_absent(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	((struct hn_file_check *)ctx)->absent = hn_yaml_bool(y, value, "absent");
}

static void take_type(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	const char *text = cb_yaml_scalar(y, value, "type");

	if (!text)
		return;
	for (int t = HN_FILE_REGULAR; t <= HN_FILE_SOCKET; t++)
		if (!strcmp(hn_file_type_name(t), text)) {
			((struct hn_file_check *)ctx)->type = t;
			return;
		}
	cb_yaml_error(y, value, "type cannot be '%s' (file, dir, symlink, fifo or socket)", text);
}

static void load_file(struct cb_yaml *y, struct fy_node *item, void *ctx)
{
	static const struct cb_yaml_key keys[] = {
		{ "path", take_path, true },         { "mode", take_mode, false },
		{ "contains", take_contains, false }, { "equals", take_equals, false },
		{ "absent", take_absent, false },    { "type", take_type, false },
		{ "target", take_target, false },    { NULL, NULL, false },
	};
	struct hn_file_check check = { .mode = -1, .line = hn_yaml_line(item) };
	struct hn_expect *e = ctx;

	cb_yaml_mapping(y, item, "an entry of files", keys, &check);
	if (check.absent && (check.mode >= 0 || check.contains || check.equals || check.target ||
			     check.type))
		cb_yaml_error(y, item, "an absent file has nothing else to check");
	if (check.target && check.type && check.type != HN_FILE_SYMLINK)
		cb_yaml_error(y, item, "only a symlink has a target");
	e->files = cb_realloc(e->files, (e->file_count + 1) * sizeof *e->files);
	e->files[e->file_count++] = check;
}

static void take_files(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	cb_yaml_sequence(y, value, "files", load_file, ctx);
}

/* --- output and counters */

static void take_output(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	((struct hn_expect *)ctx)->output =
		(struct hn_value){ take_pattern(y, value, "stdout"), hn_yaml_line(value) };
}

static void take_error(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	((struct hn_expect *)ctx)->error =
		(struct hn_value){ take_pattern(y, value, "stderr"), hn_yaml_line(value) };
}

static void take_stops(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	const char *text = cb_yaml_scalar(y, value, "stops"), *number = text;
	struct hn_expect *e = ctx;

	if (!text)
		return;
	e->stops_compare = HN_COMPARE_EQUAL;
	if (!strncmp(text, "<=", 2))
		e->stops_compare = HN_COMPARE_AT_MOST;
	else if (!strncmp(text, ">=", 2))
		e->stops_compare = HN_COMPARE_AT_LEAST;
	if (e->stops_compare != HN_COMPARE_EQUAL)
		number = text + 2 + strspn(text + 2, " ");
	if (!hn_parse_number(number, 0, LLONG_MAX, &e->stops))
		cb_yaml_error(y, value, "stops cannot be '%s' (N, \"<= N\" or \">= N\")", text);
	e->stops_line = hn_yaml_line(value);
}

void hn_expect_load(struct cb_yaml *y, struct fy_node *node, struct hn_expect *expect)
{
	static const struct cb_yaml_key keys[] = {
		{ "exit", take_exit, false },         { "signal", take_signal, false },
		{ "denied", take_denied, false },     { "expected", take_expected, false },
		{ "net", take_net, false },           { "leftovers", take_leftovers, false },
		{ "files", take_files, false },       { "stdout", take_output, false },
		{ "stderr", take_error, false },      { "stops", take_stops, false },
		{ "faked", take_faked, false },       { "hooks", take_hooks, false },
		{ "reads", take_reads, false },       { NULL, NULL, false },
	};

	expect->line = hn_yaml_line(node);
	cb_yaml_mapping(y, node, "expect", keys, expect);
	if (expect->exit >= 0 && expect->signal.text)
		cb_yaml_error(y, node, "a command cannot end with both 'exit' and 'signal'");
}

void hn_control_load(struct cb_yaml *y, struct fy_node *node, struct hn_expect *expect)
{
	static const struct cb_yaml_key keys[] = {
		{ "exit", take_exit, false },   { "signal", take_signal, false },
		{ "files", take_files, false }, { "stdout", take_output, false },
		{ "stderr", take_error, false }, { NULL, NULL, false },
	};

	expect->exit = -1;
	expect->line = hn_yaml_line(node);
	cb_yaml_mapping(y, node, "control", keys, expect);
	if (expect->exit >= 0 && expect->signal.text)
		cb_yaml_error(y, node, "a command cannot end with both 'exit' and 'signal'");
	if (expect->exit == HN_CANNOT_TRY)
		cb_yaml_error(y, node, "a control that ends with %d skips the case", HN_CANNOT_TRY);
	if (node && fy_node_is_mapping(node) && fy_node_mapping_is_empty(node))
		cb_yaml_error(y, node, "a control that expects nothing shows nothing");
}
