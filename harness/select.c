/* SPDX-License-Identifier: MIT */
/* Loads suites and applies --filter, --tag and --shard. */
#include "select.h"

#include "base/cleanup.h"
#include "pattern.h"
#include "tag.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct hn_vars no_vars = { { NULL } };

int hn_selection_set_shard(struct hn_selection *s, const char *text, struct cb_error *err)
{
	const char *slash = strchr(text, '/');
	CB_AUTO_FREE char *first = slash ? cb_strndup(text, (size_t)(slash - text)) : NULL;

	if (!slash || !hn_parse_number(slash + 1, 1, 100000, &s->shards) ||
	    !hn_parse_number(first, 1, s->shards, &s->shard))
		return cb_error(err, EINVAL, "--shard must be I/N with 1 <= I <= N, not '%s'",
				text);
	return 0;
}

/* The filter as a pattern; its text is always a regex. */
static int make_filter(struct hn_pattern *p, const char *filter, struct cb_error *err)
{
	CB_AUTO_BUF struct cb_buf regex = CB_BUF_INIT;

	cb_buf_addf(&regex, "~%s", filter);
	return hn_pattern_init(p, regex.data, false, &no_vars, err);
}

int hn_selection_check(const struct hn_selection *s, struct cb_error *err)
{
	static const struct hn_strings none = { NULL, 0 };
	struct hn_pattern p = { HN_PATTERN_EXACT, NULL, NULL };
	int rc = s->filter ? make_filter(&p, s->filter, err) : 0;

	hn_pattern_destroy(&p);
	if (!rc && s->tag)
		rc = hn_tag_eval(s->tag, &none, err);
	return rc < 0 ? rc : 0;
}

static void add_suite(struct hn_chosen *chosen, struct hn_suite *suite)
{
	for (size_t i = 0; i < chosen->suite_count; i++)
		if (!strcmp(chosen->suites[i]->name, suite->name))
			hn_suite_complain(suite, 1, "the suite's name '%s' is that of %s",
					  suite->name, chosen->suites[i]->path);
	chosen->suites = cb_realloc(chosen->suites,
				    (chosen->suite_count + 1) * sizeof(struct hn_suite *));
	chosen->suites[chosen->suite_count++] = suite;
	chosen->errors += suite->errors > 0;
}

static void load_named(struct hn_chosen *chosen, const char *name)
{
	CB_AUTO_BUF struct cb_buf path = CB_BUF_INIT;

	cb_buf_addf(&path, "suites/%s.yaml", name);
	add_suite(chosen, hn_suite_load(access(name, F_OK) && !strchr(name, '/') &&
					!access(path.data, F_OK) ? path.data : name));
}

static bool ends_with(const char *s, const char *end)
{
	size_t len = strlen(s), own = strlen(end);

	return len >= own && !strcmp(s + len - own, end);
}

static int load_all(struct hn_chosen *chosen, struct cb_error *err)
{
	glob_t found;
	int rc = glob("suites/*.yaml", 0, NULL, &found);

	if (rc == GLOB_NOMATCH)
		return 0;
	if (rc)
		return cb_error(err, EIO, "cannot list suites/");
	for (size_t i = 0; i < found.gl_pathc; i++)
		if (!ends_with(found.gl_pathv[i], ".baseline.yaml"))
			add_suite(chosen, hn_suite_load(found.gl_pathv[i]));
	globfree(&found);
	return 0;
}

static bool passes(const struct hn_selection *s, const struct hn_pattern *filter,
		   const struct hn_case *c)
{
	return (!s->only || hn_strings_have(s->only, c->id)) &&
	       (!s->filter || hn_pattern_match(filter, c->id, strlen(c->id))) &&
	       (!s->tag || hn_tag_eval(s->tag, &c->own.tags, NULL) == 1);
}

static void choose_cases(struct hn_chosen *chosen, const struct hn_selection *s,
			 const struct hn_pattern *filter, const struct hn_suite *suite)
{
	for (size_t i = 0; i < suite->count; i++) {
		struct hn_case *c = suite->cases[i];

		if (!passes(s, filter, c))
			continue;
		chosen->before_shard++;
		if (s->shards && hn_hash(c->id) % (uint64_t)s->shards != (uint64_t)s->shard - 1)
			continue;
		chosen->cases = cb_realloc(chosen->cases,
					   (chosen->count + 1) * sizeof(struct hn_case *));
		chosen->cases[chosen->count++] = c;
	}
}

int hn_choose(struct hn_chosen *chosen, const struct hn_selection *s, char *const names[],
	      int count, struct cb_error *err)
{
	struct hn_pattern filter = { HN_PATTERN_EXACT, NULL, NULL };
	int rc = 0;

	*chosen = (struct hn_chosen){ 0 };
	if (s->filter)
		rc = make_filter(&filter, s->filter, err);
	for (int i = 0; i < count && !rc; i++)
		load_named(chosen, names[i]);
	if (!count && !rc)
		rc = load_all(chosen, err);
	for (size_t i = 0; i < chosen->suite_count && !rc; i++)
		if (!chosen->suites[i]->errors)
			choose_cases(chosen, s, &filter, chosen->suites[i]);
	hn_pattern_destroy(&filter);
	return rc;
}

void hn_chosen_destroy(struct hn_chosen *chosen)
{
	for (size_t i = 0; i < chosen->suite_count; i++)
		hn_suite_free(chosen->suites[i]);
	free(chosen->suites);
	free(chosen->cases);
	*chosen = (struct hn_chosen){ 0 };
}
