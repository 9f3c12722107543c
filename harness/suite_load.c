/* SPDX-License-Identifier: MIT */
/* Reads a suite file: the keys of the suite and of its cases, what is inherited,
 * the files that must exist. All complaints of a file are collected. */
#include "suite_load.h"

#include "base/cleanup.h"
#include "clean.h"
#include "probe.h"
#include "tag.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define CASE_NAME_MAX 200

/* What a key's function writes to. */
struct loading {
	struct hn_suite *suite;
	struct hn_settings *settings; /* the suite's or the case's */
	struct hn_case *c;            /* NULL outside cases */
	size_t item;                  /* of `cases`, the one being read */
	bool from_matrix;
};

/* --- lines and words */

int hn_yaml_line(struct fy_node *node)
{
	struct fy_node *parent = node ? fy_node_get_parent(node) : NULL;
	int line, column;
	struct fy_node_pair *pair;
	void *iter = NULL;

	/* a collection stands where its key does, also when it is empty */
	while (parent && fy_node_is_mapping(parent) && !fy_node_is_scalar(node) &&
	       (pair = fy_node_mapping_iterate(parent, &iter)))
		if (fy_node_pair_value(pair) == node) {
			node = fy_node_pair_key(pair);
			break;
		}
	cb_yaml_position(node, &line, &column);
	return line;
}

bool hn_yaml_bool(struct cb_yaml *y, struct fy_node *node, const char *what)
{
	const char *text = cb_yaml_scalar(y, node, what);

	if (!text || !strcmp(text, "no") || !strcmp(text, "false"))
		return false;
	if (!strcmp(text, "yes") || !strcmp(text, "true"))
		return true;
	cb_yaml_error(y, node, "%s must be yes or no, not '%s'", what, text);
	return false;
}

static void take_string(struct cb_yaml *y, struct fy_node *node, const char *what, char **to)
{
	const char *text = cb_yaml_scalar(y, node, what);

	if (text)
		*to = cb_strdup(text);
}

static bool exists(const char *path, bool directory)
{
	struct stat st;

	return !stat(path, &st) && (directory ? S_ISDIR(st.st_mode) : S_ISREG(st.st_mode));
}

/* dir/a/b if it exists, else dir/../a/b; NULL if neither does. */
static char *find_near(const char *dir, const char *a, const char *b, bool directory)
{
	for (int up = 0; up < 2; up++) {
		CB_AUTO_BUF struct cb_buf path = CB_BUF_INIT;

		cb_buf_addf(&path, "%s%s/%s%s", dir, up ? "/.." : "", a, b);
		if (exists(path.data, directory))
			return realpath(path.data, NULL);
	}
	return NULL;
}

/* --- keys of suites and cases */

static void take_policy(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	struct loading *l = ctx;
	CB_AUTO_BUF struct cb_buf text = CB_BUF_INIT;
	const char *name;

	if (value && fy_node_is_mapping(value)) {
		hn_policy_extract(&text, value);
		l->settings->policy_text = cb_buf_steal(&text);
		return;
	}
	name = cb_yaml_scalar(y, value, "policy");
	if (!name)
		return;
	if (*name == '/')
		l->settings->policy_file = exists(name, false) ? cb_strdup(name) : NULL;
	else
		l->settings->policy_file = find_near(l->suite->dir, name, "", false);
	if (!l->settings->policy_file)
		cb_yaml_error(y, value, "no policy file '%s' beside the suite or in the folder above",
			      name);
}

static void take_timeout(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	struct loading *l = ctx;
	const char *text = cb_yaml_scalar(y, value, "timeout");
	struct cb_error err;

	if (text && hn_parse_duration(text, &l->settings->timeout_ms, &err))
		cb_yaml_error(y, value, "%s", err.message);
}

static void take_tag(struct cb_yaml *y, struct fy_node *item, void *ctx)
{
	struct loading *l = ctx;
	const char *text = cb_yaml_scalar(y, item, "a tag");
	struct cb_error err;

	if (text && hn_tag_check(text, &err))
		cb_yaml_error(y, item, "%s", err.message);
	else if (text)
		hn_strings_add(&l->settings->tags, text);
}

static void take_tags(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	((struct loading *)ctx)->settings->has_tags = true;
	cb_yaml_sequence(y, value, "tags", take_tag, ctx);
}

/* Complains of an unknown ${NAME}. */
static void check_names(struct cb_yaml *y, struct fy_node *at, const char *text)
{
	static const struct hn_vars none = { { NULL } };
	CB_AUTO_BUF struct cb_buf unused = CB_BUF_INIT;
	struct cb_error err;

	if (hn_expand(&unused, text, &none, HN_EXPAND_STRICT, &err))
		cb_yaml_error(y, at, "%s", err.message);
}

static void take_env(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	struct loading *l = ctx;
	struct fy_node_pair *pair;
	struct hn_strings names = { NULL, 0 };
	void *iter = NULL;

	if (!value || !fy_node_is_mapping(value)) {
		cb_yaml_error(y, value, "env must be a mapping of names to values");
		return;
	}
	while ((pair = fy_node_mapping_iterate(value, &iter))) {
		struct fy_node *key = fy_node_pair_key(pair);
		const char *name = cb_yaml_scalar(y, key, "a variable's name");
		const char *text = cb_yaml_text(y, fy_node_pair_value(pair), "a variable's value");

		if (!name || !text)
			continue;
		if (strchr(name, '='))
			cb_yaml_error(y, key, "a variable cannot be called '%s'", name);
		if (hn_strings_have(&names, name))
			cb_yaml_error(y, key, "duplicate key '%s' in env", name);
		check_names(y, fy_node_pair_value(pair), text);
		hn_strings_add(&names, name);
		hn_strings_add(&l->settings->env, name);
		hn_strings_add(&l->settings->env, text);
	}
	hn_strings_destroy(&names);
}

static void take_option(struct cb_yaml *y, struct fy_node *item, void *ctx)
{
	struct loading *l = ctx;
	const char *text = cb_yaml_text(y, item, "an option");

	if (!text)
		return;
	check_names(y, item, text);
	if (!strcmp(text, "--"))
		cb_yaml_error(y, item, "'--' is no option of catbox run");
	hn_strings_add(&l->settings->options, text);
}

static void take_options(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	((struct loading *)ctx)->settings->has_options = true;
	cb_yaml_sequence(y, value, "options", take_option, ctx);
}

static void take_requirement(struct cb_yaml *y, struct fy_node *item, void *ctx)
{
	struct loading *l = ctx;
	const char *text = cb_yaml_scalar(y, item, "a requirement");
	struct cb_error err;

	if (text && hn_probe_check(text, &err))
		cb_yaml_error(y, item, "%s", err.message);
	else if (text)
		hn_strings_add(&l->settings->requires, text);
}

static void take_requires(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	cb_yaml_sequence(y, value, "requires", take_requirement, ctx);
}

static void take_engine(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	static const char *const names[] = { "ptrace", "notify", "both", NULL };
	struct loading *l = ctx;
	const char *text = cb_yaml_scalar(y, value, "engine");

	for (int i = 0; text && names[i]; i++)
		if (!strcmp(names[i], text)) {
			l->settings->engine = cb_strdup(text);
			return;
		}
	if (text)
		cb_yaml_error(y, value, "engine must be ptrace, notify or both, not '%s'", text);
}

static void take_difference(struct cb_yaml *y, struct fy_node *value, const char *what,
			    struct loading *l)
{
	const char *reason = cb_yaml_scalar(y, value, "the reason why an engine differs");

	if (!reason)
		return;
	hn_strings_add(&l->settings->differs, what);
	hn_strings_add(&l->settings->differs, reason);
}

static void take_ptrace_difference(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	take_difference(y, value, "ptrace", ctx);
}

static void take_notify_difference(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	take_difference(y, value, "notify", ctx);
}

static void take_run_difference(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	take_difference(y, value, "runs", ctx);
}

static void take_differs(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	static const struct cb_yaml_key keys[] = {
		{ "ptrace", take_ptrace_difference, false },
		{ "notify", take_notify_difference, false },
		{ "runs", take_run_difference, false },
		{ NULL, NULL, false },
	};

	cb_yaml_mapping(y, value, "differs", keys, ctx);
}

/* --- keys of cases */

/* Reports show the name, and CI systems compare it: it must come through whole. */
static bool is_name(const char *text)
{
	CB_AUTO_BUF struct cb_buf clean = CB_BUF_INIT;

	hn_clean_line(&clean, text, CASE_NAME_MAX);
	return !strcmp(clean.data, text) && *text != ' ' && !strstr(text, "  ") &&
	       text[strlen(text) - 1] != ' ';
}

static void take_case_name(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	struct loading *l = ctx;
	const char *text = cb_yaml_scalar(y, value, "name");

	if (!text)
		return;
	l->c->name = cb_strdup(text);
	l->c->line = hn_yaml_line(value);
	if (!is_name(text))
		cb_yaml_error(y, value, "a name is one line of at most %d bytes, with single spaces "
			      "between words", CASE_NAME_MAX);
	for (size_t i = 0; i < l->suite->count; i++)
		if (l->suite->cases[i] != l->c && l->suite->cases[i]->name &&
		    !strcmp(l->suite->cases[i]->name, text))
			cb_yaml_error(y, value, "duplicate case name '%s', also in line %d", text,
				      l->suite->cases[i]->line);
}

static void take_fixture(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	struct loading *l = ctx;
	const char *text = cb_yaml_scalar(y, value, "fixture");

	if (!text)
		return;
	if (*text == '/' || strstr(text, "..")) {
		cb_yaml_error(y, value, "a fixture is a name below fixtures/, not '%s'", text);
		return;
	}
	l->c->fixture = find_near(l->suite->dir, "fixtures/", text, true);
	if (!l->c->fixture)
		cb_yaml_error(y, value, "no fixture '%s' in fixtures/ or ../fixtures/ beside the "
			      "suite", text);
}

static void take_run(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	take_string(y, value, "run", &((struct loading *)ctx)->c->run);
}

static void take_setup(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	take_string(y, value, "setup", &((struct loading *)ctx)->c->setup);
}

static void take_xfail(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	take_string(y, value, "xfail", &((struct loading *)ctx)->c->xfail);
}

static void take_expect(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	hn_expect_load(y, value, &((struct loading *)ctx)->c->expect);
}

static void take_control(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	struct loading *l = ctx;

	l->settings->control = cb_calloc(1, sizeof *l->settings->control);
	hn_control_load(y, value, l->settings->control);
}

/* It has been read before the other keys, which its words stand in. */
static void take_matrix(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	(void)y, (void)value, (void)ctx;
}

/* What needs more than one key to be judged. */
static void check_case(struct cb_yaml *y, struct fy_node *node, struct hn_case *c,
		       bool fixture_given)
{
	CB_AUTO_BUF struct cb_buf script = CB_BUF_INIT;

	if (!c->line)
		c->line = hn_yaml_line(node);
	if (c->run)
		return;
	if (c->fixture) {
		cb_buf_addf(&script, "%s/build.sh", c->fixture);
		if (!exists(script.data, false))
			cb_yaml_error(y, node, "the fixture has no build.sh and the case no 'run'");
		c->run = cb_strdup("sh build.sh");
	} else if (!fixture_given) {
		cb_yaml_error(y, node, "a case needs a 'fixture' or a 'run'");
	}
}

const struct cb_yaml_key hn_case_keys[] = {
	{ "name", take_case_name, true },    { "fixture", take_fixture, false },
	{ "run", take_run, false },          { "expect", take_expect, true },
	{ "xfail", take_xfail, false },      { "policy", take_policy, false },
	{ "timeout", take_timeout, false },  { "tags", take_tags, false },
	{ "env", take_env, false },          { "options", take_options, false },
	{ "requires", take_requires, false }, { "control", take_control, false },
	{ "matrix", take_matrix, false },    { "setup", take_setup, false },
	{ "engine", take_engine, false },    { "differs", take_differs, false },
	{ NULL, NULL, false },
};

static void load_cell(struct cb_yaml *y, struct fy_node *item, void *ctx)
{
	struct loading *outer = ctx, l = *outer;
	struct hn_suite *suite = l.suite;

	l.c = cb_calloc(1, sizeof *l.c);
	l.settings = &l.c->own;
	l.c->suite = suite;
	l.c->item = l.item;
	l.c->from_matrix = l.from_matrix;
	l.c->expect.exit = -1;
	suite->cases = cb_realloc(suite->cases, (suite->count + 1) * sizeof(struct hn_case *));
	suite->cases[suite->count++] = l.c;
	cb_yaml_mapping(y, item, "a case", hn_case_keys, &l);
	if (item && fy_node_is_mapping(item))
		check_case(y, item, l.c, fy_node_mapping_lookup_by_string(item, "fixture", FY_NT));
}

static struct fy_node *value_of(struct fy_node *item, const char *key)
{
	return item && fy_node_is_mapping(item) ?
		fy_node_mapping_lookup_by_string(item, key, FY_NT) : NULL;
}

/* One case for each cell of its matrix; after a mistake no more of them, or each
 * would be told again. */
static void load_case(struct cb_yaml *y, struct fy_node *item, void *ctx)
{
	struct loading *l = ctx;
	struct hn_matrix m;
	int errors = y->errors;

	hn_matrix_load(y, value_of(item, "matrix"), &m);
	hn_matrix_check_name(y, value_of(item, "name"), &m);
	l->from_matrix = value_of(item, "matrix") != NULL;
	for (size_t cell = 0; cell < m.cells && (!cell || y->errors == errors); cell++) {
		CB_AUTO_FREE struct cb_yaml_word *words = hn_matrix_words(&m, cell);

		y->words = words;
		load_cell(y, item, ctx);
		y->words = NULL;
	}
	hn_matrix_destroy(&m);
	l->item++;
}

/* --- the suite */

static void take_suite_name(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	struct loading *l = ctx;
	const char *text = cb_yaml_scalar(y, value, "suite");
	size_t len = text ? strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789_-") : 0;

	if (!text)
		return;
	if (text[len]) {
		cb_yaml_error(y, value, "a suite's name has only letters, digits, '-' and '_', not "
			      "'%s'", text);
		return;
	}
	free(l->suite->name);
	l->suite->name = cb_strdup(text);
}

static void take_cases(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	cb_yaml_sequence(y, value, "cases", load_case, ctx);
	if (value && fy_node_is_sequence(value) && fy_node_sequence_is_empty(value))
		cb_yaml_error(y, value, "a suite needs at least one case");
}

/* A case's keys win; env is merged by name (the later one counts), what the
 * suite requires is required of all. */
static void inherit(struct hn_suite *suite, struct hn_case *c)
{
	const struct hn_settings *from = &suite->common;
	struct hn_settings *to = &c->own;
	struct hn_strings env = { NULL, 0 }, needs = { NULL, 0 };

	if (!to->policy_file && !to->policy_text) {
		to->policy_file = from->policy_file ? cb_strdup(from->policy_file) : NULL;
		to->policy_text = from->policy_text ? cb_strdup(from->policy_text) : NULL;
	}
	if (!to->timeout_ms)
		to->timeout_ms = from->timeout_ms;
	if (!to->has_tags)
		hn_strings_add_all(&to->tags, &from->tags);
	if (!to->engine && from->engine)
		to->engine = cb_strdup(from->engine);
	if (!to->differs.count)
		hn_strings_add_all(&to->differs, &from->differs);
	if (!to->has_options)
		hn_strings_add_all(&to->options, &from->options);
	hn_strings_add_all(&env, &from->env);
	hn_strings_add_all(&env, &to->env);
	hn_strings_destroy(&to->env);
	to->env = env;
	hn_strings_add_all(&needs, &from->requires);
	hn_strings_add_all(&needs, &to->requires);
	hn_strings_destroy(&to->requires);
	to->requires = needs;
}

static void finish_case(struct hn_suite *suite, struct hn_case *c)
{
	CB_AUTO_BUF struct cb_buf id = CB_BUF_INIT;

	cb_buf_addf(&id, "%s/%s", suite->name, c->name ? c->name : "");
	c->id = cb_buf_steal(&id);
	inherit(suite, c);
}

/* Where the suite is, and what it is called until it says so itself. */
static void set_places(struct hn_suite *suite, const char *path)
{
	CB_AUTO_FREE char *full = realpath(path, NULL);
	CB_AUTO_BUF struct cb_buf near = CB_BUF_INIT;
	const char *base = strrchr(path, '/');
	const char *dot;

	base = base ? base + 1 : path;
	dot = strrchr(base, '.');
	suite->path = cb_strdup(path);
	suite->name = dot && dot > base ? cb_strndup(base, (size_t)(dot - base)) : cb_strdup(base);
	if (full && strrchr(full, '/'))
		*strrchr(full, '/') = '\0';
	suite->dir = cb_strdup(full ? full : ".");
	suite->fixtures = find_near(suite->dir, "fixtures", "", true);
	if (suite->fixtures)
		return;
	cb_buf_addf(&near, "%s/fixtures", suite->dir);
	suite->fixtures = cb_buf_steal(&near);
}

const struct cb_yaml_key hn_suite_keys[] = {
	{ "suite", take_suite_name, true },  { "cases", take_cases, true },
	{ "policy", take_policy, false },    { "timeout", take_timeout, false },
	{ "tags", take_tags, false },        { "env", take_env, false },
	{ "options", take_options, false },  { "requires", take_requires, false },
	{ "control", take_control, false },  { "engine", take_engine, false },
	{ "differs", take_differs, false },  { NULL, NULL, false },
};

/* Reads what has been parsed. */
static void read_suite(struct hn_suite *suite, struct cb_yaml *y)
{
	struct loading l = { .suite = suite, .settings = &suite->common };

	if (y->doc)
		cb_yaml_mapping(y, fy_document_root(y->doc), "a suite", hn_suite_keys, &l);
	cb_buf_adds(&suite->complaints, y->complaints.data ? y->complaints.data : "");
	suite->errors += y->errors;
	for (size_t i = 0; i < suite->count; i++)
		finish_case(suite, suite->cases[i]);
}

struct hn_suite *hn_suite_load(const char *path)
{
	struct hn_suite *suite = cb_calloc(1, sizeof *suite);
	struct cb_yaml y = CB_YAML_INIT;
	struct cb_error err;

	set_places(suite, path);
	if (cb_yaml_load(&y, path, &err))
		hn_suite_complain(suite, 1, "%s", err.message);
	else
		read_suite(suite, &y);
	cb_yaml_destroy(&y);
	return suite;
}

struct hn_suite *hn_suite_parse(const char *path, const char *text, size_t len)
{
	struct hn_suite *suite = cb_calloc(1, sizeof *suite);
	struct cb_yaml y = CB_YAML_INIT;

	set_places(suite, path);
	cb_yaml_parse(&y, path, text, len);
	read_suite(suite, &y);
	cb_yaml_destroy(&y);
	return suite;
}
