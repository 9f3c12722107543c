# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# The engines against each other, and what only one of them can: both are named here, so
# that it does not matter under which the other tests run.

real=$build/catbox

# engine_of LOG: which one ran
engine_of() {
	sed -n '1s/.*"engine":"\([a-z]*\)".*/\1/p' "$1"
}

# --- which one runs

test_engine() {
	for name in ptrace notify; do
		"$real" run --engine $name -w in -l log -- touch "$dir/outside/no" >out 2>err
		is "--engine $name: the status" 1 $?
		is "--engine $name is what runs" $name "$(engine_of log)"
		has "--engine $name: the denial" err '^catbox: denied openat /.*/outside/no '
		printf 'write:\n  - allow: %s/in/\nengine: %s\n' "$dir" $name >engine.yaml
		"$real" run -p engine.yaml -l log true
		is "engine: $name in a policy" $name "$(engine_of log)"
	done
	"$real" run -p engine.yaml --engine ptrace -l log true
	is "the later one of policy and option counts" ptrace "$(engine_of log)"
	"$real" run --engine auto -l log true
	is "--engine auto runs" 0 $?
	has "--engine auto says why" log '"engine_why":"auto: '
	"$real" run --engine notify -l log -- nonesuch 2>err
	is "a command that is not there" 127 $?
	"$real" run --engine notify -l log -- ./outside 2>err
	is "a command that cannot be run" 126 $?
}

# inside OUTER INNER: what an INNER catbox in an OUTER one says, and does
inside() {
	rm -f in/nested
	"$real" run -q --engine "$1" -w in -- "$real" run --engine "$2" -w in -l in/log -- touch in/nested \
		>out 2>err
	echo "$? $(there in/nested)"
}

test_engine_nested() {
	[ "$(inside notify ptrace)" = "0 there" ] && ok "ptrace inside notify" ||
		not_ok "ptrace inside notify" "0 there" "$(cat err)"
	is "auto inside notify" "0 there" "$(inside notify auto)"
	is "auto takes what is free" ptrace "$(engine_of in/log)"
	is "notify inside notify" "125 absent" "$(inside notify notify)"
	has "which is said in one sentence" err '^catbox: cannot sandbox with the engine notify: .*already under a seccomp listener'
	is "notify inside ptrace" "125 absent" "$(inside ptrace notify)"
	has "of which the reason is told" err '^catbox: cannot sandbox with the engine notify: .*is refused here'
	is "auto inside ptrace" "125 absent" "$(inside ptrace auto)"
	has "where nothing is free" err '^catbox: cannot sandbox: this process is itself traced'
}

# --- the same is told of execs, though one of them hears of them only before

execs() {
	python3 -c '
import json, sys
for line in open(sys.argv[1]):
    e = json.loads(line)
    if e["event"] == "exec":
        print(e["comm"], e["exe"], e["argv"])
' "$1"
}

test_engine_execs() {
	command -v python3 >/dev/null || { skip "execs under both engines" "no python3"; return; }
	cat >in/execs.sh <<-'END'
		true; /bin/true a b; env ls nope 2>/dev/null
		printf '#!/bin/sh -e  \necho script "$@"\n' >one; printf '#!./one with words\n' >two
		printf '#!./two\n' >three; printf 'echo plain\n' >plain; printf '\177ELF' >broken
		printf '#!/nowhere/sh\n' >lost; printf '#!\n' >empty
		chmod +x one two three plain broken lost empty
		./one x y; ./two z; ./three; ./plain; ./lost; ./empty; ./not-there; ./broken
		PATH=/nowhere:$PWD:$PATH one found; chmod -x plain; ./plain; (exec -a zero /bin/echo q)
		ln -s /bin/echo link; ./link through a link; cd /; usr/bin/env true
		true
	END
	for name in ptrace notify; do
		rm -rf in/execs; mkdir in/execs
		(cd in/execs && "$real" run -q --engine $name -w . -l ../../log.$name --log-events exec -- sh ../execs.sh) >/dev/null 2>&1
		execs log.$name >execs.$name
	done
	same "execs under both engines" execs.ptrace execs.notify
	is "which are some" 1 "$([ "$(wc -l <execs.ptrace)" -gt 15 ] && echo 1)"
}

# --- what works inside when nobody is traced

test_engine_debuggers() {
	printf '#include <stdio.h>\nint main(void) { puts("seen"); return 0; }\n' >in/p.c
	${CC:-cc} -g -o in/p in/p.c || return
	if command -v gdb >/dev/null; then
		"$real" run -q --engine notify -w in -- gdb -q -batch -ex 'break main' -ex run -ex 'print 6*7' \
			-ex continue in/p >out 2>err
		has "gdb inside notify stops at a line" out '^\$1 = 42'
		has "and lets go on" out '^seen'
	else
		skip "gdb inside notify" "no gdb"
	fi
	if command -v strace >/dev/null; then
		"$real" run --engine notify -w in -- strace -f -o in/trace sh -c "in/p; mkdir $dir/outside/x; mkdir in/y" >out 2>err
		has "strace -f inside notify sees a denial" in/trace 'mkdir\(.*outside/x.*EACCES'
		has "and what is let go on" in/trace 'mkdir\("in/y".* = 0'
		is "which is still held" "absent there" "$(there outside/x) $(there in/y)"
	else
		skip "strace inside notify" "no strace"
	fi
	printf '#include <stdlib.h>\nint main(void) { return !malloc(7); }\n' >in/leak.c
	if ${CC:-cc} -fsanitize=address -o in/leak in/leak.c 2>/dev/null; then
		ASAN_OPTIONS=detect_leaks=1 "$real" run -q --engine notify -w in -- in/leak >out 2>err
		is "a leak is found inside notify" 1 $?
		has "by the sanitizer" err 'LeakSanitizer: detected memory leaks'
	else
		skip "leak checks inside notify" "no AddressSanitizer"
	fi
	rm -rf in/y
}

# --- nobody is left when one of its processes is killed

# guard_of PID N: the N-th guard below that catbox
guard_of() {
	guard=$1
	for _ in $(seq "$2"); do
		guard=$(cat /proc/$guard/task/*/children)
		guard=${guard% }
	done
	echo "$guard"
}

test_engine_guards() {
	[ -x "$build/probes/probe-crowd" ] || { skip "guards are killed" "no probes"; return; }
	before=$catbox
	[ "$engine" = ptrace ] || return
	mkdir -p bin
	printf '#!/bin/sh\nshift\nexec "%s" run --engine notify "$@"\n' "$real" >bin/notify
	chmod +x bin/notify
	catbox=$dir/bin/notify mark=$dir/in/crowd
	echo "$mark" >crowd.mark
	crowd_killed "the caller is killed" eval 'kill -KILL $crowd'
	crowd_killed "the outer guard is killed" eval 'kill -KILL $(guard_of $crowd 1)'
	crowd_killed "the inner guard is killed" eval 'kill -KILL $(guard_of $crowd 2)'
	has "and it is said" err '^catbox: a process that keeps the run together was killed'
	crowd_killed "the command is killed" eval 'kill -KILL $(guard_of $crowd 3)'
	rm -f in/crowd crowd.mark
	catbox=$before
}

# --- a signal that interrupts whoever waits

# interrupted NAME OPTION...: leaves refused, denied (interrupted ones) and violations
interrupted() {
	rm -rf in/storm log
	mkdir in/storm
	name=$1
	shift
	"$real" run -q --engine notify -w in -l log "$@" -- "$build/probes/probe-storm" in/storm 100000 "$dir/outside/d" >out 2>err
	has "$name: no fault" out '^[0-9]+ refused, no fault$'
	refused=$(sed -n 's/ refused.*//p' out)
	denied=$(sed -n 's/.*, \([0-9]*\) of those denied/\1/p' err)
	violations=$(grep -c '"event":"violation"' log)
}

test_engine_signals() {
	[ -x "$build/probes/probe-storm" ] || { skip "a storm of signals" "no probes"; return; }
	interrupted "a storm of signals over 100 000 calls"
	if "$real" doctor | grep -q 'a call waits for the supervisor: yes'; then
		is "each refused call is told once" "$refused" "$violations"
	else
		skip "each refused call is told once" "signals take calls away before Linux 5.19"
	fi
	interrupted "the same where signals take calls away" --without wait-killable
	is "and none is told twice" 1 "$([ "$violations" -ge "$refused" ] &&
		[ "$violations" -le $((refused + denied)) ] && echo 1)"
}
