/* SPDX-License-Identifier: MIT */
/* The rounds of a workload. */
#include "bench_measure.h"

#include "base/cleanup.h"
#include "bench_once.h"
#include "probe.h"
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <sched.h>
#include <string.h>

#define SKIP_STATUS 77        /* of a setup: cannot be had here */
#define PROGRESS_LINE_MS 30000 /* between lines that stay */
#define VALGRIND "/usr/bin/valgrind.bin" /* the script around it changes the environment */
#define VALGRIND_TIMES 20     /* as long as a run may take, it may take there */
#define VALGRIND_RUNS 3       /* the least counts: what a busy machine adds is no code of ours */

/* One workload being measured. */
struct measuring {
	struct hn_bench_plan *plan;
	const struct hn_bench *bench;
	struct hn_measured *m;
	struct hn_once seed;    /* its work directory is what runs start from */
	const char *from;       /* that, or the fixture itself; NULL: nothing */
	long long start;        /* ms */
	long long last_line;    /* ms, when progress was last told */
};

/* Directories of runs: the same names each time. */
enum { NUMBER_SEED = 1, NUMBER_RUN = 2, NUMBER_TRIAL = 3 };

/* --- figures */

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct hn_figure *)a)->name, ((const struct hn_figure *)b)->name);
}

void hn_figures_add(struct hn_figures *figures, const char *name, double value)
{
	figures->items = cb_realloc(figures->items, (figures->count + 1) * sizeof *figures->items);
	figures->items[figures->count++] = (struct hn_figure){ cb_strdup(name), value };
	qsort(figures->items, figures->count, sizeof *figures->items, by_name);
}

double hn_figures_get(const struct hn_figures *figures, const char *name, double otherwise)
{
	for (size_t i = 0; i < figures->count; i++)
		if (!strcmp(figures->items[i].name, name))
			return figures->items[i].value;
	return otherwise;
}

void hn_figures_destroy(struct hn_figures *figures)
{
	for (size_t i = 0; i < figures->count; i++)
		free(figures->items[i].name);
	free(figures->items);
	*figures = (struct hn_figures){ NULL, 0 };
}

void hn_measured_destroy(struct hn_measured *m)
{
	for (int t = 0; t < HN_TOOL_COUNT; t++) {
		struct hn_series *s = &m->series[t];

		free(s->absent);
		free(s->cpu);
		free(s->wall);
		hn_figures_destroy(&s->counters);
	}
	hn_figures_destroy(&m->calls);
	free(m->skip);
	free(m->failure);
	free(m->no_instructions);
}

int hn_measured_ratio(const struct hn_measured *m, enum hn_tool tool, bool wall,
		      struct hn_ratio *ratio, struct cb_error *err)
{
	const struct hn_series *bare = &m->series[HN_TOOL_BARE], *s = &m->series[tool];
	size_t n = s->count < bare->count ? s->count : bare->count;

	if (!n)
		return cb_error(err, ENODATA, "%s was not run", hn_tools[tool].title);
	return hn_ratio_estimate(ratio, wall ? s->wall : s->cpu, wall ? bare->wall : bare->cpu, n,
				 err);
}

/* --- the counters of catbox */

/* Every number of an object, one level down with the outer name before it. */
static void add_numbers(struct hn_figures *to, const char *before, json_t *object)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value) {
		CB_AUTO_BUF struct cb_buf name = CB_BUF_INIT;

		cb_buf_addf(&name, "%s%s%s", before, *before ? "." : "", key);
		if (json_is_integer(value))
			hn_figures_add(to, name.data, (double)json_integer_value(value));
	}
}

/* What counts: stops by kind, calls by name, and what they led to. */
static int read_counters(const char *path, struct hn_figures *to, double *peak, struct cb_error *err)
{
	static const char *const plain[] = { "processes", "evaluations", "bytes_read" };
	json_error_t why;
	json_t *stats = json_load_file(path, 0, &why);

	if (!stats)
		return cb_error(err, EIO, "catbox's counters cannot be read: %s", why.text);
	if (to) {
		add_numbers(to, "stops", json_object_get(stats, "stops"));
		add_numbers(to, "calls", json_object_get(stats, "syscalls"));
		for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
			if (json_is_integer(json_object_get(stats, plain[i])))
				hn_figures_add(to, plain[i], (double)json_integer_value(
						       json_object_get(stats, plain[i])));
	}
	*peak = (double)json_integer_value(json_object_get(stats, "peak_kib"));
	json_decref(stats);
	return 0;
}

/* --- progress */

static void tell(struct measuring *w, long long round, long long rounds)
{
	long long now = hn_now_ms();
	CB_AUTO_BUF struct cb_buf line = CB_BUF_INIT;
	FILE *out = w->plan->progress;
	struct hn_ratio r = { .pairs = 0 };

	if (!out || (!w->plan->live && now - w->last_line < PROGRESS_LINE_MS))
		return;
	w->last_line = now;
	cb_buf_addf(&line, "%s: %lld of %lld pairs, %lld s", w->bench->name, round, rounds,
		    (now - w->start) / 1000);
	for (int t = 0; t < HN_TOOL_COUNT; t++)
		if (hn_tools[t].kind == HN_TOOL_KIND_ENGINE &&
		    !hn_measured_ratio(w->m, t, false, &r, NULL))
			cb_buf_addf(&line, ", %s %.3f", hn_tools[t].title, r.estimate);
	fprintf(out, w->plan->live ? "\r\033[K%s" : "%s\n", line.data);
	fflush(out);
}

/* --- one run under a tool */

static struct hn_tool_words words_of(const struct measuring *w, const struct hn_once *once)
{
	return (struct hn_tool_words){ w->plan->program.catbox, once->dirs.tmp, once->stats,
				       &w->bench->options };
}

static void keep_sample(struct hn_series *s, const struct hn_ending *e)
{
	s->cpu = cb_realloc(s->cpu, (s->count + 1) * sizeof *s->cpu);
	s->wall = cb_realloc(s->wall, (s->count + 1) * sizeof *s->wall);
	s->cpu[s->count] = (double)e->cpu_us / 1e6;
	s->wall[s->count] = (double)e->wall_us / 1e6;
	s->count++;
}

static bool is_catbox(enum hn_tool tool)
{
	return hn_tools[tool].kind == HN_TOOL_KIND_ENGINE || hn_tools[tool].kind == HN_TOOL_KIND_FLOOR;
}

static int run_under(struct measuring *w, enum hn_tool tool, bool counts, struct cb_error *err)
{
	struct hn_series *s = &w->m->series[tool];
	struct hn_strings prefix = { NULL, 0 };
	struct hn_tool_words words;
	struct hn_ending ending;
	struct hn_once once;
	double peak = 0;
	int rc = hn_once_init(&once, w->plan, w->from, NUMBER_RUN, err);

	if (rc)
		return rc;
	words = words_of(w, &once);
	hn_tool_argv(tool, &words, &prefix);
	rc = hn_once_run(&once, w->plan, w->bench, &prefix, w->bench->run, w->bench->timeout_ms,
			 NULL, &ending, err);
	if (!rc && is_catbox(tool))
		rc = read_counters(once.stats, counts ? NULL : &s->counters, &peak, err);
	if (!rc && counts)
		keep_sample(s, &ending);
	if (peak > s->peak_kib)
		s->peak_kib = peak;
	hn_strings_destroy(&prefix);
	hn_once_destroy(&once);
	return rc;
}

/* --- rounds */

/* xorshift64*: any seed but 0. */
static uint64_t random_number(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dull;
}

static void shuffle(enum hn_tool *tools, size_t n, uint64_t *state)
{
	for (size_t i = n; i > 1; i--) {
		size_t k = (size_t)(random_number(state) % i);
		enum hn_tool t = tools[i - 1];

		tools[i - 1] = tools[k];
		tools[k] = t;
	}
}

/* Is it part of that round? What is only compared has fewer rounds, and no part
 * in a run without times. */
static bool takes_part(const struct measuring *w, enum hn_tool tool, long long round)
{
	bool timed = w->plan->gates & HN_GATE_TIME;
	enum hn_tool_kind kind = hn_tools[tool].kind;

	if (!w->bench->tools[tool] || w->m->series[tool].absent)
		return false;
	if (kind == HN_TOOL_KIND_ENGINE)
		return true;
	return timed && (kind == HN_TOOL_KIND_BARE || round <= w->bench->peer_pairs);
}

static int run_round(struct measuring *w, long long round, struct cb_error *err)
{
	enum hn_tool tools[HN_TOOL_COUNT];
	struct cb_error why;
	size_t n = 0;
	int rc = 0;

	for (int t = 0; t < HN_TOOL_COUNT; t++)
		if (takes_part(w, t, round))
			tools[n++] = t;
	shuffle(tools, n, &w->plan->seed);
	for (size_t i = 0; i < n && !rc; i++) {
		rc = run_under(w, tools[i], round > 0, &why);
		if (!rc)
			continue;
		/* a tool that cannot do it is left out; for catbox that is a failure */
		if (!w->plan->signal && hn_tools[tools[i]].kind == HN_TOOL_KIND_PEER && !round) {
			w->m->series[tools[i]].absent = cb_strdup(why.message);
			rc = 0;
			continue;
		}
		rc = cb_error(err, -rc, "under %s: %s", hn_tools[tools[i]].title, why.message);
	}
	return rc;
}

/* On one processor tracer and tracees take turns in much the same way each time:
 * what the tracer does depends on who comes first, and what a stop costs on whether
 * it wakes another processor. */
static void use_one_processor(cpu_set_t *before)
{
	cpu_set_t one;
	int cpu = 0;

	if (sched_getaffinity(0, sizeof *before, before))
		CPU_ZERO(before);
	while (cpu < CPU_SETSIZE && !CPU_ISSET(cpu, before))
		cpu++;
	CPU_ZERO(&one);
	if (cpu < CPU_SETSIZE)
		CPU_SET(cpu, &one);
	sched_setaffinity(0, sizeof one, &one); /* refused for an empty set: then on all */
}

static int run_rounds(struct measuring *w, struct cb_error *err)
{
	long long pairs = w->plan->pairs ? w->plan->pairs : w->bench->pairs;
	long long rounds = w->plan->gates & HN_GATE_TIME ? pairs : 0;
	cpu_set_t processors;
	int rc = 0;

	if (w->bench->one_processor)
		use_one_processor(&processors);
	for (long long round = 0; round <= rounds && !rc; round++) {
		rc = run_round(w, round, err);
		if (!rc && rounds)
			tell(w, round, rounds);
	}
	if (w->bench->one_processor)
		sched_setaffinity(0, sizeof processors, &processors);
	if (w->plan->progress && w->plan->live)
		fputs("\r\033[K", w->plan->progress);
	return rc;
}

/* --- before the rounds */

static void find_tools(struct measuring *w)
{
	struct hn_once trial;
	struct hn_tool_words words;
	struct cb_error err;

	if (hn_once_init(&trial, w->plan, NULL, NUMBER_TRIAL, &err)) {
		w->m->failure = cb_strdup(err.message);
		return;
	}
	words = words_of(w, &trial);
	for (int t = 0; t < HN_TOOL_COUNT; t++) {
		CB_AUTO_BUF struct cb_buf why = CB_BUF_INIT;

		if (hn_tools[t].kind == HN_TOOL_KIND_PEER && !w->plan->peers)
			w->m->series[t].absent = cb_strdup("other tools are not asked for");
		else if (!w->bench->tools[t])
			w->m->series[t].absent = cb_strdup("not for this workload");
		else if (hn_tools[t].kind != HN_TOOL_KIND_BARE && !hn_tool_works(t, &words, &why))
			w->m->series[t].absent = cb_buf_steal(&why);
	}
	hn_once_destroy(&trial);
	if (w->m->series[HN_TOOL_PTRACE].absent && w->m->series[HN_TOOL_NOTIFY].absent)
		w->m->skip = cb_strdup(w->m->series[HN_TOOL_PTRACE].absent);
}

/* What the machine lacks. */
static void ask_requirements(struct measuring *w)
{
	struct hn_probes *probes = hn_probes_new();

	for (size_t i = 0; i < w->bench->requires.count && !w->m->skip; i++) {
		const char *why = hn_probe_ask(probes, w->bench->requires.items[i]);

		if (why)
			w->m->skip = cb_strdup(why);
	}
	hn_probes_free(probes);
}

/* Makes the directory that runs start from. */
static int set_up(struct measuring *w, struct cb_error *err)
{
	struct hn_strings nothing = { NULL, 0 };
	struct hn_ending ending;
	int status = 0, rc;

	w->from = w->bench->fixture;
	if (!w->bench->setup)
		return 0;
	rc = hn_once_init(&w->seed, w->plan, w->bench->fixture, NUMBER_SEED, err);
	if (rc)
		return rc;
	w->from = w->seed.dirs.work;
	rc = hn_once_run(&w->seed, w->plan, w->bench, &nothing, w->bench->setup,
			 w->bench->setup_timeout_ms, &status, &ending, err);
	if (!rc && status) {
		CB_AUTO_BUF struct cb_buf line = CB_BUF_INIT;

		hn_once_last_line(status == SKIP_STATUS ? w->seed.out : w->seed.error, &line);
		if (status == SKIP_STATUS)
			w->m->skip = cb_strdup(line.len ? line.data : "its setup says so");
		else
			rc = cb_error(err, EIO, "its setup ends with status %d: %s", status,
				      line.data ? line.data : "");
	}
	return rc;
}

/* --- the workload's own calls, and the tracer's instructions */

static int count_calls(struct measuring *w, struct cb_error *err)
{
	CB_AUTO_BUF struct cb_buf helper = CB_BUF_INIT, file = CB_BUF_INIT, text = CB_BUF_INIT;
	struct hn_strings prefix = { NULL, 0 };
	struct hn_ending ending;
	struct hn_once once;
	char name[64];
	double count;
	int rc, used;

	cb_buf_addf(&helper, "%s/call-count", w->plan->helpers);
	if (access(helper.data, X_OK)) /* then nothing says whether the workload is the same */
		return 0;
	rc = hn_once_init(&once, w->plan, w->from, NUMBER_RUN, err);
	if (rc)
		return rc;
	cb_buf_addf(&file, "%s/calls", once.dirs.private);
	hn_strings_add(&prefix, helper.data);
	hn_strings_add(&prefix, file.data);
	rc = hn_once_run(&once, w->plan, w->bench, &prefix, w->bench->run, w->bench->timeout_ms,
			 NULL, &ending, err);
	if (!rc && cb_buf_read_file(&text, AT_FDCWD, file.data, 1u << 16))
		rc = cb_error_sys(err, "cannot read what call-count found");
	for (const char *at = text.data; !rc && sscanf(at, "%63s %lf%n", name, &count, &used) == 2;
	     at += used)
		hn_figures_add(&w->m->calls, name, count);
	hn_strings_destroy(&prefix);
	hn_once_destroy(&once);
	return rc;
}

/* "summary: N" at the end of what cachegrind wrote. */
static double cachegrind_total(const char *path)
{
	CB_AUTO_BUF struct cb_buf text = CB_BUF_INIT;
	const char *at;

	if (cb_buf_read_file(&text, AT_FDCWD, path, 64u << 20))
		return 0;
	at = strstr(text.data, "\nsummary: ");
	return at ? strtod(at + strlen("\nsummary: "), NULL) : 0;
}

static int count_instructions_once(struct measuring *w, double *count, struct cb_error *err)
{
	CB_AUTO_BUF struct cb_buf file = CB_BUF_INIT;
	struct hn_strings prefix = { NULL, 0 };
	struct hn_tool_words words;
	struct hn_ending ending;
	struct hn_once once;
	int rc;

	rc = hn_once_init(&once, w->plan, w->from, NUMBER_RUN, err);
	if (rc)
		return rc;
	cb_buf_addf(&file, "--cachegrind-out-file=%s/cachegrind", once.dirs.private);
	hn_strings_add(&prefix, VALGRIND);
	hn_strings_add(&prefix, "--tool=cachegrind");
	hn_strings_add(&prefix, "--cache-sim=no");
	hn_strings_add(&prefix, "--trace-children=no");
	hn_strings_add(&prefix, "--vgdb=no");
	hn_strings_add(&prefix, file.data);
	words = words_of(w, &once);
	hn_tool_argv(HN_TOOL_PTRACE, &words, &prefix);
	rc = hn_once_run(&once, w->plan, w->bench, &prefix, w->bench->run,
			 w->bench->timeout_ms * VALGRIND_TIMES, NULL, &ending, err);
	if (!rc) {
		*count = cachegrind_total(strchr(file.data, '=') + 1);
		if (!(*count > 0))
			rc = cb_error(err, EIO, "cachegrind says no number of instructions");
	}
	hn_strings_destroy(&prefix);
	hn_once_destroy(&once);
	return rc;
}

static int count_instructions(struct measuring *w, struct cb_error *err)
{
	cpu_set_t processors;
	double count = 0;
	int rc = 0;

	if (access(VALGRIND, X_OK)) {
		w->m->no_instructions = cb_strdup("no " VALGRIND);
		return 0;
	}
	use_one_processor(&processors);
	for (int i = 0; i < VALGRIND_RUNS && !rc; i++) {
		rc = count_instructions_once(w, &count, err);
		if (!rc && (!i || count < w->m->instructions))
			w->m->instructions = count;
	}
	sched_setaffinity(0, sizeof processors, &processors);
	return rc;
}

/* --- all of it */

static int measure(struct measuring *w, struct cb_error *err)
{
	bool instructions = (w->plan->gates & HN_GATE_INSTRUCTIONS) && w->bench->instructions;
	int rc = 0;

	if (w->plan->gates & HN_GATE_COUNTERS)
		rc = count_calls(w, err);
	if (!rc && (w->plan->gates & (HN_GATE_COUNTERS | HN_GATE_TIME)))
		rc = run_rounds(w, err);
	if (!rc && instructions && !w->m->series[HN_TOOL_PTRACE].absent)
		rc = count_instructions(w, err);
	return rc;
}

void hn_bench_measure(struct hn_bench_plan *plan, const struct hn_bench *bench,
		      struct hn_measured *m)
{
	struct measuring w = { .plan = plan, .bench = bench, .m = m, .start = hn_now_ms() };
	struct cb_error err;
	int rc = 0;

	*m = (struct hn_measured){ .bench = bench };
	w.last_line = w.start;
	ask_requirements(&w);
	if (!m->skip)
		find_tools(&w);
	if (!m->skip && !m->failure)
		rc = set_up(&w, &err);
	if (!rc && !m->skip && !m->failure)
		rc = measure(&w, &err);
	if (rc)
		m->failure = cb_strdup(err.message);
	if (w.seed.stats)
		hn_once_destroy(&w.seed);
}
