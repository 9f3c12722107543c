#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds the fixtures that do nothing wrong twice, at one and the same place: bare
# and under catbox. Exit status, output, and the tree that is left (names, types,
# modes, link targets; of what was installed also the content) must be the same, and
# nothing may be refused. One line a fixture, the sum at the end.
# usage: same-as-bare.sh [BUILD_DIRECTORY [FIXTURE...]]      (default build, all)
set -u
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8
project=$(cd "$(dirname "$0")/.." && pwd) || exit 2
build=$(cd "${1:-$project/build}" && pwd) || exit 2
catbox=$build/catbox
[ $# -eq 0 ] || shift
[ -x "$catbox" ] || { echo "same-as-bare.sh: no $catbox: run make first" >&2; exit 2; }

# fixture        shell  what it needs
fixtures='
make-app         sh     cc make gzip
configure-lib    sh     cc make
cmake-app        sh     cc cmake make
ninja-app        sh     cc ninja
python-package   sh     python3 /usr/lib/python3/dist-packages/setuptools
python-venv      sh     python3 python3:ensurepip
recursive-make   sh     cc make
git-clone        sh     git
tree-tools       bash   bash tar gzip
heredocs         bash   bash cc
many             sh
fork-storm       sh
thirty-two-bits  sh     cc -m32
tee-log          bash   bash cc
job-control      sh     bash script
'

scratch=$(mktemp -d) || exit 2
scratch=$(cd "$scratch" && pwd -P)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
passed=0 failed=0 skipped=0

# lacking NEED...: prints the first that is not here
lacking() {
	for need; do
		case $need in
		-m32) echo 'int main(void) { return 0; }' >"$scratch/m32.c" &&
			cc -m32 "$scratch/m32.c" -o "$scratch/m32" 2>/dev/null ;;
		/*) [ -e "$need" ] ;;
		*:*) "${need%%:*}" -c "import ${need#*:}" >/dev/null 2>&1 ;;
		*) command -v "$need" >/dev/null 2>&1 ;;
		esac || { echo "$need"; return; }
	done
}

# manifest: of the current directory
manifest() {
	find . -printf '%y %m %p -> %l\n' | sort
	[ ! -d out ] || find out -type f ! -name '*.pyc' -exec sha256sum {} + | sort -k 2
}

# plain FILE: without what differs from run to run, and in an order
plain() {
	sed -E -e 's,^\[[0-9]+/[0-9]+\],,' -e 's/[0-9]+\.[0-9]+ ?s(ec|econds)?\b/N s/g' -e 's/\b(pid|PID) [0-9]+/\1 N/g' "$1" | sort
}

# build_in KIND SHELL [COMMAND...]: a build in a fresh copy, what came of it in $scratch/KIND
build_in() {
	kind=$1 shell=$2
	shift 2
	rm -rf "${scratch:?}"/work "${scratch:?}"/home "${scratch:?}"/tmp "${scratch:?}/$kind"
	mkdir "$scratch/home" "$scratch/tmp" "$scratch/$kind"
	cp -a "$project/fixtures/$fixture" "$scratch/work"
	(cd "$scratch/work" && exec env -i PATH="$PATH" HOME="$scratch/home" \
		TMPDIR="$scratch/tmp" LC_ALL="$LC_ALL" TZ=UTC SOURCE_DATE_EPOCH=1700000000 \
		timeout 300 setsid -w "$@" "$shell" build.sh) \
		>"$scratch/$kind/out" 2>"$scratch/$kind/err" </dev/null
	echo "status $?" >"$scratch/$kind/seen"
	{
		plain "$scratch/$kind/out"
		plain "$scratch/$kind/err"
		(cd "$scratch/work" && manifest)
		(cd "$scratch" && find home tmp | sort)
	} >>"$scratch/$kind/seen"
}

# compare FIXTURE SHELL: builds twice
compare() {
	build_in bare "$2"
	build_in traced "$2" "$catbox" run -w "$scratch/work" -w "$scratch/tmp" \
		--violation-exit 0 -l "$scratch/log" --
	if diff "$scratch/bare/seen" "$scratch/traced/seen" >"$scratch/diff"; then
		passed=$((passed + 1))
		echo "ok - $1 ($(head -n 1 "$scratch/bare/seen"), $(wc -l <"$scratch/bare/seen") lines)"
	else
		failed=$((failed + 1))
		echo "not ok - $1: bare and traced differ"
		head -n 40 "$scratch/diff"
		grep -E '"event":"(violation|leftover|note)"' "$scratch/log"
	fi
}

while read -r fixture shell needs; do
	case " ${*:-$fixture} " in *" $fixture "*) ;; *) continue ;; esac
	[ -n "$fixture" ] || continue
	# shellcheck disable=SC2086 # a list of words
	why=$(lacking $needs)
	if [ -n "$why" ]; then
		skipped=$((skipped + 1))
		echo "ok - $fixture # SKIP no $why"
	else
		compare "$fixture" "$shell"
	fi
done <<END
$fixtures
END
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
