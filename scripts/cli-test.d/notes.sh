# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Where tracing itself is in the way, a note says so; leak checks can be switched off.

# noted REGEX: one event of the log is such a note
noted() {
	grep -c '"event":"note".*'"$1" log.jsonl
}

test_notes() {
	confined -l log.jsonl -- "$build/probes/probe-raw" 101 0 0 0 0
	is "PTRACE_TRACEME is EPERM" "1 = -1 EPERM" "$status $(cat out)"
	is "and a note says why" 1 "$(noted 'ptrace is refused with EPERM')"
	confined -l log.jsonl -- true
	is "nobody asked, nothing is noted" 0 "$(noted '.')"
	notes_setuid
	notes_sanitizers
}

notes_setuid() {
	if [ "$(id -u)" -eq 0 ]; then
		cp "$(command -v id)" in/set
		chown 65534 in/set
		chmod 4755 in/set
		set -- in/set -u
		want=0
	else
		set -- su --version
		want=$(su --version)
	fi
	run -w in -l log.jsonl -- "$@"
	is "a setuid program runs" "0 $want" "$status $(cat out)"
	is "without its privilege, which is noted" 1 "$(noted 'setuid or setgid program')"
	rm -f in/set
}

notes_sanitizers() {
	printf 'write: [{allow: %s/}]\nsanitizers: lsan-off\n' "$PWD/in" >lsan.yaml
	run_with ASAN_OPTIONS=verbosity=0 -p lsan.yaml -- sh -c 'echo $ASAN_OPTIONS $LSAN_OPTIONS'
	is "sanitizers: lsan-off" "verbosity=0:detect_leaks=0 detect_leaks=0" "$(cat out)"
	cat >in/leak.c <<-'END'
		#include <stdlib.h>
		int main(void) { char *volatile p = malloc(10); p = 0; return p != 0; }
	END
	if ! cc -fsanitize=address in/leak.c -o in/leak 2>/dev/null; then
		skip "a program with leak checks" "no sanitizers"
		return
	fi
	run -p lsan.yaml -l log.jsonl -- in/leak
	is "a program with leak checks runs without them" "0 0" "$status $(noted ptrace)"
	run -w in -l log.jsonl -- in/leak
	is "with them it fails, and a note says why" "1 1" "$status $([ "$(noted ptrace)" -gt 0 ] && echo 1)"
}
