#!/bin/sh
# SPDX-License-Identifier: MIT
# All tests, one after the other. Each step ends with a line "N passed, N failed,
# N skipped" (or is one test by its exit status); the last line here is the sum.
# usage: check.sh BUILD_DIRECTORY
set -u
build=${1:-build}
passed=0 failed=0 skipped=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT
mkdir -p reports

# counted NAME COMMAND...: the last line of its output says how many
counted() {
	name=$1
	shift
	echo "== $name"
	"$@" >"$log" 2>&1
	status=$?
	cat "$log"
	line=$(grep -E '^[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$' "$log" | tail -n 1)
	if [ -z "$line" ]; then
		echo "$name: ended with status $status and no count"
		failed=$((failed + 1))
		return
	fi
	set -- $(echo "$line" | tr -cd '0-9 ')
	passed=$((passed + $1))
	failed=$((failed + $2))
	skipped=$((skipped + ${3:-0}))
	# a step that failed and counted no failure is a failure all the same
	[ "$status" -eq 0 ] || [ "$2" -gt 0 ] || failed=$((failed + 1))
}

# single NAME COMMAND...: passed if the exit status is 0
single() {
	name=$1
	shift
	echo "== $name"
	if "$@"; then
		passed=$((passed + 1))
	else
		echo "$name: failed"
		failed=$((failed + 1))
	fi
}

single "layers" sh scripts/layers.sh
single "layers finds a planted violation" sh scripts/layers.sh --self-test
counted "edits of the mutants" sh scripts/mutants.sh --apply
counted "unit tests" "$build/unit" --junit reports/junit-unit.xml
if nm -D "$build/catbox" 2>/dev/null | grep -q __asan_init; then
	echo "valgrind: not with a sanitizer build"
	# its own handlers would hide which signals came ignored
	export ASAN_OPTIONS=handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0
	skipped=$((skipped + 2))
elif command -v valgrind >/dev/null 2>&1; then
	single "unit tests under valgrind" sh scripts/valgrind.sh "$build/unit" --junit reports/junit-unit-valgrind.xml
	single "the tracer under valgrind" sh scripts/valgrind.sh "$build/catbox" run -q \
		--violation-exit 0 --log reports/valgrind.jsonl --log-events reads,exec,net,processes --hook finished=true \
		--stats reports/valgrind.json -n loopback -- sh -c \
		'touch /usr/valgrind-probe; mkdir -p /usr/share; (true) & wait; ls /proc/self/fd >/dev/null'
else
	echo "valgrind: not here"
	skipped=$((skipped + 2))
fi
counted "inputs of the fuzz targets" sh scripts/fuzz.sh replay "$build"
counted "command line" sh scripts/cli-test.sh "$build"
ONLY="status stop collect lines write net set log planted world streams signals storm args killed terminal fakeroot fakeroot_state \
fakeroot_killed manifest" \
	counted "command line, engine notify" sh scripts/cli-test.sh "$build" notify
counted "the library" sh scripts/api-test.sh "$build"
counted "the Python module" sh scripts/python-test.sh "$build"
counted "builds, bare and traced" sh scripts/same-as-bare.sh "$build"
counted "pretended root and real root" sh scripts/fake-oracle.sh "$build"
SEEDS=1 counted "pretended root, engine notify" sh scripts/fake-oracle.sh "$build" notify
counted "suites" "$build/catbox-harness" run -j2 --tag "not conformance and not packages" --junit reports/junit.xml
counted "suites, engine notify" "$build/catbox-harness" run -j2 --engine notify --tag "not conformance and not packages" \
	--junit reports/junit-notify.xml
single "the reports as one" "$build/catbox-harness" merge reports/all.xml reports/junit.xml reports/junit-notify.xml \
	reports/junit-unit.xml
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
