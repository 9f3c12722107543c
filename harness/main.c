/* SPDX-License-Identifier: MIT */
/* catbox-harness: runs suites of cases under catbox and judges what they did.
 *
 *   main            this file: picks the command
 *   cmd_run         `run`: from suites to reports and exit status (run_options)
 *   cmd_list, cmd_merge, cmd_explain (keys), cmd_init
 *   select          loads suites, chooses cases
 *     suite_load, load_expect, load_list, load_policy   the suite's YAML
 *   task            a case under an engine
 *   schedule        runs tasks, several at a time
 *     case_run      one case: directories (place, tree), catbox's command line
 *     supervise     its process tree under watch
 *     probe         what cases require of the machine
 *   check           what happened against what was expected (check_files,
 *                   check_reads, check_text)
 *     match         events against entries (events, pattern)
 *   record          what is kept of a case for reports
 *   report          what is told of a run: TAP, GitHub, summary (clean, console)
 *     junit         written; filled, read, merged, checked by junit_*
 *     json_report   all there is; html makes a page of it
 *   cmd_bench       `bench`
 *     bench_load    the YAML of workloads (bench)
 *     bench_measure rounds of runs (bench_once) under tools (bench_tool)
 *     bench_judge   against the baseline: perf (verdicts), ratio, baseline, machine
 *     bench_report  JSON, CSV, JUnit, a table; bench_section: HTML
 */
#include "command.h"

#include "junit.h"

#include <catbox.h>
#include <stdio.h>
#include <string.h>


static const char help[] =
"usage: catbox-harness run [options] [SUITE...]\n"
"       catbox-harness list [--json] [--filter REGEX] [--tag EXPR] [--shard I/N] [SUITE...]\n"
"       catbox-harness merge OUT IN...\n"
"       catbox-harness explain [KEY]\n"
"       catbox-harness init NAME\n"
"       catbox-harness bench [options] [SUITE...]      see below\n"
"       catbox-harness --version | --help\n"
"\n"
"Runs the cases of suites under catbox and writes a JUnit report. A SUITE is a\n"
"file, or NAME for suites/NAME.yaml; without any, all of suites/*.yaml. merge makes\n"
"one report of several (JUnit; or JSON reports to .json or .html), explain tells what\n"
"a key of a suite means, init writes a first suite.\n"
"\n"
"which cases, and how\n"
"  -j N                   cases at a time (default: number of processors)\n"
"  --filter REGEX         only cases whose id \"suite/case name\" matches\n"
"  --tag EXPR             only cases with these tags: \"net and not slow\"\n"
"  --shard I/N            only the I-th of N parts, the same on every machine\n"
"  --failed               only what failed in the report of the run before (--junit)\n"
"  --order random         not as they stand in the file; --seed N repeats an order\n"
"  --engine NAME          ptrace, notify, or both: under each, and compared\n"
"  --timeout-factor F     multiply all timeouts\n"
"  --max-failures N       start no more cases after N failures\n"
"  --retries N            try a failed case N times more; what then passes is flaky\n"
"  --keep WHICH           keep directories of cases: failed (default), always, never;\n"
"                         they stay until the next run\n"
"  --accept [--dry-run]   write what was seen into the suites; not if CI is set\n"
"reports\n"
"  --junit FILE           the report (default: reports/junit.xml)\n"
"  --junit-ext            with file, line, tags (not in every schema of JUnit)\n"
"  --tap FILE  --json FILE  --html FILE\n"
"                         also TAP; all there is, with events; a page\n"
"  --github               annotations on stdout\n"
"\n"
"bench measures what tracing costs; a SUITE is a file of workloads, or NAME for\n"
"suites/bench/NAME.yaml; without any, all of suites/bench/ that are not large.\n"
"\n"
"  --large                large workloads too\n"
"  --filter REGEX         only workloads whose name matches, large or not\n"
"  --gate LIST            only these: counters,instructions,time\n"
"  --pairs N              pairs of runs that count\n"
"  --no-peers             not under other tools\n"
"  --seed N               order of runs\n"
"  --baseline FILE        what to compare with (default: suites/bench.baseline.yaml)\n"
"  --update-baseline --reason TEXT   write what was measured into it\n"
"  --junit, --json, --csv, --html FILE   the reports (default: reports/bench.*)\n"
"\n"
"exit status: 0 ok, 1 a case failed, 2 wrong usage or suite, 3 nothing but\n"
"performance got worse, 4 this machine cannot sandbox, 5 nothing selected,\n"
"128+N ended by signal N\n"
"\n"
"environment: CATBOX the program to test, PROBES its probe programs,\n"
"CATBOX_HARNESS_DIR where cases live, JUNIT_XSD further schemas (a:b) that the\n"
"report must satisfy, NO_COLOR, CI, and Bazel's TEST_TOTAL_SHARDS, TEST_SHARD_INDEX,\n"
"XML_OUTPUT_FILE\n";

static const char *version(void)
{
	return CATBOX_VERSION;
}

static int command(int argc, char *argv[])
{
	static const struct {
		const char *name;
		int (*run)(int argc, char *argv[]);
	} commands[] = {
		{ "run", hn_command_run },     { "list", hn_command_list },
		{ "merge", hn_command_merge }, { "explain", hn_command_explain },
		{ "init", hn_command_init },   { "bench", hn_command_bench },
	};

	if (argc < 2)
		return hn_usage_error("no command");
	if (!strcmp(argv[1], "--version")) {
		printf("catbox-harness %s\n", version());
		return HN_EXIT_OK;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") ||
	    (argc > 2 && !strcmp(argv[2], "--help"))) {
		fputs(help, stdout);
		return HN_EXIT_OK;
	}
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(argc - 1, argv + 1);
	return hn_usage_error("unknown command '%s'", argv[1]);
}

int main(int argc, char *argv[])
{
	int status = command(argc, argv);

	hn_junit_cleanup();
	return status;
}
