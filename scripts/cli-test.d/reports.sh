# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# What the harness chooses, in which order, and what it writes about it.

# suite_of NAME TEXT: a suite file with cases in flow style, one a line
suite_of() {
	printf 'suite: %s\ncases:\n%b' "$1" "$2" >"$1.yaml"
}

# in_report ELEMENT: how many of them are in reports.xml
in_report() {
	grep -c "<$1[ />]" reports.xml
}

test_select() {
	suite_of pick "  - {name: good, run: exit 0, expect: {}}\n\
  - {name: bad, run: exit 3, expect: {exit: 0}}\n\
  - {name: slow, run: 'touch in', expect: {stops: 0, exit: 0}}\n\
  - {name: 'many \${n}', matrix: {n: [1, 2, 3, 4, 5, 6, 7, 8]}, run: 'true', expect: {}}\n"
	harness_run pick.yaml
	is "failures are 1" 1 $status
	harness_run --failed pick.yaml
	is "--failed runs what failed" "1 2" "$status $(in_report testcase)"
	harness_run --filter slow pick.yaml
	is "only performance is 3" 3 $status
	harness_run --filter good pick.yaml
	harness_run --failed pick.yaml
	is "--failed after a good run is 5" 5 $status
	has "and says so" err "nothing failed in the run before"
	is "and leaves the report" 1 "$(in_report testcase)"
	rm -f reports.xml
	harness_run --failed pick.yaml
	is "--failed without a report is 2" 2 $status
	harness_run -j1 --order random --seed 7 pick.yaml
	grep '^ok' out >first
	harness_run -j1 --order random --seed 7 pick.yaml
	is "--seed gives the order again" "$(sed 's/ (.*//' first)" "$(grep '^ok' out | sed 's/ (.*//')"
	has "the order is told" out '^order: random, seed 7$'
	has "the seed is in the report" reports.xml '<property name="seed" value="7"/>'
	harness_run -j1 pick.yaml
	is "which is another one" different \
		"$(grep '^ok' out | sed 's/ (.*//' >second; sed 's/ (.*//' first | cmp -s - second || echo different)"
	harness_run --seed 7 pick.yaml
	is "--seed without --order random is 2" 2 $status
	harness_run --order sideways pick.yaml
	is "an unknown order is 2" 2 $status
	has "and is named" err "file, random, not 'sideways'"
}

test_retries() {
	suite_of again "  - {name: second time, run: 'test -e $dir/in/flag || { touch $dir/in/flag; exit 3; }', \
expect: {exit: 0}, policy: {write: [{allow: $dir/in/}]}}\n  - {name: never, run: exit 3, expect: {exit: 0}}\n"
	rm -f in/flag
	harness_run --retries 2 again.yaml --tap report.tap
	is "what passes in the end is no failure" "1 1" "$status $(in_report failure)"
	has "it is counted apart" out '^0 passed, 1 failed, 0 skipped, 1 flaky$'
	has "and told" out '^FLAKY again/second time: passed at attempt 2; first: .*got exit 3'
	has "TAP too" report.tap '^ok 1 - again/second time .*flaky'
	rm -f in/flag
	harness_run again.yaml
	is "without --retries both fail" "1 2" "$status $(in_report failure)"
	rm -f in/flag
	harness_run --retries 1 --filter second again.yaml
	is "flaky alone is 0" 0 $status
}

test_forms() {
	suite_of form "  - {name: good, run: 'true', expect: {}, tags: [net]}\n\
  - {name: bad, run: 'touch /usr/x', expect: {exit: 0}}\n"
	harness_run --junit-ext --json report.json --github form.yaml
	has "--junit-ext says where" reports.xml 'name="bad" time="[0-9.]*" file="form.yaml" line="4"'
	has "and the tags" reports.xml '<property name="tag" value="net"/>'
	has "--github annotates" out '^::error file=form.yaml,line=4,title=form/bad::denied: 1 unexpected%0A'
	if command -v python3 >/dev/null 2>&1; then
		is "--json has the events" "failed denied violation /usr/x" "$(python3 - <<-'END'
			import json
			case = json.load(open("report.json"))["suites"][0]["cases"][1]
			event = [e for e in case["events"] if e["event"] == "violation"][0]
			print(case["verdict"], case["problems"][1]["type"], event["event"], event["real"])
		END
		)"
	else
		skip "--json has the events" "no python3"
	fi
	rm -f shard-status
	TEST_TOTAL_SHARDS=2 TEST_SHARD_INDEX=0 TEST_SHARD_STATUS_FILE=shard-status \
		XML_OUTPUT_FILE=bazel.xml "$harness" run form.yaml >out 2>err
	is "Bazel's variables" "there there" "$(there shard-status) $(there bazel.xml)"
	harness_run --json reports.xml form.yaml
	is "two reports in one file are 2" 2 $status
}
