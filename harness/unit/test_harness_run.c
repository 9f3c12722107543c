/* SPDX-License-Identifier: MIT */
/* The runner, with a script in catbox's place that runs the command bare: what
 * is tested is the harness and no sandbox. */
#include "unit.h"

#include "base/cleanup.h"
#include "case_run.h"
#include "tree.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char stand_in[] =
"#!/bin/sh\n"
"while [ \"$1\" != -- ]; do\n"
"	case $1 in\n"
"	--log) log=$2 ;;\n"
"	--stats) stats=$2 ;;\n"
"	--no-end) exit 7 ;;\n"
"	--setup) echo 'catbox: no seccomp' >&2; exit 125 ;;\n"
"	--crash) kill -SEGV $$ ;;\n"
"	--event) echo \"$2\" >>\"$log\" ;;\n"
"	--leave) setsid sleep 60 & ;;\n"
"	esac\n"
"	shift\n"
"done\n"
"shift\n"
"echo '{\"stops\":{\"total\":7}}' >\"$stats\"\n"
"\"$@\"\n"
"status=$?\n"
"echo '{\"event\":\"end\",\"status\":'$status',\"complete\":true}' >>\"$log\"\n"
"exit $status\n";

static const char suite_text[] =
"suite: s\n"
"timeout: 20s\n"
"cases:\n"
"  - {name: passes, run: exit 3, expect: {exit: 3, stops: 7, stdout: \"\"}}\n"
"  - {name: wrong exit, run: exit 4, expect: {exit: 3}}\n"
"  - name: environment\n"
"    env: {FOO: \"${BUILD_DIR}\", LC_ALL: C}\n"
"    run: |\n"
"      test $FOO = $PWD && test -d $HOME && test -w $TMPDIR && test $LC_ALL = C || exit 1\n"
"      test $(umask) = 0022 && test -z \"$CATBOX_UNIT\" && test $TZ = UTC || exit 2\n"
"      read x && exit 3\n"
"      test ! -e /proc/self/fd/9 || exit 4\n"
"    expect: {exit: 0, stderr: \"\"}\n"
"  - {name: timeout, timeout: 300ms, run: sleep 60, expect: {}}\n"
"  - {name: setup, options: [--setup], run: x, expect: {}}\n"
"  - {name: crash, options: [--crash], run: x, expect: {}}\n"
"  - {name: no end, options: [--no-end], run: x, expect: {}}\n"
"  - {name: survivor, options: [--leave], run: exit 0, expect: {exit: 0}}\n"
"  - name: denied\n"
"    options: [--event, '{\"event\":\"violation\",\"effect\":\"create\",\"real\":\"/etc/x\"}']\n"
"    run: exit 0\n"
"    expect: {exit: 0}\n"
"  - name: denied as expected\n"
"    options: [--event, '{\"event\":\"violation\",\"effect\":\"create\",\"real\":\"/etc/x\"}']\n"
"    run: exit 0\n"
"    expect: {exit: 0, denied: [{effect: create, path: /etc/x}]}\n"
"  - name: faked as expected\n"
"    options: [--event, '{\"event\":\"faked\",\"op\":\"chown\",\"real\":\"${BUILD_DIR}/a\",\"uid\":0,"
"\"gid\":8}', --event, '{\"event\":\"hook\",\"hook\":\"finished\"}']\n"
"    run: exit 0\n"
"    expect: {faked: [{op: chown, path: a, owner: '0:8'}], hooks: [{event: finished}]}\n"
"  - name: faked too often\n"
"    options: [--event, '{\"event\":\"faked\",\"op\":\"chown\",\"real\":\"/a\",\"uid\":0,\"gid\":8}']\n"
"    run: exit 0\n"
"    expect: {faked: []}\n"
"  - {name: hook missing, run: exit 0, expect: {hooks: [{event: finished}]}}\n"
"  - name: faked unchecked\n"
"    options: [--event, '{\"event\":\"faked\",\"op\":\"chown\",\"real\":\"/a\",\"uid\":0,\"gid\":8}']\n"
"    run: exit 0\n"
"    expect: {exit: 0}\n"
"  - name: reads\n"
"    options: [--event, '{\"event\":\"read\",\"real\":\"/usr/include/stdio.h\"}']\n"
"    run: exit 0\n"
"    expect: {reads: {includes: [/usr/include/, ~stdio], excludes: [/home/, /usr/include]}}\n"
"  - name: not read\n"
"    options: [--event, '{\"event\":\"read\",\"real\":\"/usr/include/stdio.h\"}']\n"
"    run: exit 0\n"
"    expect: {reads: {includes: [/usr/include/stdio]}}\n"
"  - name: read although excluded\n"
"    options: [--event, '{\"event\":\"read\",\"real\":\"/usr/include/stdio.h\"}']\n"
"    run: exit 0\n"
"    expect: {reads: {excludes: [/usr/]}}\n"
"  - {name: broken log, options: [--event, '{\"event\":'], run: exit 0, expect: {}}\n"
"  - {name: xfail, xfail: known, run: exit 1, expect: {exit: 0}}\n"
"  - {name: xpass, xfail: known, run: exit 0, expect: {exit: 0}}\n"
"  - {name: output, run: printf 'a\\nb\\n', expect: {stdout: \"a\\nc\\n\"}}\n"
"  - {name: perf, run: exit 0, expect: {stops: \"<= 6\"}}\n"
"  - name: files\n"
"    run: echo hi >f; chmod 640 f; ln -s f l; mkfifo p; mkdir d\n"
"    expect:\n"
"      files:\n"
"        - {path: f, mode: \"0640\", equals: \"hi\\n\", contains: \"~^h\", type: file}\n"
"        - {path: l, target: f, contains: hi, mode: \"640\"}\n"
"        - {path: p, type: fifo}\n"
"        - {path: d, type: dir}\n"
"        - {path: d/../f}\n"
"        - {path: x, absent: yes}\n"
"  - {name: no file, run: exit 0, expect: {files: [{path: x}]}}\n"
"  - {name: fifo content, run: mkfifo p, expect: {files: [{path: p, contains: x}]}}\n"
"  - {name: closed, run: exec >&- 2>&-; exit 0, expect: {exit: 0}}\n"
"  - {name: locked, run: mkdir -p a/b; chmod 0 a, expect: {exit: 0}}\n"
/* the stand-in leaves its counters before it runs the command: bare, there are none */
"  - name: control\n"
"    run: test ! -e f || exit 4; pwd; touch f; test ! -e $TMPDIR/../private/stats.json\n"
"    control: {exit: 0, stdout: \"${BUILD_DIR}\\n\", stderr: \"\", files: [{path: f}]}\n"
"    expect: {exit: 1, stdout: \"${BUILD_DIR}\\n\"}\n"
"  - {name: control exit, run: exit 4, control: {exit: 0}, expect: {exit: 4}}\n"
"  - {name: control signal, run: kill -SEGV $$, control: {exit: 0}, expect: {}}\n"
"  - {name: control signal met, run: exec >&-; kill -SEGV $$, control: {signal: SEGV}, expect: {}}\n"
"  - {name: control output, run: echo a, control: {stdout: b}, expect: {exit: 0}}\n"
"  - {name: control file, run: exit 0, control: {files: [{path: x}]}, expect: {exit: 0}}\n"
"  - {name: control skip, run: echo a; echo no b; exit 77, control: {exit: 0}, expect: {exit: 77}}\n"
"  - {name: control skip said, run: echo no c >&2; exit 77, control: {exit: 0}, expect: {}}\n"
"  - {name: control slow, timeout: 300ms, run: sleep 60, control: {exit: 0}, expect: {}}\n"
"  - {name: control xfail, xfail: known, run: exit 4, control: {exit: 0}, expect: {exit: 4}}\n"
"  - {name: control leaves, run: setsid sleep 60 &, control: {exit: 0}, expect: {}}\n";

static const struct want {
	enum hn_verdict verdict;
	enum hn_problem problem;
	const char *message; /* a part of it */
} wants[] = {
	{ HN_PASSED, 0, NULL },
	{ HN_FAILED, HN_PROBLEM_EXIT, "expected exit 3, got exit 4" },
	{ HN_PASSED, 0, NULL },
	{ HN_FAILED, HN_PROBLEM_TIMEOUT, "not finished after 0.300 s" },
	{ HN_ERRED, HN_PROBLEM_SETUP, "no seccomp" },
	{ HN_FAILED, HN_PROBLEM_CRASH, "signal 11" },
	{ HN_FAILED, HN_PROBLEM_CRASH, "exited with 7" },
	{ HN_FAILED, HN_PROBLEM_LEFTOVERS, "1 process survived the sandbox: sleep[" },
	{ HN_FAILED, HN_PROBLEM_DENIED, "denied: 1 unexpected" },
	{ HN_PASSED, 0, NULL },
	{ HN_PASSED, 0, NULL },
	{ HN_FAILED, HN_PROBLEM_FAKED, "faked: 1 unexpected" },
	{ HN_FAILED, HN_PROBLEM_HOOKS, "hooks: 1 missing" },
	{ HN_PASSED, 0, NULL },
	{ HN_PASSED, 0, NULL },
	{ HN_FAILED, HN_PROBLEM_READS, "reads: not read: /usr/include/stdio (of 1 files)" },
	{ HN_FAILED, HN_PROBLEM_READS, "reads: 1 file read that is excluded: /usr/" },
	{ HN_FAILED, HN_PROBLEM_CRASH, "1 line of catbox's log" },
	{ HN_SKIPPED, 0, "xfail: known" },
	{ HN_FAILED, HN_PROBLEM_EXIT, "marked xfail" },
	{ HN_FAILED, HN_PROBLEM_OUTPUT, "stdout differs" },
	{ HN_FAILED, HN_PROBLEM_PERF, "expected <= 6 stops, got 7" },
	{ HN_PASSED, 0, NULL },
	{ HN_FAILED, HN_PROBLEM_FILES, "file x: missing" },
	{ HN_FAILED, HN_PROBLEM_FILES, "no regular file" },
	{ HN_PASSED, 0, NULL },
	{ HN_PASSED, 0, NULL },
	{ HN_PASSED, 0, NULL },
	{ HN_FAILED, HN_PROBLEM_SETUP, "control run: expected exit 0, got exit 4" },
	{ HN_FAILED, HN_PROBLEM_SETUP, "control run: expected exit 0, got signal SEGV" },
	{ HN_PASSED, 0, NULL },
	{ HN_FAILED, HN_PROBLEM_SETUP, "control run: stdout differs" },
	{ HN_FAILED, HN_PROBLEM_SETUP, "control run: file x: missing" },
	{ HN_SKIPPED, 0, "no b" },
	{ HN_SKIPPED, 0, "no c" },
	{ HN_FAILED, HN_PROBLEM_SETUP, "control run: not finished after 0.300 s" },
	{ HN_FAILED, HN_PROBLEM_SETUP, "control run: expected exit 0, got exit 4" },
	/* the stand-in is no sandbox, and so is blamed for its own run */
	{ HN_FAILED, HN_PROBLEM_LEFTOVERS, "1 process survived the sandbox: sleep[" },
};

static void write_file(const char *path, const char *text, mode_t mode)
{
	CB_AUTO_FD int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, mode);

	CU_ASSERT_EQUAL(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

static void check_case(const struct hn_setup *setup, const struct hn_case *c,
		       const struct want *want, unsigned int number)
{
	struct hn_result result = { .verdict = HN_PASSED };
	struct hn_running running;
	struct cb_error err;
	char *kept = NULL;
	bool agrees;

	CU_ASSERT_EQUAL_FATAL(hn_case_start(&running, setup, c, number, &err), 0);
	do {
		CU_ASSERT_EQUAL(waitpid(running.job.supervisor, NULL, 0), running.job.supervisor);
	} while (hn_case_finish(&running, &result, &kept));
	agrees = result.verdict == want->verdict &&
		 (result.verdict == HN_PASSED || result.verdict == HN_SKIPPED ||
		  result.problem == want->problem) &&
		 (!want->message || (result.message.data &&
				     strstr(result.message.data, want->message)));
	CU_ASSERT_TRUE(agrees);
	if (!agrees)
		printf("      %s: verdict %d\n%s", c->name, result.verdict,
		       result.text.data ? result.text.data : "");
	CU_ASSERT_PTR_NULL(kept);
	hn_result_destroy(&result);
}

static void test_verdicts(void)
{
	char top[] = "/tmp/catbox-unit.XXXXXX";
	CB_AUTO_BUF struct cb_buf catbox = CB_BUF_INIT, suite_path = CB_BUF_INIT;
	struct hn_setup setup = { .timeout_factor = 1, .keep = HN_KEEP_NEVER };
	struct hn_suite *suite;

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(top));
	cb_buf_addf(&catbox, "%s/catbox", top);
	cb_buf_addf(&suite_path, "%s/s.yaml", top);
	write_file(catbox.data, stand_in, 0755);
	write_file(suite_path.data, suite_text, 0644);
	setup.place = (struct hn_place){ top, -1 };
	setup.program = (struct hn_program){ catbox.data, top, (char[]){ "somebody" } };
	setenv("CATBOX_UNIT", "must not get through", 1);
	suite = hn_suite_load(suite_path.data);
	CU_ASSERT_EQUAL(suite->errors, 0);
	if (suite->errors)
		printf("%s", suite->complaints.data);
	CU_ASSERT_EQUAL_FATAL(suite->count, sizeof wants / sizeof *wants);
	for (unsigned int i = 0; i < suite->count; i++)
		check_case(&setup, suite->cases[i], &wants[i], i);
	hn_suite_free(suite);
	unsetenv("CATBOX_UNIT");
	CU_ASSERT_EQUAL(unlink(catbox.data) | unlink(suite_path.data), 0);
	CU_ASSERT_EQUAL(rmdir(top), 0); /* so each case took its directories away */
}

HN_UNIT_SUITE("harness-run", { "verdicts", test_verdicts });
