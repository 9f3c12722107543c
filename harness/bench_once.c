/* SPDX-License-Identifier: MIT */
/* One run: directories, environment, start, wait. */
#include "bench_once.h"

#include "base/cleanup.h"
#include "clean.h"
#include "probe.h"
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#define OUTPUT_MAX (256ll << 20)

int hn_once_init(struct hn_once *once, const struct hn_bench_plan *plan, const char *from,
		 unsigned number, struct cb_error *err)
{
	CB_AUTO_BUF struct cb_buf stats = CB_BUF_INIT, out = CB_BUF_INIT, error = CB_BUF_INIT;
	int rc = hn_case_dirs_init(&once->dirs, &plan->place, number, err);

	cb_buf_addf(&stats, "%s/stats.json", once->dirs.private);
	cb_buf_addf(&out, "%s/stdout", once->dirs.private);
	cb_buf_addf(&error, "%s/stderr", once->dirs.private);
	once->stats = cb_buf_steal(&stats);
	once->out = cb_buf_steal(&out);
	once->error = cb_buf_steal(&error);
	if (!rc && from)
		rc = hn_tree_copy(from, once->dirs.work, err);
	if (rc)
		hn_once_destroy(once);
	return rc;
}

void hn_once_destroy(struct hn_once *once)
{
	hn_case_dirs_destroy(&once->dirs, 1, NULL);
	free(once->stats);
	free(once->out);
	free(once->error);
	*once = (struct hn_once){ .stats = NULL };
}

/* --- environment and command line */

static void add_env(struct hn_strings *env, const char *name, const char *value)
{
	CB_AUTO_BUF struct cb_buf pair = CB_BUF_INIT;

	cb_buf_addf(&pair, "%s=%s", name, value ? value : "");
	hn_strings_add(env, pair.data);
}

static void make_env(struct hn_strings *env, const struct hn_once *once,
		     const struct hn_bench_plan *plan, const struct hn_bench *bench)
{
	add_env(env, "PATH", HN_CASE_PATH);
	add_env(env, "LC_ALL", "C.UTF-8");
	add_env(env, "TZ", "UTC");
	add_env(env, "USER", plan->program.user);
	add_env(env, "LOGNAME", plan->program.user);
	add_env(env, "HOME", once->dirs.home);
	add_env(env, "TMPDIR", once->dirs.tmp);
	add_env(env, "FIXTURES", bench->fixtures);
	add_env(env, "CACHE", plan->cache);
}

/* The first word as a path: exec is given no PATH to search. */
static void add_program(struct hn_strings *argv, const char *name)
{
	CB_AUTO_BUF struct cb_buf path = CB_BUF_INIT;
	const char *dir = HN_CASE_PATH;

	while (!strchr(name, '/') && *dir) {
		size_t len = strcspn(dir, ":");

		cb_buf_clear(&path);
		cb_buf_addf(&path, "%.*s/%s", (int)len, dir, name);
		if (!access(path.data, X_OK)) {
			hn_strings_add(argv, path.data);
			return;
		}
		dir += len + (dir[len] == ':');
	}
	hn_strings_add(argv, name);
}

static void make_argv(struct hn_strings *argv, const struct hn_strings *prefix, const char *script)
{
	for (size_t i = 0; i < prefix->count; i++) {
		if (i)
			hn_strings_add(argv, prefix->items[i]);
		else
			add_program(argv, prefix->items[i]);
	}
	hn_strings_add(argv, "/bin/sh");
	hn_strings_add(argv, "-c");
	hn_strings_add(argv, script);
}

static void end_list(struct hn_strings *list)
{
	list->items = cb_realloc(list->items, (list->count + 1) * sizeof *list->items);
	list->items[list->count] = NULL;
}

/* --- waiting */

/* The signals of hn_run_block_signals: blocked, and fetched here. */
static int fetch_signal(void)
{
	static const int stops[] = { SIGINT, SIGTERM, SIGHUP };
	struct timespec t = { 1, 0 };
	struct sigaction act;
	sigset_t set;
	int got;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	for (size_t i = 0; i < sizeof stops / sizeof *stops; i++)
		if (!sigaction(stops[i], NULL, &act) && act.sa_handler != SIG_IGN)
			sigaddset(&set, stops[i]);
	got = sigtimedwait(&set, NULL, &t);
	return got > 0 && got != SIGCHLD ? got : 0;
}

static void wait_for(const struct hn_job *job, struct hn_bench_plan *plan)
{
	while (waitpid(job->supervisor, NULL, WNOHANG) == 0) {
		int signal = fetch_signal();

		if (!signal)
			continue;
		plan->signal = signal;
		hn_job_stop(job);
	}
}

/* The last line that a file holds, for a sentence. */
void hn_once_last_line(const char *path, struct cb_buf *line)
{
	CB_AUTO_BUF struct cb_buf text = CB_BUF_INIT;
	size_t end, start;
	struct stat st;
	CB_AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0 && !fstat(fd, &st) && st.st_size > 4096)
		(void)!lseek(fd, -4096, SEEK_END);
	if (fd >= 0) {
		ssize_t n = read(fd, cb_buf_reserve(&text, 4096), 4096);

		text.len = n > 0 ? (size_t)n : 0;
	}
	cb_buf_addc(&text, '\0');
	end = text.len - 1;
	while (end && strchr("\n ", text.data[end - 1]))
		end--;
	text.data[end] = '\0';
	for (start = end; start && text.data[start - 1] != '\n'; start--)
		;
	hn_clean_line(line, text.data + start, 300);
}

static int judge_ending(const struct hn_once *once, const struct hn_ending *e, int *status,
			struct cb_error *err)
{
	CB_AUTO_BUF struct cb_buf line = CB_BUF_INIT;

	if (e->interrupted)
		return cb_error(err, EINTR, "interrupted");
	if (e->timed_out)
		return cb_error(err, ETIMEDOUT, "it did not end within its time");
	if (e->flooded)
		return cb_error(err, EFBIG, "it printed too much");
	if (e->survivors)
		return cb_error(err, EIO, "processes outlive it: %s", e->names);
	if (status && WIFEXITED(e->status))
		*status = WEXITSTATUS(e->status);
	else if (!WIFEXITED(e->status) || WEXITSTATUS(e->status)) {
		hn_once_last_line(once->error, &line);
		return cb_error(err, EIO, WIFEXITED(e->status) ? "it ends with status %d: %s" :
				"it is ended by signal %d%s", WIFEXITED(e->status) ?
				WEXITSTATUS(e->status) : WTERMSIG(e->status), line.data ? line.data : "");
	}
	return 0;
}

int hn_once_run(struct hn_once *once, struct hn_bench_plan *plan, const struct hn_bench *bench,
		const struct hn_strings *prefix, const char *script, long long timeout_ms,
		int *status, struct hn_ending *ending, struct cb_error *err)
{
	struct hn_strings argv = { NULL, 0 }, env = { NULL, 0 };
	struct hn_job job;
	int rc;

	make_argv(&argv, prefix, script);
	make_env(&env, once, plan, bench);
	end_list(&argv);
	end_list(&env);
	rc = hn_job_start(&job, &(struct hn_launch){
		.argv = argv.items, .envp = env.items, .cwd = once->dirs.work,
		.stdout_path = once->out, .stderr_path = once->error,
		.timeout_ms = timeout_ms, .output_max = OUTPUT_MAX,
	}, err);
	if (!rc) {
		wait_for(&job, plan);
		rc = hn_job_finish(&job, ending, err);
	}
	if (!rc && plan->signal)
		rc = cb_error(err, EINTR, "interrupted");
	if (!rc)
		rc = judge_ending(once, ending, status, err);
	hn_strings_destroy(&argv);
	hn_strings_destroy(&env);
	return rc;
}
