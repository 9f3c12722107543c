# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# The benchmark by its counters, which repeat exactly; nothing here is timed.

# bench_run ARGUMENT...
bench_run() {
	"$harness" bench --junit bench.xml --json bench.json --csv bench.csv --html bench.html \
		--baseline base.yaml "$@" >out 2>err </dev/null
	status=$?
}

# bench_error LINE REGEX TEXT: nothing is run, status 2, and the report says so
bench_error() {
	printf '%b' "$3" >bad-bench.yaml
	rm -f "$dir/in/ran"
	bench_run --gate counters bad-bench.yaml
	if [ "$status $(there in/ran)" != "2 absent" ]; then
		not_ok "workloads: $2" "2 absent" "$status $(there in/ran) $(cat err)"
	else
		has "workloads: $2" err "bad-bench\\.yaml:$1:[0-9]+: error: .*$2"
		has "workloads: $2: reported" bench.xml 'classname="catbox\.bench" name="load"'
	fi
}

test_bench_files() {
	one="benches:\n  - name: one\n    run: touch $dir/in/ran\n"
	bench_error 4 "unknown key 'piars'.*did you mean 'pairs'" "$one    piars: 3\n"
	bench_error 4 "pairs must be in 1\.\.2000, not '0'" "$one    pairs: 0\n"
	bench_error 4 "'ptrce' is no engine, did you mean 'ptrace'" "$one    engines: [ptrce]\n"
	bench_error 4 "'gdb' is no peer" "$one    peers: [gdb]\n"
	bench_error 4 "tolerance must be like 5%, not '5'" "$one    tolerance: 5\n"
	bench_error 4 "no fixture 'nothing'" "$one    fixture: nothing\n"
	bench_error 4 "unknown requirement 'luck'" "$one    requires: [luck]\n"
	bench_error 4 "another workload 'one'" "$one  - name: one\n    run: x\n"
	bench_error 2 "a workload's name has only" "benches:\n  - name: two words\n    run: x\n"
	bench_error 2 "a workload has no 'run'$" "benches:\n  - name: one\n"
	rm -f bad-bench.yaml
}

test_bench_baseline() {
	printf '%b' "$one" >tiny.yaml
	before='reason: x\nmachine: {cpu: c, cores: 1, kernel: 1, compiler: c, flags: f}\nmetrics:\n'
	printf '%b' "$before  one/ptrace/processes: many\n  one/two: -1\n" >base.yaml
	cp base.yaml base.before
	bench_run --gate counters tiny.yaml --update-baseline --reason new
	is "a bad baseline: nothing runs" "2 absent" "$status $(there in/ran)"
	has "a bad baseline: its first error" err "base\\.yaml:4:[0-9]+: error: .*'many'"
	has "a bad baseline: its second error" err "base\\.yaml:5:[0-9]+: error: .*'-1'"
	same "a bad baseline is not touched" base.yaml base.before
	rm -f base.yaml base.before
	bench_run --gate counters tiny.yaml --update-baseline
	is "--update-baseline without --reason" "2 absent" "$status $(there base.yaml)"
	bench_run --gate counters tiny.yaml --reason r
	is "--reason without --update-baseline" 2 $status
	bench_run --gate counters,luck tiny.yaml
	is "an unknown gate" 2 $status
	bench_run --pairs 0 tiny.yaml
	is "no pairs" 2 $status
	bench_run --filter nothing-like-this tiny.yaml
	is "no workload selected is 5" 5 $status
	printf 'benches:\n  - name: fails\n    run: exit 3\n' >fails.yaml
	bench_run --gate counters fails.yaml --update-baseline --reason r
	is "a workload that fails is 1, and makes no baseline" "1 absent" "$status $(there base.yaml)"
	has "a workload that fails is an error" bench.xml '<error type="setup" message=".*status 3'
	rm -f fails.yaml in/ran
}

test_bench_counters() {
	[ -x "$build/second-stop/catbox" ] || { skip "bench: counters" "not built"; return; }
	{
		echo "benches:"
		echo "  - name: tiny"
		echo "    run: 'for i in 1 2 3 4 5; do mkdir d\$i; /bin/true; done; rm -r d1'"
		echo "  - name: set-up"
		echo "    setup: echo 1 >number"
		echo "    run: cat number && touch a b c d"
		echo "  - name: skipped"
		echo "    setup: echo out of luck; exit 77"
		echo "    run: 'true'"
		echo "    requires: []"
	} >tiny.yaml
	bench_run --gate counters tiny.yaml
	is "without a baseline nothing fails" 0 $status
	has "without a baseline it is said" out '[0-9]+ metrics are not in the baseline'
	has "a setup may skip" bench.xml '<skipped message="out of luck"'
	bench_run --gate counters tiny.yaml --update-baseline --reason 'first "figures"'
	is "a baseline is made" "0 there" "$status $(there base.yaml)"
	has "a metric is a line" base.yaml '^  tiny/ptrace/calls\.mkdir: 5$'
	has "the workload's own calls" base.yaml '^  tiny/workload/mkdir: 5$'
	is "the metrics are sorted" "" "$(sed -n 's/^  \(.*\/.*\): .*/\1/p' base.yaml | LC_ALL=C sort -c 2>&1)"
	cp base.yaml base.before
	bench_run --gate counters tiny.yaml
	is "the same again passes" 0 $status
	has "the same again is OK" out ' [0-9]+ OK$'
	lacks "the same again is nothing but OK" out 'REGRESSED|WARN|IMPROVED|NOISY|INCOMPARABLE'
	same "a baseline is changed only when asked" base.yaml base.before
	has "the case's class and name" bench.xml \
		'<testcase classname="catbox\.bench\.tiny" name="ptrace stops\.seccomp"'
	has "JSON: verdicts" bench.json '"verdict": "OK"'
	has "the page has its section" bench.html '<section class="bench">'
	has "CSV has its head" bench.csv '^workload,tool,round,cpu_s,wall_s$'
	CATBOX=$build/second-stop/catbox bench_run --gate counters tiny.yaml
	is "a second stop a call is 3: performance alone" 3 $status
	has "it is said which, and by how much" bench.xml \
		'<failure type="perf" message="REGRESSED: tiny/ptrace/stops\.other: [0-9]+, the baseline has 0'
	sed -i 's/for i in 1 2 3 4 5/for i in 1 2 3 4 5 6 7 8 9 10/' tiny.yaml
	bench_run --gate counters tiny.yaml
	is "another workload is not compared" 0 $status
	has "another workload is INCOMPARABLE" bench.xml \
		'<skipped message="INCOMPARABLE: tiny/.*the workload itself is another: .*mkdir 10'
	rm -f tiny.yaml base.* bench.*
}

test_bench() {
	[ -x "$harness" ] || { skip "bench" "not built"; return; }
	test_bench_files
	test_bench_baseline
	test_bench_counters
}
