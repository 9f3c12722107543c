# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# catbox run --hook, and what comes of hooks that do not as they should.

# hooked NAME REGEX: a hook event of the log matches
hooked() {
	grep '"event":"hook"' log.jsonl >hooks.jsonl
	has "$1" hooks.jsonl "$2"
}

test_hooks() {
	hooks_usage
	hooks_see
	hooks_fail
	hooks_kill
	hooks_world
	hooks_killed
	hooks_processors
}

hooks_usage() {
	run --hook finish=true -- touch in/ran
	is "an unknown hook is usage" 125 $status
	has "and is named" err "^catbox: no hook is called 'finish' \(child_initialized, "
	run --hook finished -- touch in/ran
	has "a hook without a command" err "^catbox: the hook 'finished' has no command"
	run --hook-timeout 0 -- touch in/ran
	has "a timeout of nothing" err "^catbox: --hook-timeout: 0 seconds are too few"
	is "and nothing is run" absent "$(there in/ran)"
}

hooks_see() {
	confined -l log.jsonl --hook 'child_initialized=echo $CATBOX_EVENT $CATBOX_PID; cat >first' \
		--hook 'process_start=cat >>starts' --hook 'process_exit=cat >>exits' \
		--hook 'violation=cat >refusals' --hook 'violation=echo second >>refusals' \
		--hook 'finished=cat >end' -- sh -c 'echo $$; true >outside/f; (exit 3); exit 0'
	is "hooks do not change the status" 120 $status
	is "the variables, on stderr" "child_initialized $(cat out)" "$(head -n 1 err)"
	has "child_initialized gets the start" first '"event":"start".*"argv":\["sh",'
	is "process_start for each process" 2 "$(grep -c '"event":"process"' starts)"
	is "process_exit for each process" 2 "$(grep -c '"event":"exit"' exits)"
	has "with its status" exits '"status":3'
	has "violation gets the violation" refusals '"real":".*/outside/f"'
	is "two commands, in their order" second "$(tail -n 1 refusals)"
	has "finished gets the end" end '"event":"end".*"violations":1'
	is "each call is logged" 8 "$(grep -c '"event":"hook".*"outcome":"ok"' log.jsonl)"
	has "and the end is last" log.jsonl '"seq":11,.*"event":"end"'
	lacks "processes are not logged for that" log.jsonl '"event":"(process|exit)"'
	rm -f first starts exits refusals end
}

hooks_fail() {
	confined -l log.jsonl --hook 'child_initialized=exit 3' -- touch in/ran
	is "child_initialized fails: nothing runs" "125 absent" "$status $(there in/ran)"
	has "and one sentence says so" err "^catbox: the hook child_initialized failed: 'exit 3' ended with status 3"
	hooked "and the log" '"hook":"child_initialized".*"outcome":"failed","status":3'
	has "which says that it is not complete" log.jsonl '"event":"end".*"complete":false'
	confined -l log.jsonl --hook-timeout 1 --hook 'child_initialized=sleep 600' -- touch in/ran
	is "child_initialized hangs: nothing runs" "125 absent" "$status $(there in/ran)"
	hooked "and is killed" '"outcome":"timeout","status":137'
	for hook in process_start process_exit violation finished; do
		confined -l log.jsonl --hook "$hook=exit 3" --violation-exit 0 -- \
			sh -c 'true >outside/f; exit 0'
		is "$hook fails: nothing changes" 0 $status
		has "$hook fails: but it is said" err "^catbox: hook $hook failed: 'exit 3' ended with status 3"
		hooked "$hook fails: and logged" "\"hook\":\"$hook\".*\"outcome\":\"failed\",\"status\":3"
	done
	confined -l log.jsonl --hook-timeout 1 --hook 'finished=sleep 600' -- true
	is "finished hangs: nothing changes" 0 $status
	hooked "finished hangs: it is killed" '"hook":"finished".*"outcome":"timeout"'
	confined -l log.jsonl --hook 'finished=kill -9 $$' -- true
	hooked "a hook that is killed" '"outcome":"killed","status":137'
	confined -q --hook 'finished=exit 3' -- true
	is "-q: nothing is said" "0 " "$status $(cat err)"
	confined -l log.jsonl --hook 'finished=head -c 100000 /dev/urandom; echo "{" ' -- true 2>/dev/null
	is "rubbish is nobody's: status, standard output" "0 0" "$status $(wc -c <out)"
	is "and is nowhere in the log" 0 "$(grep -vc '^{.*}$' log.jsonl)"
	confined --hook 'finished=exec <&- >&- 2>&-; exit 0' -- true
	is "a hook that closes all" "0 " "$status $(cat err)"
	confined -l log.jsonl --hook 'finished=no-such-command' -- true
	hooked "a hook that is not there" '"outcome":"failed","status":127'
}

hooks_kill() {
	confined -l log.jsonl --hook 'child_initialized=kill -9 $CATBOX_PID' \
		--hook 'child_died_unexpectedly=cat >died' -- touch in/ran
	is "child_initialized kills the child" "137 absent" "$status $(there in/ran)"
	has "which child_died_unexpectedly is told" died '"hook":"child_died_unexpectedly"'
	confined -l log.jsonl --hook 'violation=kill -9 $CATBOX_PID' \
		--hook 'child_died_unexpectedly=true' -- sh -c '(true >outside/f); echo $?'
	is "violation kills the process" "120 137" "$status $(cat out)"
	hooked "of which child_died_unexpectedly is told" '"hook":"child_died_unexpectedly".*"outcome":"ok"'
	confined -l log.jsonl --hook 'child_died_unexpectedly=true' --stop -- sh -c 'true >outside/f'
	lacks "what catbox itself kills is not unexpected" log.jsonl died_unexpectedly
	confined -l log.jsonl --hook 'child_died_unexpectedly=true' -- sh -c 'kill -9 $$'
	is "nor what dies while nobody waits for an answer" "137 0" "$status $(grep -c died_unexp log.jsonl)"
	rm -f died
}

hooks_world() {
	"$catbox" run -q -w in --hook 'child_initialized=touch outside/hooked' -- true
	is "hooks are not confined" there "$(there outside/hooked)"
	rm -f outside/hooked
	(trap '' CHLD; "$catbox" run -w in -l log.jsonl --hook 'finished=exit 6' -- sh -c 'exit 5')
	is "SIGCHLD ignored: the command's status" 5 $?
	hooked "SIGCHLD ignored: the hook's status" '"status":6'
	confined --hook 'child_initialized=ulimit -n; trap >traps' -- sh -c 'trap >in/traps'
	same "a hook's dispositions are the command's" traps in/traps
	rm -f traps in/traps
}

# What a hook has started does not outlive it when catbox, or what stands between, is killed.
hooks_killed() {
	for whom in catbox between; do
		far=
		[ $whom = between ] || far=yes
		far=$far "$catbox" run -q -w in --hook 'child_initialized=echo $PPID $$ >hook
			sleep 600 & echo $! >>hook
			[ -z "$far" ] || { setsid sleep 600 & echo $! >>hook; }
			echo end >>hook; wait' -- true 2>/dev/null &
		pid=$!
		soon 'grep -qs end hook'
		read -r between shell <hook
		case $whom in
		catbox) kill -9 $pid ;;
		between) kill -9 "$between" ;;
		esac
		wait $pid 2>/dev/null
		for started in $shell $(sed '1d; /end/d' hook); do
			is "$whom is killed: so is what the hook started" gone "$(soon "is_gone $started" && echo gone)"
		done
		rm -f hook
	done
}

# The tracing thread stays on one processor, and what is called from it does not.
hooks_processors() {
	confined --hook 'violation=nproc >seen' --hook 'process_start=nproc >>seen' -- \
		sh -c 'true >outside/f; (nproc >in/inside); exit 0'
	sort -u seen >all
	is "hooks may run where catbox may" "$(nproc)" "$(cat all)"
	is "and so may the command" "$(nproc)" "$(cat in/inside)"
	rm -f seen all
}
