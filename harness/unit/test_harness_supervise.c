/* SPDX-License-Identifier: MIT */
/* One process tree under watch: why it was ended, and that nothing of it is left. */
#include "unit.h"

#include "base/cleanup.h"
#include "process.h"
#include "supervise.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* The limits are small, so that nothing here is large. */
static struct hn_launch launch_of(char *command)
{
	static char shell[] = "/bin/sh", option[] = "-c", path[] = "PATH=/usr/bin:/bin";
	static char *argv[] = { shell, option, NULL, NULL }, *envp[] = { path, NULL };

	argv[2] = command;
	return (struct hn_launch){
		.argv = argv, .envp = envp, .cwd = "/", .stdout_path = "/dev/null",
		.stderr_path = "/dev/null", .timeout_ms = 20000, .output_max = 1 << 20,
		.processes_max = 20,
	};
}

static struct hn_ending ending_of(const struct hn_launch *launch)
{
	struct hn_ending ending = { .status = -1 };
	struct hn_job job;
	struct cb_error err;

	CU_ASSERT_EQUAL_FATAL(hn_job_start(&job, launch, &err), 0);
	CU_ASSERT_EQUAL(waitpid(job.supervisor, NULL, 0), job.supervisor);
	CU_ASSERT_EQUAL(hn_job_finish(&job, &ending, &err), 0);
	return ending;
}

static void test_crowd(void)
{
	char few[] = "for i in 1 2 3 4 5; do sleep 1 & done; wait", many[] =
		"i=0; while [ $i -lt 60 ]; do sleep 60 & i=$((i + 1)); done; wait";
	struct hn_launch launch = launch_of(few);
	struct hn_ending ending = ending_of(&launch);

	CU_ASSERT_FALSE(hn_ending_is_forced(&ending));
	CU_ASSERT_EQUAL(ending.status, 0);
	launch = launch_of(many);
	ending = ending_of(&launch);
	CU_ASSERT_TRUE(ending.crowded);
	CU_ASSERT_TRUE(hn_ending_is_forced(&ending));
	CU_ASSERT_FALSE(ending.timed_out);
}

static void test_flood(void)
{
	char path[] = "/tmp/catbox-unit.XXXXXX", yes[] = "yes";
	CB_AUTO_FD int fd = mkstemp(path);
	struct hn_launch launch = launch_of(yes);
	struct hn_ending ending;

	CU_ASSERT_TRUE_FATAL(fd >= 0);
	launch.stdout_path = path;
	ending = ending_of(&launch);
	CU_ASSERT_TRUE(ending.flooded);
	CU_ASSERT_TRUE(hn_ending_is_forced(&ending));
	CU_ASSERT_EQUAL(unlink(path), 0);
}

static void test_survivors(void)
{
	char command[] = "setsid sleep 60 & setsid sleep 61 & exit 3";
	struct hn_launch launch = launch_of(command);
	struct hn_ending ending = ending_of(&launch);

	CU_ASSERT_EQUAL(WEXITSTATUS(ending.status), 3);
	CU_ASSERT_EQUAL(ending.survivors, 2);
	CU_ASSERT_PTR_NOT_NULL(strstr(ending.names, "sleep["));
	CU_ASSERT_FALSE(hn_ending_is_forced(&ending));
}

/* At the timeout it may clean up; then it is killed. */
static void test_timeout(void)
{
	char polite[] = "trap 'exit 7' TERM; sleep 60 & wait", deaf[] = "trap '' TERM; sleep 60";
	struct hn_launch launch = launch_of(polite);
	struct hn_ending ending;

	launch.timeout_ms = 300;
	ending = ending_of(&launch);
	CU_ASSERT_TRUE(ending.timed_out);
	CU_ASSERT_TRUE(WIFEXITED(ending.status));
	CU_ASSERT_EQUAL(WEXITSTATUS(ending.status), 7);
	launch = launch_of(deaf);
	launch.timeout_ms = 300;
	ending = ending_of(&launch);
	CU_ASSERT_TRUE(ending.timed_out);
	CU_ASSERT_TRUE(ending.ms > 3000 && ending.ms < 15000);
}

/* TERM from its own case does not end it early. */
static void test_own_signal(void)
{
	char command[] = "kill -TERM $PPID; kill -INT $PPID; kill -HUP $PPID; sleep 0.4; exit 3";
	struct hn_launch launch = launch_of(command);
	struct hn_ending ending = ending_of(&launch);

	CU_ASSERT_FALSE(ending.interrupted);
	CU_ASSERT_EQUAL(WEXITSTATUS(ending.status), 3);
}

static pid_t sleeper(void)
{
	pid_t child = fork();

	if (!child)
		for (;;)
			pause();
	return child;
}

static void test_strays(void)
{
	pid_t spared = sleeper(), stray = sleeper();

	CU_ASSERT_TRUE_FATAL(spared > 0 && stray > 0);
	CU_ASSERT_EQUAL(hn_count_descendants(), 2);
	hn_kill_strays(&spared, 1);
	CU_ASSERT_EQUAL(waitpid(stray, NULL, WNOHANG), stray);
	CU_ASSERT_EQUAL(waitpid(spared, NULL, WNOHANG), 0);
	CU_ASSERT_EQUAL(kill(spared, SIGKILL), 0);
	CU_ASSERT_EQUAL(waitpid(spared, NULL, 0), spared);
}

HN_UNIT_SUITE("harness-supervise",
	{ "ends a crowd", test_crowd },
	{ "ends a flood", test_flood },
	{ "names what is left", test_survivors },
	{ "ends with TERM, then KILL", test_timeout },
	{ "is not told by its case", test_own_signal },
	{ "kills strays and spares others", test_strays });
