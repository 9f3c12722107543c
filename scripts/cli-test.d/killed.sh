# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# When the sandbox ends, by whatever means, so does everything in it
# (fixtures/probes/probe-crowd.c: children, daemons, stopped ones, in vfork, without their
# first thread, in a namespace of their own, and a storm of forks).

# crowd_left: how many threads have the crowd's mark in their command line, which is
# empty for what has ended; by threads, since of one process the first has ended. The
# pattern is in a file, or the search would find itself
crowd_left() {
	grep -lsF -f crowd.mark /proc/[0-9]*/task/[0-9]*/cmdline | wc -l
}

# crowd_start: leaves the process id of catbox in crowd
crowd_start() {
	rm -f "$mark"
	"$catbox" run -q -w in -- "$build/probes/probe-crowd" "$mark" </dev/null >out 2>err &
	crowd=$!
	soon 'grep -qs "all there" "$mark"'
}

# crowd_killed NAME COMMAND...: it makes catbox end
crowd_killed() {
	name=$1
	shift
	crowd_start || { not_ok "$name" "a crowd" "$(cat "$mark" err 2>&1)"; kill -9 $crowd; return; }
	left=$(crowd_left)
	[ "$left" -ge 17 ] || not_ok "$name: the search finds the crowd" "17 and more" "$left"
	"$@"
	soon "is_gone $crowd" || { not_ok "$name: catbox ends" gone "still there"; kill -9 $crowd; }
	wait $crowd 2>/dev/null
	is "$name: catbox ends and nothing is left" 0 "$(soon '[ "$(crowd_left)" -eq 0 ]'; crowd_left)"
}

# crowd_stopped: stopped first, it has no chance to do anything
crowd_stopped() {
	kill -STOP $crowd
	sleep 0.2
	kill -KILL $crowd
}

# the thread that traces, not the process
crowd_thread() {
	for task in "/proc/$crowd/task"/*; do
		"$build/probes/probe-raw" 234 "$crowd" "${task##*/}" 9
	done >out
}

test_killed() {
	[ -x "$build/probes/probe-crowd" ] || { skip "the sandbox is killed" "no probes"; return; }
	mark=$dir/in/crowd
	echo "$mark" >crowd.mark
	# of its own, and by mistakes of its own
	for signal in KILL SEGV ABRT SYS USR1 PIPE XCPU; do
		crowd_killed "SIG$signal" eval "kill -$signal \$crowd"
	done
	# these reach the command first
	for signal in TERM HUP; do
		crowd_killed "SIG$signal" eval "kill -$signal \$crowd"
	done
	crowd_killed "SIGSTOP and SIGKILL" crowd_stopped
	crowd_killed "SIGKILL to its threads" crowd_thread
	crowd_killed "the command is killed" eval \
		'kill -KILL $(cat /proc/$crowd/task/*/children | cut -d " " -f 1 | head -n 1)'
	rm -f in/crowd crowd.mark
}
