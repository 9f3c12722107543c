#!/bin/sh
# SPDX-License-Identifier: MIT
# The library as others see it: what it exports, what is installed, the examples built
# with pkg-config against an installed copy (shared and static) and run, and the tests
# of harness/api. One line a test, the sum at the end.
# usage: api-test.sh [BUILD_DIRECTORY]      (default build)
set -u
project=$(cd "$(dirname "$0")/.." && pwd) || exit 2
build=$(cd "${1:-$project/build}" && pwd) || exit 2
export LC_ALL=C.UTF-8
scratch=$(mktemp -d) || exit 2
cd "$scratch" || exit 2
trap 'cd /; rm -rf "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
passed=0 failed=0 skipped=0

# is NAME EXPECTED GOT
is() {
	if [ "$2" = "$3" ]; then
		passed=$((passed + 1))
		echo "ok - $1"
	else
		failed=$((failed + 1))
		echo "not ok - $1 (expected: $2, got: $3)"
	fi
}

# --- what it exports

nm -D --defined-only "$build/libcatbox.so" | awk '$3 ~ /^(_init|_fini)$/ { next } { print $3 }' |
	sort >exported
[ "$(wc -l <exported)" -gt 10 ] || echo "nothing exported" >>exported
case $(nm -D "$build/libcatbox.so") in
*__asan_init*)
	skipped=$((skipped + 1))
	echo "ok - what the library exports # SKIP sanitizers export more"
	;;
*)
	is "what the library exports is what src/api/exported.txt says" "" \
		"$(sort "$project/src/api/exported.txt" | diff - exported)"
	;;
esac
sed -n 's/^CATBOX_API [^(]*[ *]\(catbox_[a-z_]*\)(.*/\1/p' "$project/src/include/catbox.h" | sort >declared
is "and what catbox.h declares" "" "$(sort "$project/src/api/exported.txt" | diff - declared)"
is "its name" "[libcatbox.so.0]" "$(readelf -d "$build/libcatbox.so" | awk '/SONAME/ { print $NF }')"
for compiler in "${CC:-cc} -std=c99 -pedantic" "c++ -x c++"; do
	if ! command -v "${compiler%% *}" >/dev/null; then
		skipped=$((skipped + 1))
		echo "ok - catbox.h alone with $compiler # SKIP no compiler"
		continue
	fi
	echo '#include <catbox.h>' >alone.c
	is "catbox.h alone with $compiler" "" \
		"$($compiler -Wall -Wextra -Werror -fsyntax-only -I"$project/src/include" alone.c 2>&1)"
done

# --- what is installed, and removed again

make -C "$project" --no-print-directory install BUILD="$build" PREFIX="$scratch/installed" >log 2>&1
is "make install" 0 $?
export PKG_CONFIG_PATH="$scratch/installed/lib/pkgconfig"
is "pkg-config knows the version" "$("$build/catbox" --version)" "catbox $(pkg-config --modversion catbox)"

# example NAME CFLAGS...: both ways to link; leaves NAME-shared and NAME-static
example() {
	name=$1
	for way in shared static; do
		case $way in
		shared) libs="$(pkg-config --libs catbox) -Wl,-rpath,$scratch/installed/lib" ;;
		static) libs=$(pkg-config --static --libs catbox |
			sed "s|-lcatbox|$scratch/installed/lib/libcatbox.a|") ;;
		esac
		# shellcheck disable=SC2046,SC2086 # words
		${CC:-cc} -Wall -Wextra -Werror $(pkg-config --cflags catbox) ${SANITIZE:+-fsanitize=$SANITIZE} \
			"$project/docs/examples/$name.c" -o "$name-$way" $libs -lpthread >log 2>&1
		is "$name.c compiles, $way" "0 " "$? $(cat log)"
	done
}

# says NAME EXPECTED COMMAND...: what both ways print
says() {
	name=$1 expected=$2
	shift 2
	for way in shared static; do
		is "$name, $way" "$expected" "$("./$name-$way" "$@" 2>/dev/null)"
	done
}

example run_command
mkdir in
says run_command "refused: mkdir /usr/catbox-example
status 1, signal 0, 1 violations" in sh -c 'mkdir -p in/made && mkdir /usr/catbox-example'
says run_command "cannot run ./missing: No such file or directory
status 127, signal 0, 0 violations" in ./missing
is "run_command writes where it may" yes "$([ -d in/made ] && echo yes)"
example run_function
printf 'one\ntwo\n' >lines
says run_function "2 lines, status 0, 1 violations" lines
says run_function "status 1, 0 violations" missing
example threads
says threads "run 0: status 0, 0 violations
run 1: status 1, 1 violations
run 2: status 2, 2 violations
run 3: status 3, 3 violations"
example observe
says observe "engine ptrace, go
refused: /usr/catbox-example
2 started, 2 ended, 1 refused, some files read: yes, 2 processes in all" \
	sh -c '(mkdir /usr/catbox-example); true'
says observe "engine ptrace, not this time
0 started, 0 ended, 0 refused, some files read: no, 1 processes in all
observe: the hook child_initialized failed: it returned 1" --refuse touch in/refused
is "observe --refuse runs nothing" no "$([ -e in/refused ] || echo no)"
make -C "$project" --no-print-directory uninstall BUILD="$build" PREFIX="$scratch/installed" >log 2>&1
is "make uninstall leaves nothing" "" "$(find installed ! -type d)"

# --- the tests of harness/api

mkdir tests
(cd tests && "$build/test-api") >log 2>&1
status=$?
grep -aE '^(not )?ok - ' log
line=$(grep -aE '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' log | tail -n 1)
if [ -z "$line" ]; then
	cat log
	is "test-api comes to its end" 0 "$status, and no count"
else
	passed=$((passed + ${line%% *}))
	line=${line#*, }
	failed=$((failed + ${line%% *}))
	line=${line#*, }
	skipped=$((skipped + ${line%% *}))
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
