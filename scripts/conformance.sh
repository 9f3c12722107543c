#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs the test suite of another project outside the sandbox and inside, and compares
# the two, result line by result line: what catbox must not change is everything.
# usage: conformance.sh NAME            runs it bare, then in catbox; exit 1 if they differ
#        conformance.sh --bare NAME     outside: runs it bare and keeps the results,
#                                       unless they are there and nothing changed
#        conformance.sh --inside NAME   in the sandbox: runs it again and compares
# NAME is a file of conformance.d/. Sources and packages come by apt; where they cannot
# be had one line says why, and the exit status is 77.
#
# Both runs are made in a fresh copy at one path, build/conformance/run/NAME, with
# the same environment, in a session of their own and without a terminal. TMPDIR and
# HOME are in there too: a login shell must not run what stands in somebody's own
# files, and whatever is written elsewhere shows as a violation. What suites are known
# to write is let by suites/policies/conformance.yaml.
#
# A file of conformance.d/ defines
#   obtain   outside, once: gets sources and packages into $base, or fails with a reason
#   lay_out  makes the current directory, $work, ready for a run
#   suite    runs the suite in there; its output is kept in $work/raw
#   results  prints the result lines, without what differs from run to run
# and perhaps unprivileged=yes: root runs it as nobody. Nothing confines the bare run, so
# a suite that changes what is not its own must not have the power to.
set -u
umask 022
ulimit -c 0

top=$(cd "$(dirname "$0")/.." && pwd -P) || exit 2
base=$top/build/conformance
catbox=${CATBOX:-$top/build/catbox}
path=/usr/sbin:/usr/bin:/sbin:/bin
locale=C
unprivileged=

skip() {
	echo "$*"
	exit 77
}

fail() {
	echo "$*"
	exit 1
}

# source_of PACKAGE: its upstream source as $base/src/PACKAGE
source_of() {
	reason=$(sh "$top/scripts/fetch-source.sh" "$1" "$base/src" 9<&-) || skip "$reason"
}

# package PACKAGE: its files below $base/packages/PACKAGE, for what is not installed.
# (Installing it could upgrade half of the system along with it.)
package() {
	[ -d "$base/packages/$1" ] && return
	new=$base/packages/.new/$1
	rm -rf "$new" && mkdir -p "$new/files" || skip "cannot write in $base"
	(cd "$new" && apt-get -q -o APT::Sandbox::User="$(id -un)" download "$1") >"$new/log" 2>&1 ||
		skip "no package $1: $(grep '^E: ' "$new/log" | head -n 1)"
	dpkg-deb -x "$new"/*.deb "$new/files" >"$new/log" 2>&1 ||
		skip "cannot unpack package $1: $(tail -n 1 "$new/log")"
	mv "$new/files" "$base/packages/$1" && rm -rf "$new"
}

# programs NAME...: those of the system, not what stands before them on somebody's PATH
programs() {
	for program; do
		PATH=$path command -v "$program" >/dev/null 2>&1 || skip "no program '$program'"
	done
}

# Runs a command without the descriptors that whoever called us left open: bash's tests
# print the number of the first that is free. dash cannot close one with two digits.
alone='for fd in /proc/$$/fd/*; do
	fd=${fd##*/}
	[ "$fd" -le 2 ] || eval "exec $fd<&-"
done
exec "$@"'

# as_nobody COMMAND...: if the suite wants it so and we are root
as_nobody() {
	if [ -z "$unprivileged" ] || [ "$(id -u)" -ne 0 ]; then
		"$@"
	else
		setpriv --reuid=65534 --regid=65534 --clear-groups -- "$@"
	fi
}

# own: gives $work to whom the suite runs as
own() {
	[ -z "$unprivileged" ] || [ "$(id -u)" -ne 0 ] || chown 65534:65534 "$work" "$work"/*
}

# run DIRECTORY: one run in a fresh $work, its result lines in DIRECTORY/results
run() {
	rm -rf "${work:?}"/*
	mkdir -p "$work/tree" "$work/tmp" "$work/home" || return 1
	own || return 1
	as_nobody bash -c "$alone" bash env --default-signal env -i PATH="$path" HOME="$work/home" \
		LC_ALL="$locale" TMPDIR="$work/tmp" setsid -w sh "$0" --suite "$name" \
		>"$work/raw" 2>&1 </dev/null
	echo "exit $?" >>"$work/raw"
	(cd "$work" && LC_ALL=C results <"$work/raw") >"$1/results.new" &&
		mv "$1/results.new" "$1/results"
}

# what the results of a bare run depend on
fingerprint() {
	{ cat "$0" "$definition" && echo "$top $base" && uname -rm && id &&
		dpkg-query -W bash busybox busybox-static coreutils dash gcc libc6 make perl python3.11; } 2>&1 |
		cksum
}

run_bare() {
	obtain
	rm -f "$kept/fingerprint"
	run "$kept" || fail "$name: no results of the bare run"
	cp "$work/raw" "$kept/raw"
	[ "$(wc -l <"$kept/results")" -ge "$least" ] || {
		tail -n 5 "$kept/raw"
		fail "$name: $(wc -l <"$kept/results") result lines bare, expected $least"
	}
	fingerprint >"$kept/fingerprint"
}

prepare() {
	mkdir -p "$kept" "$work" || skip "cannot write in $base"
	as_nobody test -r "$0" -a -x "$work" || skip "nobody may not enter $work"
	exec 9>>"$kept/lock" && flock 9
}

bare() {
	prepare
	[ "$(cat "$kept/fingerprint" 2>/dev/null)" = "$(fingerprint)" ] || run_bare
}

inside() {
	[ -s "$kept/results" ] || fail "$name was not run bare"
	run "$work" || fail "$name: no results"
	if ! diff -a -U1 "$kept/results" "$work/results" >"$work/diff"; then
		head -n 400 "$work/diff"
		fail "$name: result lines differ, - bare, + in the sandbox (outputs: $kept/raw, $work/raw)"
	fi
	echo "$name: $(wc -l <"$work/results") result lines, all the same"
}

# outside: what was refused or left over, as far as it can be read
outside() {
	grep -E '"event":"(violation|expected|leftover|note)"' "$log" >"$base/$name.outside" || return
	echo "$name: $(wc -l <"$base/$name.outside") events in $log"
	head -n 40 "$base/$name.outside"
}

both() {
	[ -x "$catbox" ] || fail "no $catbox: run make first"
	prepare
	run_bare
	log=$base/$name.jsonl
	"$catbox" run -q --violation-exit 0 --log "$log" --set FIXTURES="$top/fixtures" \
		-p "$top/suites/policies/conformance.yaml" -- sh "$0" --inside "$name" 9<&-
	status=$?
	outside
	grep -q '"event":"end".*"complete":true' "$log" || fail "$name: $log is not complete"
	exit "$status"
}

do=both
case ${1:-} in --bare | --inside | --suite) do=${1#--} && shift ;; esac
name=${1:-}
definition=$top/scripts/conformance.d/$name.sh
if [ $# -ne 1 ] || [ ! -f "$definition" ]; then
	echo "usage: conformance.sh [--bare|--inside] $(ls "$top/scripts/conformance.d" | sed "s/\\.sh$//" | paste -sd"|")" >&2
	exit 2
fi
work=$base/run/$name
kept=$base/bare/$name
. "$definition"
if [ "$do" = suite ]; then
	cd "$work" && lay_out && cd "$work/tree" && suite
	exit
fi
$do
