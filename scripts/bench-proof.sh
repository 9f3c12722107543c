#!/bin/sh
# SPDX-License-Identifier: MIT
# Does the benchmark find what it should, and nothing else?
#
#   slower   a catbox with a second stop a call is found by its counters, by its
#            instructions and by its time, and the report says which and by how much
#   same N   the same build, N times against its own baseline, never fails
#
# Without a word both, N being 20. Wants an idle machine; PAIRS (default 12) and
# WORKLOAD (default changes) are for the time gate.
# usage: bench-proof.sh BUILD [slower | same [N]]
set -u
cd "$(dirname "$0")/.." || exit 2
build=$(cd "${1:-build}" && pwd) || exit 2
what=${2:-all} times=${3:-20}
case $what in slower | same | all) ;; *) echo "bench-proof.sh: '$what' is none of slower, same" >&2; exit 2 ;; esac
case $times in '' | 0 | *[!0-9]*) echo "bench-proof.sh: '$times' is no number" >&2; exit 2 ;; esac
pairs=${PAIRS:-12} workload=${WORKLOAD:-changes}
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
passed=0 failed=0

bench() { # NAME CATBOX ARGUMENT...: reports are $scratch/NAME.xml and so on
	name=$1 program=$2
	shift 2
	CATBOX=$program "$build/catbox-harness" bench --no-peers --baseline "$scratch/baseline.yaml" \
		--pairs "$pairs" --junit "$scratch/$name.xml" --json "$scratch/$name.json" \
		--csv "$scratch/$name.csv" --html "$scratch/$name.html" "$@" >"$scratch/$name.out" 2>&1
	status=$?
}

told() { # NAME COMMAND...
	name=$1
	shift
	if "$@"; then
		passed=$((passed + 1))
		echo "ok - $name"
	else
		failed=$((failed + 1))
		echo "not ok - $name"
	fi
}

# blames REPORT METRIC: the report has a failure of that metric, which is shown
blames() {
	grep -o "<failure type=\"perf\" message=\"REGRESSED: [^\"]*/$2: [^\"]*\"" "$scratch/$1.xml" |
		sed 's/.*message="\(.*\)"/  \1/' | grep .
}

bench baseline "$build/catbox" --filter "^(many|$workload)\$" --update-baseline --reason "to compare with"
if [ "$status" -ne 0 ]; then
	cat "$scratch/baseline.out"
	echo "bench-proof.sh: no baseline: status $status" >&2
	exit 1
fi

if [ "$what" != same ]; then
	bench slower "$build/second-stop/catbox" --filter "^(many|$workload)\$"
	cat "$scratch/slower.out"
	told "a second stop a call: status 3" [ "$status" -eq 3 ]
	told "it is found by the counters" blames slower ptrace/stops.other
	told "it is found by the instructions" blames slower ptrace/instructions
	told "it is found by the time" blames slower ptrace/cpu
fi

if [ "$what" != slower ]; then
	round=0
	while [ "$round" -lt "$times" ]; do
		round=$((round + 1))
		bench "same" "$build/catbox" --filter "^(many|$workload)\$"
		grep -E '^  (REGRESSED|WARN|NOISY|IMPROVED|INCOMPARABLE):' "$scratch/same.out"
		told "the same build, $round of $times: status 0" [ "$status" -eq 0 ]
	done
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
