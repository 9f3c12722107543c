#!/bin/sh
# SPDX-License-Identifier: MIT
# Do the tests bite? Each mutant of scripts/mutants.d/ is one small mistake in the
# sources. It is built in a copy outside the tree, and the tests that it names must
# fail; if they pass, all others that are quick are tried. A mutant that no test
# notices is a survivor: it is named, and the exit status is 1. Status 2: a mutant's
# edit does not apply any more, it cannot be built, or a test fails without any mutant.
#
# usage: mutants.sh [NAME...]             (names or parts of them; all without)
#        SHARD=I/N mutants.sh [NAME...]   every N-th of them, from the I-th on
#        mutants.sh --apply               does every edit still apply? nothing is built
#
# A mutant is a block of lines, in this order, with an empty line behind it:
#     name    AREA/WHAT
#     file    the source
#     why     what nobody should be able to break
#     after   optional: text of a line; what is sought stands behind the first such line
#     from    a whole line of the source, but for the spaces around it; only one may be so
#     to      what replaces it
#     test    unit FILTER | suite NAME [FILTER] | suites NAME... | cli PART    repeatable
set -u
project=$(cd "$(dirname "$0")/.." && pwd) || exit 2
cd "$project" || exit 2
limit=200 # seconds for a test: what hangs has noticed something
build_limit=600
shard=${SHARD:-1/1}
case $shard in
*[!0-9/]* | */*/* | /* | */ | 0* | */0*) echo "SHARD must be I/N, not '$shard'" >&2; exit 2 ;;
*/*) [ "${shard%/*}" -le "${shard#*/}" ] || { echo "SHARD $shard: there is no such part" >&2; exit 2; } ;;
*) echo "SHARD must be I/N, not '$shard'" >&2; exit 2 ;;
esac
only_apply=
[ "${1:-}" != --apply ] || { only_apply=yes; shift; }
jobs=$(nproc)
# not the races, which need luck, and no builds of other projects
rest="unit
cli args commands killed lacking notes status stop collect lines write net set log stats
suites $(ls suites/*.yaml | sed 's,suites/\(.*\)\.yaml,\1,' | grep -vxE 'races|real-builds|conformance|bench.*' | tr '\n' ' ')"

scratch=$(mktemp -d) || exit 2
trap 'cd /; rm -rf "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
chmod 711 "$scratch" # a test runs programs of the copy as somebody else
copy=$scratch/catbox

now() { date +%s; }

say() { printf '%s\n' "$*"; }

# --- reading mutants

# fields KEY BLOCK: the values of the lines with that key
fields() {
	sed -n "s/^$1[[:space:]]\{1,\}//p" "$2"
}

# split DIRECTORY: a file for each block, in the order of the files' names
split() {
	cat scripts/mutants.d/*.mutants | awk -v dir="$1" '
		/^#/ { next }
		/^[[:space:]]*$/ { if (open) close(file); open = 0; next }
		!open { open = 1; file = sprintf("%s/%04d", dir, ++n) }
		{ print > file }'
}

# whole BLOCK: has it all it needs?
whole() {
	for key in name file why from test; do
		[ -n "$(fields $key "$1")" ] || { say "$1: no $key: $(head -n 1 "$1")"; return 1; }
	done
	grep -q '^to' "$1" || { say "$(fields name "$1"): no to"; return 1; }
}

# --- one mutant

# edit BLOCK SOURCE: prints the changed source; 1 if the line is not there just once
edit() {
	AFTER=$(fields after "$1") FROM=$(fields from "$1") TO=$(fields to "$1") awk '
	function bare(s) { sub(/^[ \t]+/, "", s); sub(/[ \t]+$/, "", s); return s }
	BEGIN { after = ENVIRON["AFTER"]; from = bare(ENVIRON["FROM"]); to = ENVIRON["TO"]; seen = after == "" }
	{ line = $0 }
	!seen && index($0, after) { seen = 1; print; next }
	seen && !(done && after != "") && bare($0) == from {
		match($0, /^[ \t]*/)
		line = substr($0, 1, RLENGTH) to
		done++
	}
	{ print line }
	END { exit done != 1 }' "$2"
}

build() { # what is built, its output in build.log
	timeout "$build_limit" make -C "$copy" --no-print-directory -j"$jobs" WERROR= programs probes build/unit >"$scratch/build.log" 2>&1
}

# tested WHAT ARGUMENT...: 0 if that test passes
tested() {
	kind=$1
	shift
	case $kind in
	unit) timeout "$limit" build/unit --junit "$scratch/unit.xml" ${1:+--filter "$1"} ;;
	cli) ONLY=$* timeout "$limit" sh scripts/cli-test.sh build ;;
	suite)
		name=$1
		shift
		timeout "$limit" build/catbox-harness run -j "$jobs" --keep never --max-failures 1 \
			--junit "$scratch/suite.xml" ${*:+--filter "$*"} "$name"
		;;
	suites)
		timeout "$limit" build/catbox-harness run -j "$jobs" --keep never --max-failures 1 \
			--junit "$scratch/suite.xml" "$@"
		;;
	*) say "no kind of test: $kind"; exit 2 ;;
	esac >"$scratch/test.log" 2>&1 </dev/null
}

# noticed TESTS: leaves the first of them that fails in by; 1 if all pass
noticed() {
	by=
	while read -r test; do
		# shellcheck disable=SC2086
		(cd "$copy" && tested $test) || { by=$test; return 0; }
	done <<END
$1
END
	return 1
}

# tries BLOCK: says what became of the mutant
try() {
	name=$(fields name "$1") file=$(fields file "$1") began=$(now)
	cp "$copy/$file" "$scratch/original" # not the project's, which may change meanwhile
	edit "$1" "$scratch/original" >"$scratch/changed" || {
		say "does not apply: $file has no such line, or several: $(fields from "$1")"
		broken="$broken $name"
		return
	}
	cp "$scratch/changed" "$copy/$file"
	if ! build; then
		say "cannot be built:"
		grep -E 'error|\*\*\*' "$scratch/build.log"
		broken="$broken $name"
	elif noticed "$(fields test "$1")"; then
		say "noticed by: $by ($(($(now) - began)) s)"
		killed=$((killed + 1))
	elif noticed "$rest"; then
		test=$by
		cp "$scratch/original" "$copy/$file"
		if build && ! noticed "$test"; then
			say "noticed, but only by: $test"
			killed=$((killed + 1))
		else
			tail -n 20 "$scratch/test.log"
			say "nothing is known, since this fails without a mutant: $test"
			broken="$broken $name"
		fi
	else
		say "SURVIVES: $(fields why "$1")"
		survivors="$survivors $name"
	fi
	cp "$scratch/original" "$copy/$file" # and newer than what was made from the other
}

# --- all of them

mkdir "$scratch/blocks" "$scratch/chosen" "$copy"
split "$scratch/blocks"
for block in "$scratch/blocks"/*; do
	whole "$block" || exit 2
	[ $# -gt 0 ] || cp "$block" "$scratch/chosen/"
	for wanted; do
		case $(fields name "$block") in *"$wanted"*) cp "$block" "$scratch/chosen/" ;; esac
	done
done
twice=$(cat "$scratch/blocks"/* | sed -n 's/^name[[:space:]]*//p' | sort | uniq -d)
[ -z "$twice" ] || { say "two mutants have one name: $twice"; exit 2; }
[ "$(ls "$scratch/chosen")" ] || { say "no such mutant: $*"; exit 2; }
ls "$scratch/chosen" | awk -v i="${shard%/*}" -v n="${shard#*/}" '(NR - i) % n' | (cd "$scratch/chosen" && xargs -r rm)
total=$(ls "$scratch/chosen" | wc -l)
[ "$total" -gt 0 ] || { say "nothing is in shard $shard"; exit 2; }

# before the long work
stale=0
for block in "$scratch/chosen"/*; do
	edit "$block" "$(fields file "$block")" >"$scratch/changed" && continue
	say "does not apply: $(fields name "$block"): $(fields file "$block") has no such line, or several: $(fields from "$block")"
	stale=$((stale + 1))
done
if [ "$only_apply" ]; then
	say "$((total - stale)) passed, $stale failed, 0 skipped"
	[ $stale -eq 0 ]
	exit
fi
[ $stale -eq 0 ] || exit 2

tar -cf - --exclude=./.git --exclude='./build*' --exclude=./reports . | tar -xf - -C "$copy"
mkdir -p "$copy/reports"
# as long as objects are newer than their sources, make takes them as they are
[ ! -d build ] || cp -a build "$copy/build"
say "building $total mutants in $copy"
build || { cat "$scratch/build.log"; exit 2; }
cat "$scratch/chosen"/* | sed -n 's/^test[[:space:]]*//p' | sort -u >"$scratch/tests"
say "without a mutant: $(wc -l <"$scratch/tests") tests must pass"
if noticed "$(cat "$scratch/tests")"; then
	tail -n 20 "$scratch/test.log"
	say "fails without a mutant: $by"
	exit 2
fi

number=0 killed=0 survivors= broken=
for block in "$scratch/chosen"/*; do
	number=$((number + 1))
	printf '[%d/%d] %s: ' "$number" "$total" "$(fields name "$block")"
	try "$block"
done
say "$killed of $total mutants noticed"
[ -z "$survivors" ] || say "survivors:$survivors"
[ -z "$broken" ] || { say "not tried:$broken"; exit 2; }
[ -z "$survivors" ]
