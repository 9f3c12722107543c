#!/bin/sh
# SPDX-License-Identifier: MIT
# Many runs in a row of a storm of 300 short processes under catbox. Each must end
# in time with status 0, count the same number of processes, see each of them end,
# and leave none over; the tracer's memory must not grow, neither from the first
# run to the last nor with the length of a run.
# usage: storm.sh [--runs N]      (default 200)
set -u
cd "$(dirname "$0")/.." || exit 2
build=${BUILD:-build}
runs=200 limit=60

usage() {
	echo "usage: storm.sh [--runs N]" >&2
	exit 2
}

if [ $# -gt 0 ]; then
	[ "$1 $#" = "--runs 2" ] || usage
	runs=$2
fi
case $runs in '' | 0 | *[!0-9]*) usage ;; esac
[ -x "$build/catbox" ] || { echo "storm.sh: no $build/catbox: run make first" >&2; exit 2; }

scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
cputime=$build/cputime
${CC:-cc} -std=gnu11 -D_GNU_SOURCE -O2 scripts/cputime.c -o "$cputime" || exit 2

# 12 shells at once, each with 24 children: waited for, orphaned, replaced by exec
storm='
i=0
while [ $i -lt 12 ]; do
	i=$((i + 1))
	(
		j=0
		while [ $j -lt 6 ]; do
			j=$((j + 1))
			(:) &
			( (:) & )
			/bin/true &
		done
		wait
	) &
done
wait'

# value NAME: a number from the counters of the last run
value() {
	sed -n "s/^ *\"$1\": *\\([0-9]*\\).*/\\1/p" "$scratch/stats"
}

# run COMMAND: status and processes, rss are set; complains and fails if it went wrong
run() {
	rm -f "$scratch/cost"
	: >"$scratch/stats"
	: >"$scratch/log"
	timeout -k 5 "$limit" "$cputime" -m -o "$scratch/cost" -- "$build/catbox" run -q \
		-w "$scratch" --stats "$scratch/stats" --log "$scratch/log" --log-events processes \
		-- sh -c "$1" >"$scratch/out" 2>&1 </dev/null
	status=$?
	processes=$(value processes)
	rss=$(cut -d ' ' -f 3 "$scratch/cost" 2>/dev/null)
	began=$(grep -c '"event":"process"' "$scratch/log")
	ended=$(grep -c '"event":"exit"' "$scratch/log")
	why=
	[ "$status" -ne 124 ] || why="does not end in $limit s"
	[ "$status" -eq 0 ] || why=${why:-"status $status: $(tail -n 1 "$scratch/out")"}
	# the command itself ends, but has no event for its beginning
	[ $((began + 1)) -eq "$ended" ] || why=${why:-"1 + $began processes began, $ended ended"}
	[ "$ended" = "$processes" ] || why=${why:-"$processes processes, $ended ended"}
	[ "$(value leftovers)" = 0 ] || why=${why:-"leftovers: $(value leftovers)"}
	[ -z "$why" ]
}

passed=0 failed=0
verdict() {
	if [ "$1" -eq 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "storm.sh: $2"
	fi
}

# grown NOW: is it more than the first by a tenth and 256 KiB? Pages of libraries
# that happen to be mapped make some difference
grown() {
	[ "$1" -gt $((first_rss + first_rss / 10 + 256)) ]
}

n=0 constant='' first_rss=''
while [ "$n" -lt "$runs" ]; do
	n=$((n + 1))
	if ! run "$storm"; then
		verdict 1 "run $n: $why"
		continue
	fi
	constant=${constant:-$processes} first_rss=${first_rss:-$rss} last_rss=$rss
	[ "$processes" -eq "$constant" ] && [ "$processes" -gt 300 ]
	verdict $? "run $n: $processes processes, not $constant"
done

if [ -n "$first_rss" ]; then
	! grown "$last_rss"
	verdict $? "memory grew from $first_rss KiB in the first run to $last_rss KiB in the last"
	limit=$((limit * 5))
	run "k=0; while [ \$k -lt 20 ]; do k=\$((k + 1)); $storm; done"
	verdict $? "20 storms in one run: $why"
	! grown "${rss:-$first_rss}"
	verdict $? "memory grew from $first_rss KiB for one storm to $rss KiB for 20"
	echo "$constant processes a run; tracer $first_rss KiB in the first run, $last_rss KiB in" \
		"the last, $rss KiB after 20 storms in one"
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
