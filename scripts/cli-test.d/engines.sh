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

# --- several threads serve one build

# storms OPTION...: six storms at once under four supervisors; leaves refused, denied and
# violations of all together
storms() {
	rm -rf in/storm log out err
	mkdir in/storm
	for i in 1 2 3 4 5 6; do mkdir in/storm/$i; done
	"$real" run -q --engine notify --supervisors 4 -w in -l log --stats stats --violation-exit 0 "$@" -- \
		sh -c 'for i in 1 2 3 4 5 6; do "$0" in/storm/$i "$1" "$2$i" & done; wait' \
		"$build/probes/probe-storm" 16800 "$dir/outside/d" >out 2>err
	refused=$(awk '/ refused, no fault$/ { n += $1 } END { print n + 0 }' out)
	denied=$(awk '/ of those denied$/ { n += $3 } END { print n + 0 }' err)
	violations=$(grep -c '"event":"violation"' log)
}

# in_order LOG: seq counts, and no process has an event before one that came earlier
in_order() {
	awk -F '"seq":|,"t":|,"event":|"pid":|,"tid":' '
		$2 != NR { print "seq " $2 " in line " NR }
		/"event":"violation"/ { if ($3 < last[$5]) print "t " $3 " after " last[$5]; last[$5] = $3 }' "$1"
}

test_supervisors() {
	for bad in 0 17 -1 x 4x ""; do
		"$real" run --engine notify --supervisors "$bad" true 2>err
		is "--supervisors '$bad': the status" 125 $?
		has "--supervisors '$bad' is no number of threads" err "^catbox: --supervisors: '$bad' is no number from 1 to 16\$"
	done
	for n in 1 4 16; do
		"$real" run -q --engine notify --supervisors $n -w in -l log --stats stats -- \
			sh -c 'touch in/s; ! touch "$0" 2>/dev/null; exit 7' "$dir/outside/no"
		is "$n supervisors: the status" 7 $?
		has "$n supervisors in the start event" log '"event":"start",.*"supervisors":'$n,
		is "$n supervisors in the counters" $n "$(number supervisors)"
		is "$n supervisors: one violation" 1 "$(number violations)"
		is "$n supervisors: seq counts" "" "$(in_order log)"
	done
	kept_single "the engine ptrace" 'a process has one tracer' --engine ptrace
	kept_single "something is pretended" 'what is pretended depends on the order of calls' --engine notify --fake
	kept_single "a hook" 'hooks are called one after the other' --engine notify --hook finished=true
}

# kept_single NAME REASON OPTION...: one supervisor where four were asked for, and a note
kept_single() {
	name=$1 reason=$2
	shift 2
	"$real" run -q --supervisors 4 -w in -l log --stats stats "$@" -- true
	is "$name keeps one supervisor: the status" 0 $?
	is "$name keeps one supervisor" 1 "$(number supervisors)"
	has "$name: a note says why" log "\"text\":\"there is one supervisor, not 4: $reason"
}

test_supervisors_storm() {
	[ -x "$build/probes/probe-storm" ] || { skip "storms under several supervisors" "no probes"; return; }
	storms
	is "six storms of 100 000 calls in all: none has a fault" 6 "$(grep -c ' refused, no fault$' out)"
	if "$real" doctor | grep -q 'a call waits for the supervisor: yes'; then
		is "each refused call is told once" "$refused" "$violations"
	else
		skip "each refused call of six storms is told once" "signals take calls away before Linux 5.19"
	fi
	is "what the counters say too" "$violations" "$(number violations)"
	is "in order" "" "$(in_order log)"
	storms --without wait-killable
	is "where signals take calls away, none has a fault either" 6 "$(grep -c ' refused, no fault$' out)"
	is "and none is told twice" 1 "$([ "$violations" -ge "$refused" ] &&
		[ "$violations" -le $((refused + denied)) ] && echo 1)"
	is "which the counters agree with" "$violations" "$(number violations)"
}

# The first violation of many at once is the only one that is told, and the last that happens
test_supervisors_stop() {
	rm -f in/late
	"$real" run --engine notify --supervisors 4 --stop -w in -l log -- \
		sh -c 'for i in 1 2 3 4 5 6 7 8; do (while :; do mkdir "$0/$i"; done) & done; sleep 30; touch in/late' \
		"$dir/outside" >out 2>err
	is "--stop under four supervisors: the status" 120 $?
	is "--stop under four supervisors: one violation" 1 "$(grep -c '"event":"violation"' log)"
	is "and nothing after it" "absent" "$(there in/late)"
	has "in a complete trace" log '"event":"end",.*"violations":1,.*"complete":true'
}

# What ends runs ends those with supervisors: who is left over, the caller's signal, kill -9
test_supervisors_end() {
	"$real" run -q --engine notify --supervisors 4 -w in -l log -- \
		sh -c 'for i in 1 2 3; do (while :; do mkdir in/busy$$; rmdir in/busy$$; done) 2>/dev/null & done; exit 3'
	is "those left over under four supervisors are killed" 3 $?
	is "and told" 1 "$([ "$(grep -c '"event":"leftover"' log)" -ge 3 ] && echo 1)"
	"$real" run -q --engine notify --supervisors 4 -w in -l log -- sh -c 'echo >in/up; while :; do mkdir in/busy; rmdir in/busy; done' &
	running=$!
	soon '[ -e in/up ]'
	kill -TERM $running
	wait $running
	is "a signal to catbox ends the command under four supervisors" 143 $?
	rm -rf in/up in/busy*
}

# Suites with four supervisors in every run
test_supervisors_suites() {
	printf '#!/bin/sh\n[ "$1" = run ] || exec "%s" "$@"\nshift\nexec "%s" run --supervisors 4 "$@"\n' \
		"$real" "$real" >four
	chmod +x four
	for suite in write-confinement path-resolution policy rights; do
		CATBOX=$dir/four "$harness" run -j2 --engine notify --junit "$dir/four.xml" \
			--tag "not conformance and not packages" "$project/suites/$suite.yaml" >out 2>&1
		is "the suite $suite under four supervisors" 0 $?
	done
}
