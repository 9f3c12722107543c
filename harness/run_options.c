/* SPDX-License-Identifier: MIT */
/* Reads the options of `run`: those that are only a string or a switch by a
 * table, the others by a function each. */
#include "run_options.h"

#include "base/cleanup.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

static long long processors(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof set, &set) ? 1 : CPU_COUNT(&set);
}

/* --- options with a form of their own */

/* The place of `text` among the words, or a complaint. */
static int choose(const char *option, const char *text, const char *const *words,
		  struct cb_error *err)
{
	CB_AUTO_BUF struct cb_buf all = CB_BUF_INIT;

	for (int i = 0; words[i]; i++) {
		if (!strcmp(words[i], text))
			return i;
		cb_buf_addf(&all, "%s%s", i ? ", " : "", words[i]);
	}
	return cb_error(err, EINVAL, "%s must be one of %s, not '%s'", option, all.data, text);
}

static int set_number(const char *option, const char *text, long long low, long long high,
		      long long *to, struct cb_error *err)
{
	if (hn_parse_number(text, low, high, to))
		return 0;
	return cb_error(err, EINVAL, "%s must be in %lld..%lld, not '%s'", option, low, high, text);
}

static int set_jobs(struct hn_run_options *o, const char *text, struct cb_error *err)
{
	return set_number("-j", text, 1, 1000, &o->jobs, err);
}

static int set_max_failures(struct hn_run_options *o, const char *text, struct cb_error *err)
{
	return set_number("--max-failures", text, 1, 1000000, &o->max_failures, err);
}

static int set_retries(struct hn_run_options *o, const char *text, struct cb_error *err)
{
	return set_number("--retries", text, 0, 100, &o->retries, err);
}

static int set_shard(struct hn_run_options *o, const char *text, struct cb_error *err)
{
	return hn_selection_set_shard(&o->selection, text, err);
}

static int set_keep(struct hn_run_options *o, const char *text, struct cb_error *err)
{
	static const char *const words[] = { "failed", "always", "never", NULL };
	int which = choose("--keep", text, words, err);

	if (which >= 0)
		o->setup.keep = which;
	return which < 0 ? which : 0;
}

static int set_order(struct hn_run_options *o, const char *text, struct cb_error *err)
{
	static const char *const words[] = { "file", "random", NULL };
	int which = choose("--order", text, words, err);

	o->random = which == 1;
	return which < 0 ? which : 0;
}

static int set_seed(struct hn_run_options *o, const char *text, struct cb_error *err)
{
	char *end;

	errno = 0;
	o->seed = strtoull(text, &end, 10);
	o->seeded = true;
	if (errno || end == text || *end || *text == '-')
		return cb_error(err, EINVAL, "--seed must be a number, not '%s'", text);
	return 0;
}

static int set_engine(struct hn_run_options *o, const char *text, struct cb_error *err)
{
	static const char *const words[] = { "ptrace", "notify", "both", NULL };
	int which = choose("--engine", text, words, err);

	if (which >= 0)
		o->engine = words[which];
	return which < 0 ? which : 0;
}

static int set_factor(struct hn_run_options *o, const char *text, struct cb_error *err)
{
	char *end;

	o->setup.timeout_factor = strtod(text, &end);
	if (end == text || *end || !isfinite(o->setup.timeout_factor) ||
	    o->setup.timeout_factor <= 0 || o->setup.timeout_factor > 1000)
		return cb_error(err, EINVAL, "--timeout-factor must be a number above 0, not '%s'",
				text);
	return 0;
}

/* --- the table */

struct row {
	const char *name;
	int (*set)(struct hn_run_options *, const char *, struct cb_error *);
	size_t text;   /* or where its value goes, a const char * */
	size_t flag;   /* or a bool that it sets */
};

#define TEXT(name, field) { name, NULL, offsetof(struct hn_run_options, field), 0 }
#define FLAG(name, field) { name, NULL, 0, offsetof(struct hn_run_options, field) }

static const struct row rows[] = {
	{ "jobs", set_jobs, 0, 0 },
	{ "max-failures", set_max_failures, 0, 0 },
	{ "retries", set_retries, 0, 0 },
	{ "shard", set_shard, 0, 0 },
	{ "keep", set_keep, 0, 0 },
	{ "order", set_order, 0, 0 },
	{ "seed", set_seed, 0, 0 },
	{ "engine", set_engine, 0, 0 },
	{ "timeout-factor", set_factor, 0, 0 },
	/* the selection comes first in the struct: its first field is no 0 here */
	TEXT("filter", selection.filter),
	TEXT("tag", selection.tag),
	TEXT("junit", junit),
	TEXT("tap", tap),
	TEXT("json", json),
	TEXT("html", html),
	FLAG("junit-ext", extended),
	FLAG("github", github),
	FLAG("failed", failed),
	FLAG("accept", accept),
	FLAG("dry-run", dry_run),
};

#define ROWS (sizeof rows / sizeof *rows)

static int set_option(struct hn_run_options *o, const struct row *row, const char *value,
		      struct cb_error *err)
{
	if (row->set)
		return row->set(o, value, err);
	if (row->flag)
		*(bool *)((char *)o + row->flag) = true;
	else
		*(const char **)((char *)o + row->text) = value;
	return 0;
}

static int parse(struct hn_run_options *o, int argc, char *argv[], struct cb_error *err)
{
	struct option options[ROWS + 1] = { { NULL, 0, NULL, 0 } };
	int opt, index, rc = 0;

	for (size_t i = 0; i < ROWS; i++)
		options[i] = (struct option){
			rows[i].name, rows[i].flag ? no_argument : required_argument, NULL, 256,
		};
	optind = 1;
	opterr = 0;
	while (!rc && (opt = getopt_long(argc, argv, ":j:", options, &index)) != -1) {
		if (opt == ':')
			rc = cb_error(err, EINVAL, "no value for option '%s'", argv[optind - 1]);
		else if (opt == '?')
			rc = cb_error(err, EINVAL, "unknown option '%s'", argv[optind - 1]);
		else
			rc = set_option(o, &rows[opt == 'j' ? 0 : index], optarg, err);
	}
	o->names = argv + optind;
	o->name_count = argc - optind;
	return rc;
}

/* --- all of it */

/* What Bazel says in the environment, where no option says otherwise. */
static int from_environment(struct hn_run_options *o, struct cb_error *err)
{
	const char *shards = getenv("TEST_TOTAL_SHARDS"), *index = getenv("TEST_SHARD_INDEX");
	const char *xml = getenv("XML_OUTPUT_FILE");

	o->junit = xml && *xml ? xml : "reports/junit.xml";
	if (!shards || !*shards || !index)
		return 0;
	if (!hn_parse_number(shards, 1, 100000, &o->selection.shards) ||
	    !hn_parse_number(index, 0, o->selection.shards - 1, &o->selection.shard))
		return cb_error(err, EINVAL, "TEST_TOTAL_SHARDS '%s' and TEST_SHARD_INDEX '%s' "
				"make no shard", shards, index);
	o->selection.shard++;
	return 0;
}

/* What is wrong only together. */
static int check(const struct hn_run_options *o, struct cb_error *err)
{
	const char *const files[] = { o->junit, o->tap, o->html, o->json };
	const char *ci = getenv("CI");

	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		if (files[i] && !*files[i])
			return cb_error(err, EINVAL, "the name of a report is empty");
		for (size_t k = 0; files[i] && k < i; k++)
			if (files[k] && !strcmp(files[i], files[k]))
				return cb_error(err, EINVAL, "two reports cannot both be '%s'",
						files[i]);
	}
	if (o->seeded && !o->random)
		return cb_error(err, EINVAL, "--seed says nothing without --order random");
	if (o->dry_run && !o->accept)
		return cb_error(err, EINVAL, "--dry-run belongs to --accept");
	if (o->accept && o->engine && !strcmp(o->engine, "both"))
		return cb_error(err, EINVAL, "--accept does not go with --engine both: a suite says one "
				"thing");
	if (o->accept && ci && *ci)
		return cb_error(err, EINVAL, "--accept does not go with CI: what a suite expects is "
				"for people to change");
	return 0;
}

int hn_run_options_parse(struct hn_run_options *o, int argc, char *argv[], struct cb_error *err)
{
	int rc;

	*o = (struct hn_run_options){ .setup = { .timeout_factor = 1 }, .jobs = processors() };
	rc = from_environment(o, err);
	if (!rc)
		rc = parse(o, argc, argv, err);
	if (!rc)
		rc = check(o, err);
	if (!rc && o->random && !o->seeded &&
	    getrandom(&o->seed, sizeof o->seed, GRND_NONBLOCK) != sizeof o->seed)
		o->seed = (unsigned long long)time(NULL);
	if (!o->seeded)
		o->seed &= 0xffffffff; /* short enough to be typed */
	return rc ? rc : hn_selection_check(&o->selection, err);
}
