/* SPDX-License-Identifier: MIT */
/* catbox-harness: runs suites of cases under catbox and judges what they did.
 *
 *   main            this file: picks the command
 *   cmd_run         options of `run`, from suites to reports and exit status
 *   cmd_list        `list`
 *   select          loads suites, chooses cases
 *     suite_load, load_expect, load_list, load_policy   the suite's YAML
 *   schedule        runs cases, several at a time
 *     case_run      one case: directories (place, tree), catbox's command line
 *     supervise     its process tree under watch
 *     probe         what cases require of the machine
 *   check           what happened against what was expected
 *     match         events against entries (events, pattern)
 *   report          JUnit (junit, junit_check, junit_schema, clean), TAP, summary
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
"       catbox-harness bench [options] [SUITE...]      see below\n"
"       catbox-harness --version | --help\n"
"\n"
"Runs the cases of suites under catbox and writes a JUnit report. A SUITE is a\n"
"file, or NAME for suites/NAME.yaml; without any, all of suites/*.yaml.\n"
"\n"
"  -j N                   cases at a time (default: number of processors)\n"
"  --filter REGEX         only cases whose id \"suite/case name\" matches\n"
"  --tag EXPR             only cases with these tags: \"net and not slow\"\n"
"  --shard I/N            only the I-th of N parts, the same on every machine\n"
"  --timeout-factor F     multiply all timeouts\n"
"  --keep WHICH           keep directories of cases: failed (default), always, never;\n"
"                         they stay until the next run\n"
"  --max-failures N       start no more cases after N failures\n"
"  --junit FILE           the report (default: reports/junit.xml)\n"
"  --tap FILE             also write TAP\n"
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
"report must satisfy, NO_COLOR, CI\n";

static const char *version(void)
{
	return CATBOX_VERSION;
}

static int command(int argc, char *argv[])
{
	if (argc < 2)
		return hn_usage_error("no command");
	if (!strcmp(argv[1], "run"))
		return hn_command_run(argc - 1, argv + 1);
	if (!strcmp(argv[1], "list"))
		return hn_command_list(argc - 1, argv + 1);
	if (!strcmp(argv[1], "bench"))
		return hn_command_bench(argc - 1, argv + 1);
	if (!strcmp(argv[1], "--version")) {
		printf("catbox-harness %s\n", version());
		return HN_EXIT_OK;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") ||
	    (argc > 2 && !strcmp(argv[2], "--help"))) {
		fputs(help, stdout);
		return HN_EXIT_OK;
	}
	return hn_usage_error("unknown command '%s'", argv[1]);
}

int main(int argc, char *argv[])
{
	int status = command(argc, argv);

	hn_junit_cleanup();
	return status;
}
