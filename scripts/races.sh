#!/bin/sh
# SPDX-License-Identifier: MIT
# Every race of fixtures/probes/probe-race.c, often. Each is first run without a
# sandbox, where it must be won: what cannot win proves nothing. Then under catbox,
# with in/ writable and out/ not, where not one try may change anything in out/.
# usage: races.sh [--runs N] [--tries N] [--only REGEX] [-- OPTION...]
#        20 runs of 20000 tries each; REGEX is matched against "WAY CALL"; OPTIONs
#        are for catbox run
set -u
cd "$(dirname "$0")/.." || exit 2
project=$(pwd)
build=$(cd "${BUILD:-build}" && pwd) || exit 2
catbox=$build/catbox race=$build/probes/probe-race
runs=20 tries=20000 only=.

usage() {
	echo "usage: races.sh [--runs N] [--tries N] [--only REGEX] [-- OPTION...]" >&2
	exit 2
}

while [ $# -gt 0 ]; do
	case $1 in
	--runs) runs=${2-} ;;
	--tries) tries=${2-} ;;
	--only) only=${2-} ;;
	--) shift; break ;;
	*) usage ;;
	esac
	[ $# -ge 2 ] || usage
	shift 2
done
case $runs$tries in '' | *[!0-9]*) usage ;; esac
[ "$runs" -gt 0 ] && [ "$tries" -gt 0 ] && [ -n "$only" ] || usage
for program in "$catbox" "$race"; do
	[ -x "$program" ] || { echo "races.sh: no $program: run make programs probes first" >&2; exit 2; }
done

scratch=$(mktemp -d) || exit 2
trap 'cd /; rm -rf "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
passed=0 failed=0 skipped=0

# attempt TRIES COMMAND...: in fresh places; status is the probe's, the line in $scratch/out
attempt() {
	count=$1
	shift
	rm -rf "$scratch/work"
	mkdir "$scratch/work"
	cp -R "$project/fixtures/probes/tree/in" "$project/fixtures/probes/tree/out" "$scratch/work"
	cd "$scratch/work" || exit 2
	"$@" "$race" $what --tries "$count" in out >"$scratch/out" 2>&1
	status=$?
	cd "$project" || exit 2
}

# Without a sandbox: an unlucky scheduler may need more than one run.
is_won_bare() {
	for more in 1 10 100; do
		attempt $((2000 * more)) env
		[ $status -eq 0 ] || break
	done
}

# The runs of one race, until it is won.
race_it() {
	n=0 status=0
	while [ $n -lt "$runs" ] && [ $status -eq 0 ]; do
		n=$((n + 1))
		attempt "$tries" "$catbox" run -q --violation-exit 0 -w in "$@" --
	done
}

"$race" --calls | grep -E -- "$only" >"$scratch/calls"
while read -r what; do
	is_won_bare
	case $status in
	1) ;;
	77) skipped=$((skipped + 1)); echo "$what: skipped: $(cat "$scratch/out")"; continue ;;
	*) failed=$((failed + 1)); echo "$what: not won without a sandbox: $(cat "$scratch/out")"; continue ;;
	esac
	race_it "$@"
	if [ $status -eq 0 ]; then
		passed=$((passed + 1))
		echo "$what: $n runs of $tries tries, none won"
	else
		failed=$((failed + 1))
		echo "$what: run $n, status $status: $(cat "$scratch/out")"
	fi
done <"$scratch/calls"
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
