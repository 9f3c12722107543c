/* SPDX-License-Identifier: MIT */
/* The public library as a program uses it: linked with the shared library, only its
 * header. One line a test, the sum at the end. Works in an empty directory. */
#include "api_test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct {
	int passed, failed, skipped;
} tests;

void ok(bool fine, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	fputs(fine ? "ok - " : "not ok - ", stdout);
	vprintf(format, ap);
	putchar('\n');
	va_end(ap);
	if (fine)
		tests.passed++;
	else
		tests.failed++;
	fflush(stdout);
}

/* --- what runs inside */

int seven(void *arg)
{
	(void)arg;
	return 7;
}

static int make_file(void *arg)
{
	return open(arg, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) < 0;
}

/* Descriptors that are open, but for that of the directory itself. */
int open_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = -3; /* ".", "..", and dir */

	if (!dir)
		abort();
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static int count_descriptors(void *arg)
{
	(void)arg;
	return open_descriptors();
}

static int burn(void *arg)
{
	struct rusage u;

	(void)arg;
	do
		getrusage(RUSAGE_SELF, &u);
	while (!u.ru_utime.tv_sec && u.ru_utime.tv_usec + u.ru_stime.tv_usec < 60000);
	return 0;
}

/* --- helpers */

bool there(const char *path)
{
	struct stat st;

	return !lstat(path, &st);
}

/* A policy under which the current directory may be written. */
catbox_policy *usual_policy(void)
{
	catbox_policy *policy = catbox_policy_new();

	if (catbox_policy_write(policy, ".", "test", NULL))
		abort();
	return policy;
}

struct catbox_error error;

int run(struct catbox_options *o, struct catbox_result *result)
{
	catbox_policy *policy = o->policy ? NULL : usual_policy();
	int rc;

	o->size = sizeof *o;
	o->result_size = sizeof *result;
	if (policy)
		o->policy = policy;
	error = (struct catbox_error){ 0 };
	rc = catbox_run(o, result, &error);
	if (policy)
		o->policy = NULL;
	catbox_policy_free(policy);
	return rc;
}

bool is_dead(pid_t pid)
{
	for (int i = 0; i < 100; i++) {
		char path[40], text[512], *state;
		int fd;
		ssize_t n;

		snprintf(path, sizeof path, "/proc/%d/status", pid);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		n = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
		if (fd >= 0)
			close(fd);
		if (n <= 0)
			return true;
		text[n] = '\0';
		state = strstr(text, "State:");
		if (state && strpbrk(state, "ZX") && strpbrk(state, "ZX") < strchr(state, '\n'))
			return true;
		usleep(50000);
	}
	return false;
}

pid_t read_pid(const char *path)
{
	pid_t pid = 0;
	FILE *file;

	for (int i = 0; i < 100 && pid <= 0; i++) {
		file = fopen(path, "re");
		if (file && fscanf(file, "%d", &pid) != 1)
			pid = 0;
		if (file)
			fclose(file);
		if (pid <= 0)
			usleep(50000);
	}
	return pid;
}

/* --- the basics */

static void test_basics(void)
{
	char *argv[] = { "sh", "-c", "exit 5", NULL }, *missing[] = { "./not-there", NULL };
	struct catbox_options command = { .argv = argv }, function = { .function = seven };
	struct catbox_options none = { .argv = missing }, both = { .argv = argv, .function = seven };
	struct catbox_options writes = { .function = make_file, .function_arg = "/usr/refused" };
	struct catbox_options kill = { .argv = (char *[]){ "sh", "-c", "kill -9 $$", NULL } };
	struct catbox_result r;

	ok(!run(&command, &r) && r.status == 5 && !r.signal, "a command's status");
	ok(!run(&function, &r) && r.status == 7 && !r.signal, "a function's status");
	ok(!run(&kill, &r) && r.signal == 9 && !r.status, "the signal that ended a command");
	ok(!run(&none, &r) && r.exec_error == ENOENT, "a command that is not there");
	ok(run(&both, &r) == -EINVAL && strstr(error.message, "one of them"), "a command and a function");
	ok(!run(&writes, &r) && r.status == 1 && r.violations == 1 && !there("/usr/refused"),
	   "a function is confined");
	writes.function_arg = "made";
	ok(!run(&writes, &r) && !r.status && !r.violations && there("made"),
	   "and may do what the policy allows");
	function.function = burn;
	ok(!run(&function, &r) && r.usage.ru_utime.tv_usec + r.usage.ru_stime.tv_usec >= 50000 &&
	   r.usage.ru_maxrss > 0, "the resources that it used");
	function.function = count_descriptors;
	function.log = "log";
	function.stats = "stats";
	function.flags = CATBOX_FORWARD_SIGNALS;
	run(&function, &r);
	ok(r.status == open_descriptors(), "a function finds open what its caller has open (%d, %d)",
	   r.status, open_descriptors());
}

/* --- callers that were compiled with another header */

/* As in 0.1.0. */
struct old_options {
	size_t size;
	char *const *argv;
	int (*function)(void *);
	void *function_arg;
	catbox_policy *policy;
	unsigned flags;
	const char *log;
	const char *without;
	const char *stats;
	void (*event)(const catbox_event *event, void *ctx);
	void *event_ctx;
};

struct old_result {
	int status;
	int signal;
	int exec_error;
	bool stopped;
	unsigned long long violations;
	unsigned long long expected;
	unsigned long long leftovers;
};

static void test_sizes(void)
{
	struct {
		struct old_options o;
		unsigned char after[4096];
	} old;
	struct {
		struct old_result r;
		unsigned char after[4096];
	} result;
	struct {
		struct catbox_options o;
		unsigned char after[64];
	} newer = { .o = { .size = sizeof newer, .function = seven } };
	catbox_policy *policy = usual_policy();
	struct catbox_error err;
	bool untouched = true;
	int rc;

	memset(&old, 0xa5, sizeof old); /* what is behind is no option */
	memset(&result, 0xa5, sizeof result);
	old.o = (struct old_options){ .size = sizeof old.o, .function = make_file,
				      .function_arg = "/usr/refused", .policy = policy };
	rc = catbox_run((struct catbox_options *)&old.o, (struct catbox_result *)&result.r, &err);
	for (size_t i = 0; i < sizeof result.after; i++)
		untouched &= result.after[i] == 0xa5;
	ok(!rc && result.r.status == 1 && result.r.violations == 1,
	   "a caller with the options of 0.1.0");
	ok(untouched, "and nothing is written behind its result");
	old.o.size = sizeof old.o - 1;
	ok(catbox_run((struct catbox_options *)&old.o, (struct catbox_result *)&result.r, &err) ==
	   -EINVAL && strstr(err.message, "is `size` set?"), "options that are too small");
	newer.o.policy = policy;
	ok(!catbox_run(&newer.o, (struct catbox_result *)&result.r, &err) && result.r.status == 7,
	   "options that are larger, with nothing in what we do not know");
	newer.after[63] = 1;
	ok(catbox_run(&newer.o, (struct catbox_result *)&result.r, &err) == -E2BIG &&
	   strstr(err.message, "does not"), "and with something in it");
	newer.after[63] = 0;
	newer.o.result_size = 8;
	ok(catbox_run(&newer.o, (struct catbox_result *)&result.r, &err) == -EINVAL,
	   "a result that is too small");
	newer.o.result_size = 0;
	newer.o.policy = NULL;
	ok(catbox_run(&newer.o, (struct catbox_result *)&result.r, &err) == -EINVAL &&
	   strstr(err.message, "needs a policy"), "no policy");
	catbox_policy_free(policy);
}

/* --- forks, texts, paths */

static int forks[2];
static pthread_t fork_thread;

static void before_fork(void *ctx)
{
	(void)ctx;
	forks[0]++;
	fork_thread = pthread_self();
}

static void after_fork(void *ctx)
{
	(void)ctx;
	forks[1] += pthread_equal(fork_thread, pthread_self()) != 0;
}

static void test_rest(void)
{
	struct catbox_options o = { .function = seven, .before_fork = before_fork,
				    .after_fork = after_fork };
	static const char json[] = "{\"write\": [{\"allow\": \"/opt/\"}]}";
	catbox_policy *policy = catbox_policy_new();
	struct catbox_verdict v;
	struct catbox_result r;
	struct catbox_error err;
	char *text = NULL;

	ok(!run(&o, &r) && forks[0] == 1 && forks[1] == 1, "called around the fork");
	ok(!catbox_policy_load_text(policy, "json", json, strlen(json), &text, &err) && !text,
	   "a policy in JSON");
	ok(!catbox_policy_decide(policy, "create", "/opt/x", &v, &err) && !v.deny &&
	   !strcmp(v.rule, "json:1"), "and its rule is named: %s", v.rule);
	catbox_policy_free(policy);
	policy = catbox_policy_new();
	ok(catbox_policy_load_text(policy, "here", "wrote: []", 9, &text, &err) == -EINVAL && text &&
	   strstr(text, "here:1:1: error:"), "a mistake in a text");
	free(text);
	catbox_policy_free(policy);
	if (symlink("/usr", "link") && errno != EEXIST)
		abort();
	ok(!catbox_canonical("link", true, 0, &text, &err) && !strcmp(text, "/usr"), "canonical");
	free(text);
	ok(!catbox_canonical("link/../link", false, getpid(), &text, &err) && !strcmp(text, "/link"),
	   "canonical without following");
	free(text);
	ok(catbox_canonical("x", true, 0x3fffffff, &text, &err) == -ESRCH, "canonical of nobody");
	ok(catbox_canonical("", true, 0, &text, &err) == -ENOENT, "canonical of nothing");
}

static long resident_kib(void)
{
	long pages = 0;
	FILE *file = fopen("/proc/self/statm", "re");

	if (!file || fscanf(file, "%*d %ld", &pages) != 1)
		abort();
	fclose(file);
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

#ifdef __SANITIZE_ADDRESS__
static const bool sanitized = true;
#else
static const bool sanitized = false;
#endif

static void test_leaks(void)
{
	struct catbox_options o = { .function = make_file, .function_arg = "/usr/refused" };
	struct catbox_result r;
	long before = 0, after;
	int fds = 0, wrong = 0;

	for (int i = 0; i < 300; i++) {
		if (i == 60) {
			before = resident_kib();
			fds = open_descriptors();
		}
		wrong += run(&o, &r) || r.violations != 1;
	}
	after = resident_kib();
	ok(!wrong && open_descriptors() == fds, "300 runs leave no descriptor");
	if (sanitized) {
		puts("ok - and no memory # SKIP the sanitizer keeps what was freed");
		tests.skipped++;
	} else {
		ok(after - before < 600, "and no memory (%ld KiB)", after - before);
	}
	ok(waitpid(-1, NULL, __WALL) < 0 && errno == ECHILD, "and no zombie");
}

int main(void)
{
	alarm(400); /* what hangs has failed */
	test_basics();
	test_sizes();
	test_caller();
	test_threads(SIG_DFL, "default");
	test_threads(SIG_IGN, "ignored");
	test_hooks();
	test_hook_commands();
	test_ends();
	test_killed();
	test_rest();
	test_leaks();
	printf("%d passed, %d failed, %d skipped\n", tests.passed, tests.failed, tests.skipped);
	return tests.failed ? 1 : 0;
}
