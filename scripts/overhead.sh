#!/bin/sh
# SPDX-License-Identifier: MIT
# What does the sandbox cost a build? Runs workloads bare, under catbox, and under
# fakeroot, bwrap and strace where they are installed, and prints the ratios to bare.
# usage: overhead.sh [--rounds N] [--only many|hello]
#
# One round runs every tool once, in an order that rotates, each in a fresh
# directory; a round's ratios are to the bare run of that same round. The first
# round is for warming up and not counted. CPU is user + system of the whole tree,
# tracer included (see cputime.c); it is the figure to trust, wall time of identical
# runs differs by 20 % on a shared machine. N (default 9) is for `many`; `hello`
# takes a third of it.
set -u
cd "$(dirname "$0")/.." || exit 2
build=${BUILD:-build}
rounds=9 only=

usage() {
	echo "usage: overhead.sh [--rounds N] [--only many|hello]" >&2
	exit 2
}

while [ $# -gt 0 ]; do
	case $1 in
	--rounds) rounds=${2:-} ;;
	--only) only=${2:-} ;;
	*) usage ;;
	esac
	[ $# -ge 2 ] || usage
	shift 2
done
case $rounds in '' | 0 | *[!0-9]*) usage ;; esac
case $only in '' | many | hello) ;; *) usage ;; esac

[ -x "$build/catbox" ] || { echo "overhead.sh: no $build/catbox: run make first" >&2; exit 2; }
catbox=$(cd "$build" && pwd)/catbox
cputime=$(cd "$build" && pwd)/cputime
${CC:-cc} -std=gnu11 -D_GNU_SOURCE -O2 scripts/cputime.c -o "$cputime" || exit 2
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

tools="bare catbox"
for tool in fakeroot bwrap strace; do
	if command -v "$tool" >/dev/null 2>&1; then
		tools="$tools $tool"
	else
		echo "$tool: not installed, not compared"
	fi
done

# under TOOL DIRECTORY COMMAND...: the cost goes to $scratch/cost
under() {
	tool=$1 dir=$2
	shift 2
	case $tool in
	catbox) set -- "$catbox" run -q -w "$dir" -- "$@" ;;
	fakeroot) set -- fakeroot -- "$@" ;;
	bwrap) set -- bwrap --dev-bind / / -- "$@" ;;
	strace) set -- strace -f --seccomp-bpf -e trace=%file -o /dev/null "$@" ;;
	esac
	(cd "$dir" && TMPDIR=$dir exec "$cputime" -o "$scratch/cost" -- "$@") \
		>"$scratch/out" 2>&1 </dev/null
}

many='sh build.sh'
hello='./configure && make -j2'

# measure WORKLOAD ROUNDS SOURCE: SOURCE is copied for each run;
# lines "round tool cpu wall" go to $scratch/WORKLOAD
measure() {
	workload=$1 last=$2 source=$3 round=0
	case $workload in many) command=$many ;; *) command=$hello ;; esac
	while [ "$round" -le "$last" ]; do
		for tool in $tools; do
			rm -rf "$scratch/run"
			mkdir "$scratch/run"
			cp -a "$source/." "$scratch/run"
			if ! under "$tool" "$scratch/run" sh -c "$command"; then
				tail -n 5 "$scratch/out" >&2
				echo "overhead.sh: $workload fails under $tool" >&2
				exit 1
			fi
			echo "$round $tool $(cat "$scratch/cost")"
		done >>"$scratch/$workload"
		tools="${tools#* } ${tools%% *}"
		round=$((round + 1))
	done
}

# table WORKLOAD: medians over the rounds, and how far they spread
table() {
	awk -v workload="$1" '
		function median(list, n,   i, j, t) {
			for (i = 2; i <= n; i++)
				for (j = i; j > 1 && list[j - 1] > list[j]; j--) {
					t = list[j]; list[j] = list[j - 1]; list[j - 1] = t
				}
			low = list[1]; high = list[n]
			return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
		}
		function ratio(kind, tool,   r, n, list) {
			for (r = 1; r <= rounds; r++)
				list[++n] = cost[kind, tool, r] / cost[kind, "bare", r]
			return median(list, n)
		}
		function seconds(kind, tool,   r, list) {
			for (r = 1; r <= rounds; r++)
				list[r] = cost[kind, tool, r]
			return median(list, rounds)
		}
		$1 > 0 {
			cost["cpu", $2, $1] = $3; cost["wall", $2, $1] = $4
			if ($1 > rounds) rounds = $1
		}
		END {
			count = split("bare bwrap catbox fakeroot strace", order, " ")
			for (i = 1; i <= count; i++) {
				tool = order[i]
				if (!(("cpu", tool, 1) in cost)) continue
				printf "%-8s %-8s %8.3f", workload, tool, seconds("cpu", tool)
				r = ratio("cpu", tool)
				printf " %8.3f %15s", r, sprintf("%.3f..%.3f", low, high)
				printf " %8.3f", seconds("wall", tool)
				r = ratio("wall", tool)
				printf " %8.3f %15s\n", r, sprintf("%.3f..%.3f", low, high)
			}
			seconds("cpu", "bare") # how quiet was the machine?
			printf "%-8s %d rounds, bare runs took %.3f..%.3f cpu s%s\n", workload, rounds,
				low, high, (high > 1.1 * low) ? ": a noisy machine" : ""
		}' "$scratch/$1"
}

echo "$(uname -sr), $(nproc) CPUs, load $(cut -d ' ' -f 1 /proc/loadavg)"
printf '%-8s %-8s %8s %8s %15s %8s %8s %15s\n' \
	workload tool "cpu s" ratio "min..max" "wall s" ratio "min..max"
if [ "$only" != hello ]; then
	measure many "$rounds" fixtures/many || exit
	table many
fi
if [ "$only" != many ]; then
	if reason=$(sh scripts/fetch-source.sh hello "$build/real/src"); then
		measure hello $(((rounds + 2) / 3)) "$build/real/src/hello" || exit
		table hello
	else
		echo "hello: skipped: $reason"
	fi
fi
