#!/bin/sh
# SPDX-License-Identifier: MIT
# Fuzz targets. The last line says how many passed.
# usage: fuzz.sh replay BUILD_DIRECTORY            every input of fixtures/fuzz once
#        fuzz.sh run BUILD_DIRECTORY SECONDS [TARGET...]   with libFuzzer; what it
# finds stays in BUILD_DIRECTORY/corpus, what breaks a target in reports/.
set -u
mode=${1:-} build=${2:-} seconds=${3:-60}
passed=0 failed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

replay() { # TARGET
	"$build/replay/$1" "fixtures/fuzz/$1" >"$log" 2>&1
	status=$?
	line=$(grep -E '^[0-9]+ passed, [0-9]+ failed, 0 skipped$' "$log" | tail -n 1)
	sed "s,^,$1: ," "$log"
	set -- $(echo "$line" | tr -cd '0-9 ')
	passed=$((passed + ${1:-0}))
	failed=$((failed + ${2:-0}))
	# no inputs, or no last line, is a failure as well
	[ "$status" -eq 0 ] || [ "${2:-0}" -gt 0 ] || failed=$((failed + 1))
}

run() { # TARGET
	echo "== $1, $seconds s"
	mkdir -p "$build/corpus/$1" "$build/tmp" reports
	if TMPDIR=$PWD/$build/tmp UBSAN_OPTIONS=print_stacktrace=1 "$build/fuzz/$1" \
		-max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=2048 \
		-print_final_stats=1 -verbosity=1 -artifact_prefix="$PWD/reports/fuzz-$1-" \
		"$PWD/$build/corpus/$1" "$PWD/fixtures/fuzz/$1" >"$log" 2>&1; then
		grep -E 'DONE|number_of_executed_units|peak_rss' "$log"
		passed=$((passed + 1))
	else
		grep -A 60 -m 1 -E 'ERROR|runtime error|does not hold' "$log" || tail -n 20 "$log"
		failed=$((failed + 1))
	fi
}

case $mode in
replay)
	for source in harness/fuzz/fuzz_*.c; do
		target=${source##*/fuzz_}
		replay "${target%.c}"
	done
	;;
run)
	shift 3
	[ $# -gt 0 ] || set -- $(ls "$build/fuzz")
	for target; do
		run "$target"
	done
	;;
*)
	echo "usage: fuzz.sh replay BUILD | fuzz.sh run BUILD SECONDS [TARGET...]" >&2
	exit 2
	;;
esac
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
