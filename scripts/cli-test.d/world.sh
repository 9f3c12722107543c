# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# What reaches the command unchanged: the process, its streams, signals.

# --- what reaches the command unchanged

cp "$project/fixtures/process-tools/world.sh" in/

# worlds NAME COMMAND...: what COMMAND sees bare and inside
worlds() {
	name=$1
	shift
	"$@" sh in/world.sh >in/seen 2>&1
	mv in/seen in/bare
	"$@" "$catbox" run -q -w in sh in/world.sh >in/seen 2>&1
	mv in/seen in/inside
	[ "$(wc -l <in/bare)" -gt 60 ] || not_ok "$name: something to compare" "60 lines" "$(cat in/bare)"
	same "$name" in/bare in/inside
}

# in_strange_world COMMAND...: with much that is not as usual
in_strange_world() (
	trap '' USR1 PIPE CHLD TTOU
	trap 'echo never' USR2
	umask 027
	ulimit -S -n 77
	ulimit -c 0
	ulimit -s 4096
	exec 7<in/world.sh 8>in/eight 9<>in/nine
	CATBOX_TEST_VARIABLE='two  words' && export CATBOX_TEST_VARIABLE
	"$@"
)

# shellcheck disable=SC2016 # for a shell of its own
open_descriptors='
for i in 0 1 2 3 4 5 6 7 8 9; do [ ! -e /proc/$$/fd/$i ] || open="$open $i"; done
echo "$open" >in/fds'

test_world() {
	worlds "nothing of the world differs"
	worlds "dispositions, umask, limits, environment, descriptors" in_strange_world
	if env --block-signal=USR2 true 2>/dev/null; then
		worlds "the signal mask" env --block-signal=USR2 --block-signal=TERM \
			--ignore-signal=HUP --ignore-signal=CHLD
		worlds "signals ignored by the caller" env --ignore-signal
	else
		skip "the signal mask" "env has no --block-signal"
	fi
	worlds "an empty environment" env -i PATH="$PATH"
	worlds "another priority" nice -n 5
	for fd in 0 1 2; do
		eval 'sh -c "$open_descriptors" '$fd'>&-'
		mv in/fds in/bare
		eval '"$catbox" run -q -w in -- sh -c "$open_descriptors" '$fd'>&-'
		mv in/fds in/inside
		same "descriptor $fd closed" in/bare in/inside
	done
	"$catbox" run -w in sh -c 'grep -E "^(TracerPid|NoNewPrivs|Seccomp):" /proc/self/status' >out
	traced=traced
	[ "$engine" = ptrace ] || traced=untraced
	is "what is visible of the sandbox" "$traced 1 2" \
		"$(awk '/Tracer/ { printf "%s", $2 ? "traced" : "untraced" } /NoNew|Seccomp:/ { printf " %s", $2 }' out)"
}

test_streams() {
	is "standard input passes through" hello "$(echo hello | "$catbox" run -- cat)"
	head -c 3000000 /dev/urandom >in/random
	"$catbox" run -w in -- cat <in/random 2>err | cat >in/copy
	same "three megabytes through two pipes" in/random in/copy
	for name in /dev/stderr /dev/fd/2 /proc/self/fd/2; do
		"$catbox" run -w in -- sh -c "echo x >$name" 2>outside/stderr
		is "echo x >$name, which is a file" "0 x" "$? $(cat outside/stderr)"
	done
	"$catbox" run -w in -- sh -c 'echo x >/dev/stdout' >outside/stdout
	is "echo x >/dev/stdout, which is a file" "0 x" "$? $(cat outside/stdout)"
	"$catbox" run -q -w in -- sh -c 'echo y >/dev/fd/7; true' 7<outside/stdout 2>/dev/null
	is "a descriptor for reading gives no way to write" "120 x" "$? $(cat outside/stdout)"
	"$catbox" run -l log -w in -- true 7>>outside/stdout
	has "a descriptor for writing leaves a note" log "\"event\":\"note\",.*$dir/outside/stdout"
	"$catbox" run -w in -- sh -c 'exec >in/tee-out 2>&1; echo one; echo two >&2' >out 2>err
	is "exec >file 2>&1" "one two" "$(paste -sd ' ' in/tee-out)"
	rm -f outside/*
}

test_signals() {
	"$catbox" run -w in -- sh -c 'sleep 600 & echo $$ $! >in/.pids; mv in/.pids in/pids; wait' &
	soon "[ -s in/pids ]"
	kill -9 $!
	wait $! 2>/dev/null
	read -r first second <in/pids
	is "kill -9 of catbox leaves no process" "gone" \
		"$(soon "is_gone $first && is_gone $second" && echo gone)"
	for name in TERM=143 HUP=129; do
		rm -f in/pid
		"$catbox" run -w in -- sh -c 'echo $$ >in/pid; exec sleep 600' &
		soon "[ -s in/pid ]"
		kill -${name%=*} $!
		wait $!
		is "${name%=*} is forwarded: 128 + N" ${name#*=} $?
	done
	rm -f in/pid
	"$catbox" run -w in -- sh -c 'trap "exit 9" TERM; echo $$ >in/pid; while :; do sleep 0.1; done' &
	soon "[ -s in/pid ]"
	kill -TERM $!
	wait $!
	is "a command that handles TERM ends as it likes" 9 $?
}

test_storm() {
	command -v timeout >/dev/null || { skip "fork storm" "no timeout"; return; }
	good=0 n=0
	while [ $n -lt 20 ]; do
		n=$((n + 1))
		timeout -k 5 60 "$catbox" run -q -w in --stats stats -- sh -c '
			i=0
			while [ $i -lt 10 ]; do
				i=$((i + 1))
				(j=0; while [ $j -lt 30 ]; do j=$((j + 1)); (:) & done; wait) &
			done
			wait' && { [ "$engine" != ptrace ] || [ "$(number processes)" = 311 ]; } &&
			[ "$(number leftovers)" = 0 ] && good=$((good + 1))
	done
	is "20 storms of 300 processes end and lose none" 20 $good
}
