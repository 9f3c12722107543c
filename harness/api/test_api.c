/* SPDX-License-Identifier: MIT */
/* The public library as a program uses it: linked with the shared library, only its
 * header. One line a test, the sum at the end. Works in an empty directory. */
#include <catbox.h>

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

__attribute__((format(printf, 2, 3)))
static void ok(bool fine, const char *format, ...)
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

static int seven(void *arg)
{
	(void)arg;
	return 7;
}

static int make_file(void *arg)
{
	return open(arg, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) < 0;
}

static int sleep_long(void *arg)
{
	(void)arg;
	sleep(600);
	return 0;
}

/* Descriptors that are open, but for that of the directory itself. */
static int open_descriptors(void)
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

static bool there(const char *path)
{
	struct stat st;

	return !lstat(path, &st);
}

/* A policy under which the current directory may be written. */
static catbox_policy *usual_policy(void)
{
	catbox_policy *policy = catbox_policy_new();

	if (catbox_policy_write(policy, ".", "test", NULL))
		abort();
	return policy;
}

static struct catbox_error error; /* of the last run */

static int run(struct catbox_options *o, struct catbox_result *result)
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

static bool is_dead(pid_t pid)
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

static pid_t read_pid(const char *path)
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

/* --- a caller who has a life of its own */

static void handler(int signal)
{
	(void)signal;
}

static bool same_action(int signal, void (*expected)(int))
{
	struct sigaction now;

	sigaction(signal, NULL, &now);
	return now.sa_handler == expected && (now.sa_flags & SA_RESTART) &&
	       !(now.sa_flags & SA_NOCLDSTOP);
}

static void set_action(int signal, void (*function)(int))
{
	struct sigaction action = { .sa_handler = function, .sa_flags = SA_RESTART };

	sigaction(signal, &action, NULL);
}

static void test_caller(void)
{
	static const struct {
		const char *name;
		void (*function)(int);
	} of_sigchld[] = { { "default", SIG_DFL }, { "ignored", SIG_IGN }, { "handled", handler } };
	char *argv[] = { "sh", "-c", "(exit 3); (true); exit 5", NULL };
	const char *hooks[] = { "finished=exit 4", NULL };
	struct catbox_options o = { .argv = argv, .hook_commands = hooks };
	struct catbox_result r;
	sigset_t mask, after;

	sigemptyset(&mask);
	sigaddset(&mask, SIGWINCH);
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	set_action(SIGUSR1, handler);
	set_action(SIGTERM, handler);
	for (size_t i = 0; i < 3; i++) {
		const char *name = of_sigchld[i].name;
		int fds = open_descriptors(), status = -1;
		bool ignored = of_sigchld[i].function == SIG_IGN;
		pid_t child;

		set_action(SIGCHLD, of_sigchld[i].function);
		child = fork();
		if (!child)
			_exit(42);
		ok(!run(&o, &r) && r.status == 5, "SIGCHLD %s: the command's status", name);
		ok(r.hook_failures == 1, "SIGCHLD %s: a hook's status", name);
		o.flags = CATBOX_FORWARD_SIGNALS;
		ok(!run(&o, &r) && r.status == 5, "SIGCHLD %s: the same with signals forwarded", name);
		o.flags = 0;
		ok(same_action(SIGCHLD, of_sigchld[i].function), "SIGCHLD %s: and stays so", name);
		while (waitpid(child, &status, 0) < 0 && errno == EINTR)
			;
		ok(ignored ? status == -1 : WEXITSTATUS(status) == 42,
		   "SIGCHLD %s: a child of the caller is left to it", name);
		ok(waitpid(-1, NULL, __WALL) < 0 && errno == ECHILD, "SIGCHLD %s: nobody is left", name);
		ok(open_descriptors() == fds, "SIGCHLD %s: no descriptor is left", name);
	}
	ok(same_action(SIGUSR1, handler) && same_action(SIGTERM, handler), "handlers stay");
	pthread_sigmask(SIG_SETMASK, NULL, &after);
	ok(!memcmp(&mask, &after, sizeof mask / 16), "the signal mask stays");
	sigemptyset(&mask);
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	set_action(SIGCHLD, SIG_DFL);
}

/* --- several at once */

#define THREADS 6
#define ROUNDS 8

struct worker {
	pthread_t thread;
	catbox_policy *policy;
	int number, right;
};

static void *work(void *arg)
{
	struct worker *w = arg;
	char script[80];
	char *argv[] = { "sh", "-c", script, NULL };

	for (int i = 0; i < ROUNDS; i++) {
		struct catbox_options o = { .size = sizeof o, .argv = argv, .policy = w->policy };
		struct catbox_result r;

		snprintf(script, sizeof script, "(true); (true >/usr/no) 2>/dev/null; exit %d",
			 w->number * 10 + i);
		w->right += !catbox_run(&o, &r, NULL) && r.status == w->number * 10 + i &&
			    r.violations == 1;
	}
	return NULL;
}

static void test_threads(void (*of_sigchld)(int), const char *name)
{
	struct worker workers[THREADS] = { 0 };
	catbox_policy *policy = usual_policy();
	int right = 0;

	set_action(SIGCHLD, of_sigchld);
	catbox_policy_freeze(policy);
	for (int i = 0; i < THREADS; i++) {
		workers[i].policy = policy;
		workers[i].number = i;
		pthread_create(&workers[i].thread, NULL, work, &workers[i]);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(workers[i].thread, NULL);
		right += workers[i].right;
	}
	ok(right == THREADS * ROUNDS, "%d of %d runs at once, SIGCHLD %s", right, THREADS * ROUNDS,
	   name);
	ok(same_action(SIGCHLD, of_sigchld), "SIGCHLD stays %s", name);
	set_action(SIGCHLD, SIG_DFL);
	catbox_policy_free(policy);
}

/* --- hooks */

struct calls {
	char order[2000];
	int fails;  /* what child_initialized returns */
	int kills;  /* child_initialized or violation kills the process */
	int pid;
	int hooks_logged, hook_texts;
};

static void note_call(struct calls *c, const char *name)
{
	strncat(c->order, name, sizeof c->order - strlen(c->order) - 2);
	strcat(c->order, " ");
}

static int on_initialized(int pid, const catbox_event *event, void *ctx)
{
	struct calls *c = ctx;

	c->pid = pid;
	note_call(c, catbox_event_number(event, "pid", 0) == pid ? "initialized" : "wrong-pid");
	if (c->kills == 1)
		kill(pid, SIGKILL);
	return c->fails;
}

static int on_died(int pid, const catbox_event *event, void *ctx)
{
	(void)event;
	note_call(ctx, pid == ((struct calls *)ctx)->pid ? "died" : "died-other");
	return 0;
}

static int on_violation(int pid, const catbox_event *event, void *ctx)
{
	note_call(ctx, catbox_event_text(event, "real"));
	if (((struct calls *)ctx)->kills == 2)
		kill(pid, SIGKILL);
	return 1; /* fails, and nothing comes of it */
}

static int on_start(int pid, const catbox_event *event, void *ctx)
{
	(void)event;
	note_call(ctx, pid == ((struct calls *)ctx)->pid ? "start" : "start-child");
	return 0;
}

static int on_exit_hook(int pid, const catbox_event *event, void *ctx)
{
	(void)event;
	note_call(ctx, pid == ((struct calls *)ctx)->pid ? "exit" : "exit-child");
	return 0;
}

static int on_finished(int pid, const catbox_event *event, void *ctx)
{
	(void)pid;
	note_call(ctx, catbox_event_text(event, "event"));
	return 0;
}

static void count_hooks(const catbox_event *event, void *ctx)
{
	struct calls *c = ctx;

	if (strcmp(catbox_event_text(event, "event"), "hook"))
		return;
	c->hooks_logged++;
	c->hook_texts += catbox_event_text(event, "text") != NULL;
}

static void test_hooks(void)
{
	char *argv[] = { "sh", "-c", "true & wait; true >/usr/no; :", NULL };
	char *touch[] = { "touch", "unrun", NULL };
	struct calls c = { .fails = 0 };
	struct catbox_options o = {
		.argv = argv, .child_initialized = on_initialized, .child_died_unexpectedly = on_died,
		.violation = on_violation, .process_start = on_start, .process_exit = on_exit_hook,
		.finished = on_finished, .hook_ctx = &c, .event = count_hooks, .event_ctx = &c,
	};
	struct catbox_result r;
	int rc = run(&o, &r);

	ok(!rc && !strcmp(c.order, "initialized start start-child exit-child /usr/no exit end "),
	   "hooks in their order: %s", c.order);
	ok(c.hooks_logged == 7 && c.hook_texts == 1 && r.hook_failures == 1,
	   "each call is logged, and a failure counts (%d, %d)", c.hooks_logged, c.hook_texts);
	c = (struct calls){ .fails = 9 };
	o.argv = touch;
	ok(run(&o, &r) == -ECANCELED && strstr(error.message, "child_initialized failed: it returned 9") &&
	   !there("unrun") && is_dead(c.pid), "child_initialized fails: %s", error.message);
	ok(!strcmp(c.order, "initialized end "), "and what is called then: %s", c.order);
	c = (struct calls){ .kills = 1 };
	ok(!run(&o, &r) && r.signal == SIGKILL && !there("unrun") && strstr(c.order, " died "),
	   "child_initialized kills the child: %s", c.order);
	c = (struct calls){ .kills = 2 };
	o.argv = argv;
	ok(!run(&o, &r) && r.signal == SIGKILL && strstr(c.order, "/usr/no died exit end"),
	   "violation kills the process: %s", c.order);
}

static void test_hook_commands(void)
{
	char *argv[] = { "touch", "inside", NULL };
	const char *hooks[] = { "child_initialized=cat >event; echo rubbish; echo $CATBOX_EVENT $CATBOX_PID >var",
				"child_initialized=touch second", NULL };
	const char *unknown[] = { "started=true", NULL }, *empty[] = { "finished=", NULL };
	const char *hangs[] = { "child_initialized=sleep 600 & echo $! >sleeper; wait", NULL };
	const char *closes[] = { "finished=exec <&- >&- 2>&-; kill -9 $$", NULL };
	struct calls c = { .fails = 0 };
	struct catbox_options o = { .argv = argv, .hook_commands = hooks, .event = count_hooks,
				    .event_ctx = &c };
	struct catbox_result r;
	char text[4096] = "";
	FILE *file;

	ok(!run(&o, &r) && !r.status && there("inside") && there("second") && c.hooks_logged == 2,
	   "two commands at one moment");
	file = fopen("event", "re");
	ok(file && fgets(text, sizeof text, file) && strstr(text, "\"event\":\"start\""),
	   "the event on stdin");
	if (file)
		fclose(file);
	file = fopen("var", "re");
	ok(file && fgets(text, sizeof text, file) && !strncmp(text, "child_initialized ", 18) &&
	   atoi(text + 18) > 1, "the variables: %.40s", text);
	if (file)
		fclose(file);
	unlink("inside");
	o.hook_commands = unknown;
	ok(run(&o, &r) == -EINVAL && strstr(error.message, "'started'"), "no hook of that name");
	o.hook_commands = empty;
	ok(run(&o, &r) == -EINVAL && strstr(error.message, "no command"), "a hook without a command");
	o.hook_commands = hangs;
	o.hook_timeout_ms = 300;
	ok(run(&o, &r) == -ECANCELED && strstr(error.message, "within 300 ms") && !there("inside"),
	   "a command that hangs: %s", error.message);
	ok(is_dead(read_pid("sleeper")), "and what it has started is killed too");
	o.hook_commands = closes;
	ok(!run(&o, &r) && !r.status && r.hook_failures == 1, "a command that is killed");
}

/* --- ends */

static int tick_after(void *ctx)
{
	return --*(int *)ctx < 0;
}

static void test_ends(void)
{
	char *tree[] = { "sh", "-c", "sleep 600 & echo $! >grandchild; trap '' TERM; wait", NULL };
	char *left[] = { "sh", "-c", "sleep 600 & echo $! >grandchild", NULL };
	catbox_policy *waits = usual_policy();
	struct catbox_options o = { .argv = tree, .timeout_ms = 400 };
	struct catbox_result r;
	char *complaints;
	int ticks = 3;

	ok(!run(&o, &r) && r.timed_out && r.signal == SIGKILL, "a timeout");
	ok(is_dead(read_pid("grandchild")), "and nobody is left");
	unlink("grandchild");
	catbox_policy_load_text(waits, "text", "leftovers: wait", 15, &complaints, NULL);
	o = (struct catbox_options){ .argv = left, .timeout_ms = 2500, .policy = waits };
	ok(!run(&o, &r) && r.timed_out && !r.signal && !r.status && r.leftovers == 1,
	   "a timeout while leftovers are waited for");
	ok(is_dead(read_pid("grandchild")), "and nobody is left");
	catbox_policy_free(waits);
	o = (struct catbox_options){ .function = sleep_long, .tick = tick_after, .thread_ctx = &ticks };
	ok(run(&o, &r) == -ECANCELED && r.signal == SIGKILL && ticks == -1 && !r.timed_out,
	   "tick ends a run: %s", error.message);
	o = (struct catbox_options){ .function = seven, .timeout_ms = 60000 };
	ok(!run(&o, &r) && !r.timed_out && r.status == 7, "a timeout that does not come");
}

static void test_killed(void)
{
	char *argv[] = { "sh", "-c", "echo $$ >victim; exec sleep 600", NULL };
	pid_t caller = fork(), victim;

	if (!caller) {
		struct catbox_options o = { .argv = argv };
		struct catbox_result r;

		_exit(run(&o, &r) ? 1 : 0);
	}
	victim = read_pid("victim");
	kill(caller, SIGKILL);
	waitpid(caller, NULL, 0);
	ok(victim > 1 && is_dead(victim), "when the caller is killed, so is the command");
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
