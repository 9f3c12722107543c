/* SPDX-License-Identifier: MIT */
/* The life and death of suites, and the names of what they hold. */
#include "suite.h"

#include "suite_load.h"

#include <stdarg.h>
#include <stdlib.h>

#define ANY (~0u)
#define FAKED (1u << HN_LIST_FAKED)
#define HOOKS (1u << HN_LIST_HOOKS)

const struct hn_field_kind hn_fields[] = {
	{ "path", "real", HN_FORM_PATH, ANY },        { "path2", "real2", HN_FORM_PATH, ANY },
	{ "real", "real", HN_FORM_PATH, ANY },        { "real2", "real2", HN_FORM_PATH, ANY },
	{ "given", "path", HN_FORM_TEXT, ANY },       { "given2", "path2", HN_FORM_TEXT, ANY },
	{ "by", NULL, HN_FORM_BY, ANY },              { "effect", "effect", HN_FORM_TEXT, ANY },
	{ "syscall", "syscall", HN_FORM_TEXT, ANY },  { "request", "request", HN_FORM_TEXT, ANY },
	{ "errno", "errno", HN_FORM_TEXT, ANY },      { "rule", "rule", HN_FORM_TEXT, ANY },
	{ "verdict", "verdict", HN_FORM_TEXT, ANY },  { "address", "address", HN_FORM_TEXT, ANY },
	{ "family", "family", HN_FORM_TEXT, ANY },    { "target", "target", HN_FORM_TEXT, ANY },
	{ "comm", "comm", HN_FORM_TEXT, ANY },        { "exe", "exe", HN_FORM_PATH, ANY },
	{ "pid", "pid", HN_FORM_TEXT, ANY },          { "tid", "tid", HN_FORM_TEXT, ANY },
	{ "ppid", "ppid", HN_FORM_TEXT, ANY },        { "action", "action", HN_FORM_TEXT, ANY },
	{ "op", "op", HN_FORM_TEXT, FAKED },          { "owner", NULL, HN_FORM_OWNER, FAKED },
	{ "uid", "uid", HN_FORM_TEXT, FAKED },        { "gid", "gid", HN_FORM_TEXT, FAKED },
	{ "mode", "mode", HN_FORM_OCTAL, FAKED },     { "rdev", "rdev", HN_FORM_DEVICE, FAKED },
	{ "name", "name", HN_FORM_TEXT, FAKED },      { "event", "hook", HN_FORM_TEXT, HOOKS },
	{ "status", "status", HN_FORM_TEXT, HOOKS },  { NULL, NULL, HN_FORM_TEXT, 0 },
};

const char *hn_list_name(enum hn_list_kind kind)
{
	static const char *const names[HN_LIST_COUNT] = {
		[HN_LIST_DENIED] = "denied", [HN_LIST_EXPECTED] = "expected",
		[HN_LIST_NET] = "net", [HN_LIST_LEFTOVERS] = "leftovers",
		[HN_LIST_FAKED] = "faked", [HN_LIST_HOOKS] = "hooks",
	};

	return names[kind];
}

const char *hn_file_type_name(enum hn_file_type type)
{
	static const char *const names[] = {
		[HN_FILE_ANY] = "any", [HN_FILE_REGULAR] = "file", [HN_FILE_DIRECTORY] = "dir",
		[HN_FILE_SYMLINK] = "symlink", [HN_FILE_FIFO] = "fifo",
		[HN_FILE_SOCKET] = "socket",
	};

	return names[type];
}

void hn_suite_complain(struct hn_suite *suite, int line, const char *fmt, ...)
{
	va_list ap;

	cb_buf_addf(&suite->complaints, "%s:%d:1: error: ", suite->path, line);
	va_start(ap, fmt);
	cb_buf_addv(&suite->complaints, fmt, ap);
	va_end(ap);
	cb_buf_addc(&suite->complaints, '\n');
	suite->errors++;
}

static void destroy_list(struct hn_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		for (size_t f = 0; f < list->entries[i].count; f++)
			free(list->entries[i].fields[f].value);
		free(list->entries[i].fields);
	}
	free(list->entries);
}

static void destroy_values(struct hn_value *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(values[i].text);
	free(values);
}

void hn_expect_destroy(struct hn_expect *expect)
{
	destroy_values(expect->reads.includes, expect->reads.include_count);
	destroy_values(expect->reads.excludes, expect->reads.exclude_count);
	for (int k = 0; k < HN_LIST_COUNT; k++)
		destroy_list(&expect->lists[k]);
	for (size_t i = 0; i < expect->file_count; i++) {
		free(expect->files[i].path);
		free(expect->files[i].contains);
		free(expect->files[i].equals);
		free(expect->files[i].target);
	}
	free(expect->files);
	free(expect->signal.text);
	free(expect->output.text);
	free(expect->error.text);
}

static void destroy_settings(struct hn_settings *s)
{
	free(s->policy_file);
	free(s->policy_text);
	hn_strings_destroy(&s->tags);
	hn_strings_destroy(&s->env);
	hn_strings_destroy(&s->options);
	hn_strings_destroy(&s->requires);
	if (s->control)
		hn_expect_destroy(s->control);
	free(s->control);
}

static void free_case(struct hn_case *c)
{
	free(c->name);
	free(c->id);
	free(c->fixture);
	free(c->setup);
	free(c->run);
	free(c->xfail);
	destroy_settings(&c->own);
	hn_expect_destroy(&c->expect);
	free(c);
}

const struct hn_expect *hn_case_control(const struct hn_case *c)
{
	return c->own.control ? c->own.control : c->suite->common.control;
}

void hn_suite_free(struct hn_suite *suite)
{
	if (!suite)
		return;
	for (size_t i = 0; i < suite->count; i++)
		free_case(suite->cases[i]);
	free(suite->cases);
	free(suite->path);
	free(suite->dir);
	free(suite->name);
	free(suite->fixtures);
	destroy_settings(&suite->common);
	cb_buf_destroy(&suite->complaints);
	free(suite);
}
