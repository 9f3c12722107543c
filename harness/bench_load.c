/* SPDX-License-Identifier: MIT */
/* Reads files of workloads. All complaints of a file are collected. */
#include "bench.h"

#include "base/cleanup.h"
#include "perf.h"
#include "probe.h"
#include "suite_load.h"

#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DEFAULT_PAIRS 12
#define DEFAULT_PEER_PAIRS HN_RATIO_PAIRS_MIN
#define DEFAULT_TIMEOUT_MS 120000
#define DEFAULT_SETUP_TIMEOUT_MS 600000
#define NAME_MAX_LEN 60
#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-"

struct loading {
	struct hn_benches *all;   /* names must be new to these */
	struct hn_benches loaded; /* of this file */
	struct hn_bench *bench;   /* being read */
	const char *path;
	char *dir;                /* of the file; owned */
	char *fixtures;           /* directory; owned */
};

static void bench_free(struct hn_bench *b)
{
	free(b->name);
	free(b->path);
	free(b->what);
	free(b->fixture);
	free(b->fixtures);
	free(b->setup);
	free(b->run);
	hn_strings_destroy(&b->requires);
	hn_strings_destroy(&b->options);
	free(b);
}

void hn_benches_destroy(struct hn_benches *benches)
{
	for (size_t i = 0; i < benches->count; i++)
		bench_free(benches->items[i]);
	free(benches->items);
	cb_buf_destroy(&benches->complaints);
	*benches = (struct hn_benches){ .items = NULL };
}

static void append(struct hn_benches *to, struct hn_bench *b)
{
	to->items = cb_realloc(to->items, (to->count + 1) * sizeof(struct hn_bench *));
	to->items[to->count++] = b;
}

static bool is_known(const struct hn_benches *benches, const char *name)
{
	for (size_t i = 0; i < benches->count; i++)
		if (benches->items[i]->name && !strcmp(benches->items[i]->name, name))
			return true;
	return false;
}

/* --- keys */

static void take_text(struct cb_yaml *y, struct fy_node *value, const char *what, char **to)
{
	const char *text = cb_yaml_scalar(y, value, what);

	if (text && !*to)
		*to = cb_strdup(text);
}

static void take_name(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	struct loading *l = ctx;
	const char *text = cb_yaml_scalar(y, value, "name");

	if (!text)
		return;
	if (text[strspn(text, NAME_CHARACTERS)] || strlen(text) > NAME_MAX_LEN)
		cb_yaml_error(y, value, "a workload's name has only letters, digits and ._+- (at most "
			      "%d), not '%s'", NAME_MAX_LEN, text);
	else if (is_known(l->all, text) || is_known(&l->loaded, text))
		cb_yaml_error(y, value, "there is another workload '%s'", text);
	else
		l->bench->name = cb_strdup(text);
	l->bench->line = hn_yaml_line(value);
}

static void take_what(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	take_text(y, value, "what", &((struct loading *)ctx)->bench->what);
}

static void take_setup(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	take_text(y, value, "setup", &((struct loading *)ctx)->bench->setup);
}

static void take_run(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	take_text(y, value, "run", &((struct loading *)ctx)->bench->run);
}

static void take_fixture(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	struct loading *l = ctx;
	const char *name = cb_yaml_scalar(y, value, "fixture");
	CB_AUTO_BUF struct cb_buf path = CB_BUF_INIT;
	struct stat st;

	if (!name)
		return;
	cb_buf_addf(&path, "%s/%s", l->fixtures, name);
	if (stat(path.data, &st) || !S_ISDIR(st.st_mode))
		cb_yaml_error(y, value, "no fixture '%s' in %s", name, l->fixtures);
	else
		l->bench->fixture = cb_buf_steal(&path);
}

static void take_duration(struct cb_yaml *y, struct fy_node *value, const char *what, long long *ms)
{
	const char *text = cb_yaml_scalar(y, value, what);
	struct cb_error err;

	if (text && hn_parse_duration(text, ms, &err))
		cb_yaml_error(y, value, "%s", err.message);
}

static void take_timeout(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	take_duration(y, value, "timeout", &((struct loading *)ctx)->bench->timeout_ms);
}

static void take_setup_timeout(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	take_duration(y, value, "setup-timeout", &((struct loading *)ctx)->bench->setup_timeout_ms);
}

static void take_number(struct cb_yaml *y, struct fy_node *value, const char *what, long long *to)
{
	const char *text = cb_yaml_scalar(y, value, what);

	if (text && !hn_parse_number(text, 1, HN_RATIO_PAIRS_MAX, to))
		cb_yaml_error(y, value, "%s must be in 1..%d, not '%s'", what, HN_RATIO_PAIRS_MAX, text);
}

static void take_pairs(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	take_number(y, value, "pairs", &((struct loading *)ctx)->bench->pairs);
}

static void take_peer_pairs(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	take_number(y, value, "peer-pairs", &((struct loading *)ctx)->bench->peer_pairs);
}

static void take_tolerance(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	struct loading *l = ctx;
	const char *text = cb_yaml_scalar(y, value, "tolerance");
	char *end = NULL;
	double percent = text ? strtod(text, &end) : 0;

	if (text && (end == text || strcmp(end, "%") != 0 || !(percent > 0) || percent > 100))
		cb_yaml_error(y, value, "tolerance must be like 5%%, not '%s'", text);
	else if (text)
		l->bench->tolerance = percent / 100;
}

static void take_large(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	((struct loading *)ctx)->bench->large = hn_yaml_bool(y, value, "large");
}

static void take_instructions(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	((struct loading *)ctx)->bench->instructions = hn_yaml_bool(y, value, "instructions");
}

static void take_one_processor(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	((struct loading *)ctx)->bench->one_processor = hn_yaml_bool(y, value, "one-processor");
}

static void take_requirement(struct cb_yaml *y, struct fy_node *item, void *ctx)
{
	struct loading *l = ctx;
	const char *text = cb_yaml_scalar(y, item, "a requirement");
	struct cb_error err;

	if (!text)
		return;
	if (hn_probe_check(text, &err))
		cb_yaml_error(y, item, "%s", err.message);
	else
		hn_strings_add(&l->bench->requires, text);
}

static void take_requires(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	cb_yaml_sequence(y, value, "requires", take_requirement, ctx);
}

static void take_option(struct cb_yaml *y, struct fy_node *item, void *ctx)
{
	const char *text = cb_yaml_scalar(y, item, "an option");

	if (text)
		hn_strings_add(&((struct loading *)ctx)->bench->options, text);
}

static void take_options(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	cb_yaml_sequence(y, value, "options", take_option, ctx);
}

/* --- lists of tools: what is named, and nothing else of that kind */

static void clear_tools(struct hn_bench *b, enum hn_tool_kind kind)
{
	for (int i = 0; i < HN_TOOL_COUNT; i++)
		if (hn_tools[i].kind == kind)
			b->tools[i] = false;
}

static void take_tool(struct cb_yaml *y, struct fy_node *item, struct hn_bench *b,
		      enum hn_tool_kind kind, const char *what)
{
	const char *names[HN_TOOL_COUNT + 1] = { NULL };
	const char *text = cb_yaml_scalar(y, item, what), *guess;
	enum hn_tool tool;
	size_t n = 0;

	if (!text)
		return;
	tool = hn_tool_find(kind, text);
	if (tool < HN_TOOL_COUNT) {
		b->tools[tool] = true;
		return;
	}
	for (int i = 0; i < HN_TOOL_COUNT; i++)
		if (hn_tools[i].kind == kind)
			names[n++] = hn_tools[i].name;
	guess = cb_suggest(text, names);
	cb_yaml_error(y, item, "'%s' is no %s%s%s%s", text, what, guess ? ", did you mean '" : "",
		      guess ? guess : "", guess ? "'?" : "");
}

static void take_engine(struct cb_yaml *y, struct fy_node *item, void *ctx)
{
	take_tool(y, item, ((struct loading *)ctx)->bench, HN_TOOL_KIND_ENGINE, "engine");
}

static void take_peer(struct cb_yaml *y, struct fy_node *item, void *ctx)
{
	take_tool(y, item, ((struct loading *)ctx)->bench, HN_TOOL_KIND_PEER, "peer");
}

static void take_engines(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	struct loading *l = ctx;

	clear_tools(l->bench, HN_TOOL_KIND_ENGINE);
	cb_yaml_sequence(y, value, "engines", take_engine, ctx);
	if (value && fy_node_is_sequence(value) && fy_node_sequence_is_empty(value))
		cb_yaml_error(y, value, "a workload needs at least one engine");
}

static void take_peers(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	clear_tools(((struct loading *)ctx)->bench, HN_TOOL_KIND_PEER);
	cb_yaml_sequence(y, value, "peers", take_peer, ctx);
}

static void take_matrix(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	(void)y; /* it was read before the rest */
	(void)value;
	(void)ctx;
}

/* --- workloads */

static struct hn_bench *bench_new(const struct loading *l)
{
	struct hn_bench *b = cb_calloc(1, sizeof *b);

	b->path = cb_strdup(l->path);
	b->fixtures = cb_strdup(l->fixtures);
	b->timeout_ms = DEFAULT_TIMEOUT_MS;
	b->setup_timeout_ms = DEFAULT_SETUP_TIMEOUT_MS;
	b->pairs = DEFAULT_PAIRS;
	b->peer_pairs = DEFAULT_PEER_PAIRS;
	b->tolerance = HN_TOLERANCE;
	for (int i = 0; i < HN_TOOL_COUNT; i++)
		b->tools[i] = true;
	return b;
}

static void load_cell(struct cb_yaml *y, struct fy_node *item, struct loading *l)
{
	static const struct cb_yaml_key keys[] = {
		{ "name", take_name, true },       { "what", take_what, false },
		{ "fixture", take_fixture, false }, { "setup", take_setup, false },
		{ "run", take_run, true },         { "timeout", take_timeout, false },
		{ "setup-timeout", take_setup_timeout, false },
		{ "pairs", take_pairs, false },    { "peer-pairs", take_peer_pairs, false },
		{ "tolerance", take_tolerance, false }, { "requires", take_requires, false },
		{ "options", take_options, false }, { "engines", take_engines, false },
		{ "peers", take_peers, false },    { "large", take_large, false },
		{ "one-processor", take_one_processor, false },
		{ "instructions", take_instructions, false }, { "matrix", take_matrix, false },
		{ NULL, NULL, false },
	};

	l->bench = bench_new(l);
	append(&l->loaded, l->bench);
	cb_yaml_mapping(y, item, "a workload", keys, l);
}

static struct fy_node *value_of(struct fy_node *item, const char *key)
{
	return item && fy_node_is_mapping(item) ?
		fy_node_mapping_lookup_by_string(item, key, FY_NT) : NULL;
}

/* One workload for each cell of its matrix. */
static void load_item(struct cb_yaml *y, struct fy_node *item, void *ctx)
{
	struct hn_matrix m;
	int errors = y->errors;

	hn_matrix_load(y, value_of(item, "matrix"), &m);
	hn_matrix_check_name(y, value_of(item, "name"), &m);
	for (size_t cell = 0; cell < m.cells && (!cell || y->errors == errors); cell++) {
		CB_AUTO_FREE struct cb_yaml_word *words = hn_matrix_words(&m, cell);

		y->words = words;
		load_cell(y, item, ctx);
		y->words = NULL;
	}
	hn_matrix_destroy(&m);
}

static void take_benches(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	cb_yaml_sequence(y, value, "benches", load_item, ctx);
}

/* --- files */

/* fixtures/ beside the file or up to two folders above. */
static char *find_fixtures(const char *dir)
{
	static const char *const up[] = { "", "/..", "/../.." };
	CB_AUTO_BUF struct cb_buf path = CB_BUF_INIT;
	struct stat st;

	for (size_t i = 0; i < sizeof up / sizeof *up; i++) {
		cb_buf_clear(&path);
		cb_buf_addf(&path, "%s%s/fixtures", dir, up[i]);
		if (!stat(path.data, &st) && S_ISDIR(st.st_mode))
			return realpath(path.data, NULL);
	}
	return cb_buf_steal(&path);
}

static char *directory_of(const char *path)
{
	char *full = realpath(path, NULL), *slash = full ? strrchr(full, '/') : NULL;

	if (slash)
		*slash = '\0';
	return full ? full : cb_strdup(".");
}

void hn_bench_load(struct hn_benches *benches, const char *path)
{
	static const struct cb_yaml_key keys[] = {
		{ "benches", take_benches, true },
		{ NULL, NULL, false },
	};
	struct loading l = { .all = benches, .path = path, .dir = directory_of(path) };
	struct cb_yaml y = CB_YAML_INIT;
	struct cb_error err;
	bool read;

	l.fixtures = find_fixtures(l.dir);
	read = !cb_yaml_load(&y, path, &err);
	if (!read)
		cb_buf_addf(&benches->complaints, "%s:1:1: error: %s\n", path, err.message);
	else if (y.doc)
		cb_yaml_mapping(&y, fy_document_root(y.doc), "a file of workloads", keys, &l);
	if (y.complaints.len)
		cb_buf_adds(&benches->complaints, y.complaints.data);
	if (!read || y.errors) {
		benches->errors++;
	} else {
		for (size_t i = 0; i < l.loaded.count; i++)
			append(benches, l.loaded.items[i]);
		l.loaded.count = 0;
	}
	hn_benches_destroy(&l.loaded);
	cb_yaml_destroy(&y);
	free(l.dir);
	free(l.fixtures);
}

static void load_named(struct hn_benches *benches, const char *name)
{
	CB_AUTO_BUF struct cb_buf path = CB_BUF_INIT;

	cb_buf_addf(&path, "suites/bench/%s.yaml", name);
	hn_bench_load(benches, access(name, F_OK) && !strchr(name, '/') &&
		      !access(path.data, F_OK) ? path.data : name);
}

int hn_bench_load_named(struct hn_benches *benches, char *const names[], int count,
			struct cb_error *err)
{
	glob_t found;
	int rc;

	for (int i = 0; i < count; i++)
		load_named(benches, names[i]);
	if (count)
		return 0;
	rc = glob("suites/bench/*.yaml", 0, NULL, &found);
	if (rc == GLOB_NOMATCH)
		return cb_error(err, ENOENT, "there are no suites/bench/*.yaml here");
	if (rc)
		return cb_error(err, EIO, "cannot list suites/bench/");
	for (size_t i = 0; i < found.gl_pathc; i++)
		hn_bench_load(benches, found.gl_pathv[i]);
	globfree(&found);
	return 0;
}
