/* SPDX-License-Identifier: MIT */
/* Prepares a case, starts it, and judges it when it has ended. */
#include "case_run.h"

#include "base/cleanup.h"
#include "accept.h"
#include "check.h"
#include "probe.h"
#include "record.h"
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_TIMEOUT_MS 60000
#define OUTPUT_MAX (512ll << 20) /* bytes a case may print before it is ended */
#define PROCESSES_MAX 4096         /* that a case may have at a time */
#define KEPT_OUTPUT (256u << 10) /* bytes of a failed case's output for reports */

/* --- environment and command line */

/* Sets NAME=value in a list of "NAME=value". */
static void set_env(struct hn_strings *env, const char *name, const char *value)
{
	CB_AUTO_BUF struct cb_buf pair = CB_BUF_INIT;
	size_t len = strlen(name);

	cb_buf_addf(&pair, "%s=%s", name, value);
	for (size_t i = 0; i < env->count; i++)
		if (!strncmp(env->items[i], name, len) && env->items[i][len] == '=') {
			free(env->items[i]);
			env->items[i] = cb_buf_steal(&pair);
			return;
		}
	hn_strings_add(env, pair.data);
}

/* Nothing of the harness's own environment gets through, but for what steers
 * sanitizers: a catbox built with them needs it. */
static int make_env(struct hn_strings *env, const struct hn_running *r, struct cb_error *err)
{
	static const char *const passed[] = { "ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS" };
	const struct hn_strings *own = &r->c->own.env;

	set_env(env, "PATH", HN_CASE_PATH);
	set_env(env, "LC_ALL", "C.UTF-8");
	set_env(env, "TZ", "UTC");
	set_env(env, "USER", r->setup->program.user);
	set_env(env, "LOGNAME", r->setup->program.user);
	for (int v = 0; v < HN_VAR_COUNT; v++)
		set_env(env, hn_var_name(v), r->vars.value[v]);
	for (size_t i = 0; i < sizeof passed / sizeof *passed; i++)
		if (getenv(passed[i]))
			set_env(env, passed[i], getenv(passed[i]));
	for (size_t i = 0; i + 1 < own->count; i += 2) {
		CB_AUTO_BUF struct cb_buf value = CB_BUF_INIT;
		int rc;

		cb_buf_clear(&value);
		rc = hn_expand(&value, own->items[i + 1], &r->vars, HN_EXPAND_STRICT, err);
		if (rc)
			return rc;
		set_env(env, own->items[i], value.data);
	}
	return 0;
}

static void add_pair(struct hn_strings *argv, const char *option, const char *value)
{
	hn_strings_add(argv, option);
	hn_strings_add(argv, value);
}

static int add_options(struct hn_strings *argv, const struct hn_running *r, struct cb_error *err)
{
	const struct hn_strings *options = &r->c->own.options;
	int rc = 0;

	for (size_t i = 0; i < options->count && !rc; i++) {
		CB_AUTO_BUF struct cb_buf value = CB_BUF_INIT;

		cb_buf_clear(&value);
		rc = hn_expand(&value, options->items[i], &r->vars, HN_EXPAND_STRICT, err);
		hn_strings_add(argv, value.data);
	}
	return rc;
}

static void add_command(struct hn_strings *argv, const struct hn_running *r)
{
	hn_strings_add(argv, "/bin/sh");
	add_pair(argv, "-c", r->c->run);
}

/* What comes before the command is run by a shell that then becomes the command. If it
 * fails, its status is left in a file, since the command's may be the same. */
static void add_setup(struct hn_strings *argv, const struct hn_running *r)
{
	if (!r->c->setup)
		return;
	hn_strings_add(argv, "/bin/sh");
	add_pair(argv, "-c", "/bin/sh -c \"$0\" >&2 || { s=$?; echo \"the setup ended with $s\" >&2;"
			     " echo $s >\"$1\"; exit $s; }; shift; exec \"$@\"");
	add_pair(argv, r->c->setup, r->setup_path.data);
}

static int make_argv(struct hn_strings *argv, const struct hn_running *r, const char *policy,
		     struct cb_error *err)
{
	CB_AUTO_BUF struct cb_buf build_dir = CB_BUF_INIT;
	int rc;

	add_setup(argv, r);
	hn_strings_add(argv, r->setup->program.catbox);
	hn_strings_add(argv, "run");
	hn_strings_add(argv, "-q");
	add_pair(argv, "--violation-exit", "0");
	add_pair(argv, "--log", r->log_path.data);
	add_pair(argv, "--stats", r->stats_path.data);
	cb_buf_addf(&build_dir, "BUILD_DIR=%s", r->dirs.work);
	add_pair(argv, "--set", build_dir.data);
	if (r->engine)
		add_pair(argv, "--engine", r->engine);
	if (policy)
		add_pair(argv, "-p", policy);
	add_pair(argv, "--also-write", r->dirs.tmp);
	if (r->c->expect.lists[HN_LIST_NET].given)
		add_pair(argv, "--log-events", "net");
	if (r->c->expect.reads.given)
		hn_strings_add(argv, "--log-reads");
	rc = add_options(argv, r, err);
	hn_strings_add(argv, "--");
	add_command(argv, r);
	return rc;
}

/* --- starting */

/* The policy's path: the file's own, or a copy of the inline text under the
 * suite's name, whose line numbers it keeps. NULL: the default policy. */
static int make_policy(const struct hn_running *r, struct cb_buf *path, const char **policy,
		       struct cb_error *err)
{
	const struct hn_settings *own = &r->c->own;
	const char *base = strrchr(r->c->suite->path, '/');

	*policy = own->policy_file;
	if (own->policy_text) {
		CB_AUTO_FD int fd = -1;
		size_t len = strlen(own->policy_text);
		ssize_t n;

		cb_buf_addf(path, "%s/%s", r->dirs.private, base ? base + 1 : r->c->suite->path);
		fd = open(path->data, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
		n = fd < 0 ? -1 : write(fd, own->policy_text, len);
		if (n != (ssize_t)len)
			return cb_error_sys(err, "cannot write '%s'", path->data);
		*policy = path->data;
	}
	return 0;
}

static int launch(struct hn_running *r, struct cb_error *err)
{
	struct hn_strings argv = { NULL, 0 }, env = { NULL, 0 };
	CB_AUTO_BUF struct cb_buf path = CB_BUF_INIT;
	const char *policy = NULL;
	int rc = r->is_control ? 0 : make_policy(r, &path, &policy, err);

	if (r->is_control) {
		add_setup(&argv, r);
		add_command(&argv, r);
	}
	if (!r->is_control && !rc)
		rc = make_argv(&argv, r, policy, err);
	if (!rc)
		rc = make_env(&env, r, err);
	if (!rc) {
		/* exec wants the lists to end with NULL */
		argv.items = cb_realloc(argv.items, (argv.count + 1) * sizeof *argv.items);
		env.items = cb_realloc(env.items, (env.count + 1) * sizeof *env.items);
		argv.items[argv.count] = env.items[env.count] = NULL;
		rc = hn_job_start(&r->job, &(struct hn_launch){
			.argv = argv.items, .envp = env.items, .cwd = r->dirs.work,
			.stdout_path = r->stdout_path.data, .stderr_path = r->stderr_path.data,
			.timeout_ms = r->timeout_ms, .output_max = OUTPUT_MAX,
			.processes_max = PROCESSES_MAX,
		}, err);
	}
	hn_strings_destroy(&argv);
	hn_strings_destroy(&env);
	return rc;
}

static void set_paths(struct hn_running *r)
{
	r->vars = (struct hn_vars){ {
		[HN_VAR_BUILD_DIR] = r->dirs.work, [HN_VAR_HOME] = r->dirs.home,
		[HN_VAR_TMPDIR] = r->dirs.tmp, [HN_VAR_FIXTURES] = r->c->suite->fixtures,
		[HN_VAR_PROBES] = r->setup->program.probes,
	} };
	cb_buf_addf(&r->stdout_path, "%s/stdout", r->dirs.private);
	cb_buf_addf(&r->stderr_path, "%s/stderr", r->dirs.private);
	cb_buf_addf(&r->log_path, "%s/events.jsonl", r->dirs.private);
	cb_buf_addf(&r->stats_path, "%s/stats.json", r->dirs.private);
	cb_buf_addf(&r->setup_path, "%s/setup", r->dirs.private);
}

static void destroy(struct hn_running *r)
{
	cb_buf_destroy(&r->stdout_path);
	cb_buf_destroy(&r->stderr_path);
	cb_buf_destroy(&r->log_path);
	cb_buf_destroy(&r->stats_path);
	cb_buf_destroy(&r->setup_path);
}

/* One of the runs of a case. On error everything is undone. */
static int start(struct hn_running *r, bool is_control, struct cb_error *err)
{
	int rc = hn_case_dirs_init(&r->dirs, &r->setup->place, r->number, err);

	r->is_control = is_control;
	r->job = (struct hn_job){ -1, -1 };
	if (!rc && r->c->fixture)
		rc = hn_tree_copy(r->c->fixture, r->dirs.work, err);
	if (!rc) {
		set_paths(r);
		rc = launch(r, err);
	}
	if (rc) {
		destroy(r);
		hn_case_dirs_destroy(&r->dirs, 1, NULL);
	}
	return rc;
}

int hn_case_start(struct hn_running *r, const struct hn_setup *setup, const struct hn_task *task,
		  unsigned int number, struct cb_error *err)
{
	const struct hn_case *c = task->c;
	long long timeout = c->own.timeout_ms ? c->own.timeout_ms : DEFAULT_TIMEOUT_MS;

	*r = (struct hn_running){
		.setup = setup, .c = c, .engine = task->engine, .number = number,
	};
	r->timeout_ms = (long long)((double)timeout * setup->timeout_factor);
	if (r->timeout_ms < 1)
		r->timeout_ms = 1;
	return start(r, hn_case_control(c) != NULL, err);
}

/* --- finishing */

/* An expected failure is a skip, an unexpected pass a failure; what is wrong
 * with the harness or the machine stays an error. */
static void apply_xfail(const struct hn_case *c, struct hn_result *result)
{
	CB_AUTO_BUF struct cb_buf text = CB_BUF_INIT;

	if (!c->xfail || result->verdict == HN_ERRED)
		return;
	if (result->verdict == HN_PASSED) {
		cb_buf_addf(&text, "passed, but is marked xfail: %s", c->xfail);
		hn_result_add(result, HN_FAILED, HN_PROBLEM_EXIT, c->suite->path, c->line,
			      text.data, NULL);
	} else {
		cb_buf_addf(&text, "xfail: %s", c->xfail);
		hn_result_skip(result, text.data);
	}
}

static void add_error(const struct hn_running *r, struct hn_result *result,
		      const struct cb_error *err)
{
	hn_result_add(result, HN_ERRED, HN_PROBLEM_SETUP, r->c->suite->path, r->c->line,
		      err->message, NULL);
}

static void judge(struct hn_running *r, struct hn_result *result)
{
	struct hn_ending ending;
	struct hn_events events = { .end = NULL };
	struct hn_observed seen;
	struct cb_error err;

	if (hn_job_finish(&r->job, &ending, &err)) {
		add_error(r, result, &err);
		return;
	}
	result->ms = r->control_ms + ending.ms;
	if (!r->is_control && hn_events_read(&events, r->log_path.data, &err))
		add_error(r, result, &err);
	seen = (struct hn_observed){
		.c = r->c, .vars = &r->vars, .ending = &ending, .events = &events,
		.stdout_path = r->stdout_path.data, .stderr_path = r->stderr_path.data,
		.stats_path = r->stats_path.data, .setup_path = r->setup_path.data,
		.timeout_ms = r->timeout_ms,
		.expect = r->is_control ? hn_case_control(r->c) : &r->c->expect,
		.is_control = r->is_control,
	};
	hn_check(&seen, result);
	if (r->setup->accept && !r->is_control && result->verdict == HN_FAILED && events.end)
		result->changes = hn_accept_seen(&seen);
	hn_events_destroy(&events);
	if (!r->is_control && r->setup->record)
		result->events = hn_record_events(r->log_path.data, &r->vars);
	if (!r->is_control && r->setup->compare)
		result->files = hn_record_files(r->dirs.work, &r->vars);
	if (!r->is_control)
		apply_xfail(r->c, result);
}

/* Takes mounts and directories away; whether nothing was amiss. */
static bool clear_up(struct hn_running *r, bool stay, struct hn_result *result)
{
	struct cb_error err;
	int mounts = hn_tree_unmount(r->dirs.top);
	int rc;

	if (mounts) {
		cb_error(&err, EBUSY, "%sit left %d mount%s in its directories",
			 r->is_control ? "control run: " : "", mounts, mounts == 1 ? "" : "s");
		add_error(r, result, &err);
	}
	rc = hn_case_dirs_destroy(&r->dirs, !stay, &err);
	if (rc)
		add_error(r, result, &err);
	destroy(r);
	return !rc && !mounts;
}

/* After a control run that was as it should be. */
static bool go_on(struct hn_running *r, struct hn_result *result)
{
	struct cb_error err;

	r->control_ms = result->ms;
	if (!clear_up(r, false, result))
		return false;
	if (!start(r, false, &err))
		return true;
	add_error(r, result, &err);
	return false;
}

bool hn_case_finish(struct hn_running *r, struct hn_result *result, char **kept)
{
	enum hn_keep keep = r->setup->keep;
	bool bad, stay;

	*kept = NULL;
	judge(r, result);
	if (r->is_control && result->verdict == HN_PASSED)
		return go_on(r, result);
	bad = result->verdict == HN_FAILED || result->verdict == HN_ERRED;
	stay = keep == HN_KEEP_ALWAYS || (keep == HN_KEEP_FAILED && bad);
	if (bad) {
		/* a longer file leaves its first KEPT_OUTPUT bytes in the buffer */
		cb_buf_read_file(&result->output, AT_FDCWD, r->stdout_path.data, KEPT_OUTPUT);
		cb_buf_read_file(&result->error, AT_FDCWD, r->stderr_path.data, KEPT_OUTPUT);
	}
	*kept = stay ? cb_strdup(r->dirs.top) : NULL;
	clear_up(r, stay, result);
	return false;
}
