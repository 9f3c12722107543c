#!/bin/sh
# SPDX-License-Identifier: MIT
# The command line itself: exit statuses, options, what is printed where, and what of
# the caller's world reaches the command unchanged. One line a test, the sum at the end.
# usage: cli-test.sh [BUILD_DIRECTORY [ENGINE]]   (default build, ptrace)
#        ONLY="status log" cli-test.sh            some of the tests in cli-test.d/
set -u
project=$(cd "$(dirname "$0")/.." && pwd) || exit 2
build=$(cd "${1:-$project/build}" && pwd) || exit 2
engine=${2:-ptrace}
case $engine in
ptrace | notify) ;;
*) echo "cli-test.sh: no engine '$engine': ptrace or notify; some of the tests: ONLY=\"NAME...\"" >&2; exit 2 ;;
esac
[ $# -le 2 ] || { echo "cli-test.sh: too many arguments: '$3'" >&2; exit 2; }
catbox=$build/catbox harness=$build/catbox-harness
[ -x "$catbox" ] || { echo "cli-test.sh: no $catbox: run make first" >&2; exit 2; }
export LC_ALL=C.UTF-8
unset CI # where it is set, --accept is refused and nothing is drawn over: tests set it themselves

scratch=$(mktemp -d) || exit 2
cd "$scratch" || exit 2
dir=$(pwd -P)
trap 'cd /; rm -rf "$dir"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
mkdir in outside
if [ "$engine" != ptrace ]; then # every run is one with that engine, if it names no other
	mkdir wrapped
	cp "$catbox" wrapped/catbox.real # users may have no way to the build directory
	# neither a shell, which would add to the environment, nor a script, which would
	# take the place of a closed descriptor
	cat >wrapped/catbox.c <<-END
		#include <string.h>
		#include <unistd.h>
		int main(int argc, char **argv)
		{
			char *to[argc + 4], *slash = strrchr(argv[0], '/');
			int n = 0, i = 1;
			to[n++] = "$dir/wrapped/catbox.real";
			if (!strncmp(slash ? slash + 1 : argv[0], "fakeroot", 8))
				to[n++] = "fakeroot";
			else if (argc > 1 && (!strcmp(argv[1], "run") || !strcmp(argv[1], "fakeroot")))
				to[n++] = argv[i++];
			if (n > 1) {
				to[n++] = "--engine";
				to[n++] = "$engine";
			}
			while (i <= argc)
				to[n++] = argv[i++];
			execv(to[0], to);
			return 125;
		}
	END
	cc -o wrapped/catbox wrapped/catbox.c || exit 2
	catbox=$dir/wrapped/catbox
fi
passed=0 failed=0 skipped=0

# --- how a test is told

ok() {
	passed=$((passed + 1))
	echo "ok - $1"
}

# not_ok NAME EXPECTED GOT
not_ok() {
	failed=$((failed + 1))
	echo "not ok - $1 (expected: $2, got: $3)"
}

skip() {
	skipped=$((skipped + 1))
	echo "ok - $1 # SKIP $2"
}

# is NAME EXPECTED GOT
is() {
	if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1" "$2" "$3"; fi
}

there() {
	if [ -e "$1" ]; then echo there; else echo absent; fi
}

# has NAME FILE REGEX: a line of the file matches
has() {
	if grep -Eq -- "$3" "$2"; then ok "$1"; else not_ok "$1" "$3" "$(head -c 600 "$2")"; fi
}

# lacks NAME FILE REGEX
lacks() {
	if grep -Eq -- "$3" "$2"; then not_ok "$1" "no $3" "$(grep -E -- "$3" "$2")"; else ok "$1"; fi
}

# same NAME FILE FILE
same() {
	if cmp -s "$2" "$3"; then ok "$1"; else not_ok "$1" "no difference" "$(diff "$2" "$3")"; fi
}

# run ARGUMENT...: leaves status, and the files out and err
run() {
	"$catbox" run "$@" >out 2>err </dev/null
	status=$?
}

# run_with NAME=VALUE ARGUMENT...: the same, with a variable
run_with() {
	variable=$1
	shift
	env "$variable" "$catbox" run "$@" >out 2>err </dev/null
	status=$?
}

# confined ARGUMENT...: the same, where only in/ may be written
confined() {
	run -w in "$@"
}

# command_of ARGUMENT...: any other command of catbox
command_of() {
	"$catbox" "$@" >out 2>err </dev/null
	status=$?
}

# soon COMMAND: waits up to 10 s until it succeeds
soon() {
	tries=0
	until eval "$1"; do
		tries=$((tries + 1))
		[ $tries -lt 100 ] || return 1
		sleep 0.1
	done
}

# is_gone PID: it has ended, though perhaps nobody has waited for it
is_gone() {
	! grep -q '^State:[[:space:]]*[^ZX[:space:]]' "/proc/$1/status" 2>/dev/null
}


# number NAME: from the counters in the file stats
number() {
	sed -n "s/^ *\"$1\": *\\([0-9]*\\),*\$/\\1/p" stats
}

# --- the tests

for part in run commands fake fakeroot world args killed lacking notes hooks terminal harness robust readers example reports engines bench; do
	# shellcheck source=/dev/null
	. "$project/scripts/cli-test.d/$part.sh"
done
for test in ${ONLY:-status stop fake fake_state fake_shared collect lines write net set log user mounts reads stats only_continue planted \
	policy_errors check explain doctor syscalls options nested world streams signals storm args fakeroot fakeroot_state \
	fakeroot_killed manifest killed lacking notes hooks terminal harness robust readers example \
	select retries forms merged page first engines accept nasty interrupted ci to_stdout progress engine engine_nested \
	engine_execs engine_debuggers engine_guards engine_signals supervisors \
	supervisors_storm supervisors_stop supervisors_end supervisors_suites bench}; do
	"test_$test"
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
