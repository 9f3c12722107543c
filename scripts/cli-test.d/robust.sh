# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Cases that misbehave (fixtures/misbehaving/): each is one failed case with a reason,
# the others go on, the report is written, and nothing is left: no process, no mount,
# no directory. The same when the harness itself is ended.

misbehaving=$project/fixtures/misbehaving/misbehaving.yaml

# what the report must say of each case: name|verdict|type|message
misbehaving_want() {
	ended='not finished after 1\.500 s'
	cat <<END
good at first|passed||
chase|failure|timeout|$ended
escape|failure|timeout|$ended
storm|failure|timeout|$ended
vfork|failure|timeout|$ended
stopped|failure|timeout|$ended
deaf|failure|timeout|$ended
a shell that ignores TERM|failure|timeout|$ended
waits for a FIFO|failure|timeout|$ended
control chase|failure|setup|control run: $ended
control escape|failure|setup|control run: $ended
control storm|failure|setup|control run: $ended
control vfork|failure|setup|control run: $ended
control stopped|failure|setup|control run: $ended
control deaf|failure|setup|control run: $ended
setup will not end|failure|timeout|$ended
good in between|passed||
kills its parent|failure|denied|denied: 1 unexpected
control kills its parent|error|setup|the supervisor of this case died
control stops its parent|failure|setup|control run: $ended
control ends its parent|failure|setup|control run: expected exit 0, got exit 3
control kills its session|failure|setup|control run: expected exit 0, got signal KILL
daemon|failure|leftovers|leftovers: 1 unexpected
daemon without a name|failure|leftovers|leftovers: 1 unexpected
control daemon|failure|setup|control run: expected exit 0, got exit 3
locked|passed||
many files|failure|exit|expected exit 0, got exit 3
deep|failure|exit|expected exit 0, got exit 3
takes its directory away|failure|exit|expected exit 0, got exit 3
control takes its directories away|failure|setup|control run: expected exit 0, got exit 3
control leaves mounts|error|setup|control run: it left 3 mounts in its directories
control leaves an immutable file|failure|setup|control run: expected exit 0, got exit 3
closes its output|failure|exit|expected exit 0, got exit 3
prints 30 MB|failure|exit|expected exit 0, got exit 3
prints 30 MB that are looked at|failure|output|stdout does not match
prints XML|failure|exit|expected exit 0, got exit 3
good at last|passed||
END
}

# the same of what a report says
report_lines() { # FILE
	awk '
	function attribute(name,    s) {
		s = $0
		if (!sub(".* " name "=\"", "", s)) return ""
		sub("\".*", "", s)
		return s
	}
	/<testcase / { flush(); case_name = attribute("name"); rest = "passed||" }
	/^ *<(failure|error) / {
		kind = $1
		sub("<", "", kind)
		rest = kind "|" attribute("type") "|" attribute("message")
	}
	/^ *<skipped / { rest = "skipped||" attribute("message") }
	function flush() { if (case_name != "") print case_name "|" rest; case_name = "" }
	END { flush() }' "$1"
}

# case_processes: how many processes live whose HOME is below the cases' directory
case_processes() {
	grep -lsF -f cases.mark /proc/[0-9]*/environ | while read -r file; do
		is_gone "$(echo "$file" | cut -d / -f 3)" || echo "$file"
	done | wc -l
}

# end_case_processes: so that a failed test does not leave them
end_case_processes() {
	grep -lsF -f cases.mark /proc/[0-9]*/environ | cut -d / -f 3 | xargs -r kill -KILL
}

# nothing_left NAME: no process, mount or directory of cases
nothing_left() {
	is "$1: no process is left" 0 "$(soon '[ "$(case_processes)" -eq 0 ]'; case_processes)"
	is "$1: no mount is left" 0 "$(grep -c -F "$dir/cases" /proc/self/mountinfo)"
	is "$1: no directory is left" 0 "$(find "$dir/cases" -mindepth 1 | wc -l)"
}

# misbehaving_as NAME COMMAND...: the command runs the harness with the rights it gives
misbehaving_as() {
	name=$1
	shift
	"$@" "$harness" run -j 8 --keep never --junit "$dir/out.d/bad.xml" "$misbehaving" >out 2>err </dev/null
	is "$name: the status" 1 $?
	report_lines out.d/bad.xml >got.list
	misbehaving_want >want.list
	is "$name: all cases are reported" "$(wc -l <want.list)" "$(wc -l <got.list)"
	while IFS='|' read -r case verdict type message; do
		line=$(grep -F "$case|" got.list | grep "^$(echo "$case" | sed 's/[.*]/\\&/g')|")
		case $line in
		"$case|skipped||"*) skip "$name: $case" "${line#*||}" ;;
		*) echo "$line" >one
			has "$name: $case" one "^$case\\|$verdict\\|$type\\|$message" ;;
		esac
	done <want.list
	is "$name: a case's share of the report is bounded" 1 $(($(wc -c <out.d/bad.xml) < 400000))
	nothing_left "$name"
}

# slow_run: a run that would take a minute; leaves the harness's pid in slow
slow_run() {
	cat >slow.yaml <<END
suite: slow
timeout: 600s
policy: {write: [{allow: "\${BUILD_DIR}/"}]}
cases:
  - {name: first, run: exit 0, expect: {exit: 0}}
  - {name: sandboxed, run: "touch there; \"\$PROBES/probe-misbehave\" deaf", expect: {exit: 0}}
  - {name: bare, run: "touch there; \"\$PROBES/probe-misbehave\" daemon; \"\$PROBES/probe-misbehave\" deaf", control: {exit: 0}, expect: {exit: 0}}
  - {name: never, run: exit 0, expect: {exit: 0}}
END
	rm -f slow.xml
	# what a shell starts in the background ignores INT, and so would the harness
	env --default-signal=INT "$harness" run -j 2 --junit slow.xml slow.yaml >out 2>err </dev/null &
	slow=$!
	soon '[ "$(find cases -name there | wc -l)" -eq 2 ]' || not_ok "the slow cases start" 2 "$(cat out err)"
}

# ended_by SIGNAL STATUS
ended_by() {
	slow_run
	kill -"$1" $slow
	wait $slow
	is "the harness is sent $1: status" "$2" $?
	report_lines slow.xml >got.list
	printf '%s\n' 'first|passed||' 'sandboxed|error|interrupted|interrupted' \
		'bare|error|interrupted|control run: interrupted' \
		'never|error|interrupted|not run: interrupted' >want.list
	same "the harness is sent $1: the report" want.list got.list
	rm -rf cases/run.* # kept, as those of all failed cases
	nothing_left "the harness is sent $1"
}

test_robust() {
	[ -x "$build/probes/probe-misbehave" ] || { skip "misbehaving cases" "no probes"; return; }
	mkdir -p cases out.d
	echo "HOME=$dir/cases/" >cases.mark
	export CATBOX_HARNESS_DIR="$dir/cases" CATBOX="$catbox" PROBES="$build/probes"
	misbehaving_as "misbehaving" env
	robust_as_user
	robust_full
	robust_ended
	robust_early
	robust_orphans
	robust_bystander
	robust_closed
	# of a test that failed nothing shall be left either
	end_case_processes
	grep -F " $dir/cases/" /proc/self/mountinfo | cut -d ' ' -f 5 | xargs -r -n 1 umount -l
	unset CATBOX_HARNESS_DIR CATBOX PROBES
	rm -rf cases out.d
}

# with an owner for whom modes count
robust_as_user() {
	chmod 711 "$dir"
	if [ "$(id -u)" -ne 0 ]; then
		skip "misbehaving, as a user" "that is who we are"
	elif ! setpriv --reuid=64321 --regid=64321 --clear-groups test -x "$harness" -a -r "$misbehaving"; then
		skip "misbehaving, as a user" "others cannot reach $build"
	else
		chown 64321:64321 cases out.d
		misbehaving_as "misbehaving, as a user" setpriv --reuid=64321 --regid=64321 --clear-groups
		chown 0:0 cases out.d
	fi
}

# a disk that gets full, of 8 MB and in a namespace of its own
robust_full() {
	cat >full.yaml <<'END'
suite: full
policy: {write: [{allow: "${BUILD_DIR}/"}]}
timeout: 20s
cases:
  - {name: before, run: echo x >f, expect: {exit: 0}}
  - {name: fills, run: "cat /dev/zero >f; exit 3", expect: {exit: 3, stderr: "~No space left"}}
  - {name: fills and says nothing, run: "cat /dev/zero >f 2>/dev/null; exit 3", expect: {exit: 0}}
  - {name: prints too much for it, run: "cat /dev/zero; exit 3", expect: {exit: 0}}
  - {name: after, run: sleep 0.5; echo x >f, expect: {exit: 0, files: [{path: f, equals: "x\n"}]}}
END
	# neither has the captured output any room, so the first that fills cannot pass
	if ! unshare -m sh -c 'mount -t tmpfs -o size=8m none cases' 2>/dev/null; then
		skip "a full disk" "no mount can be made"
		return
	fi
	unshare -m sh -c 'mount -t tmpfs -o size=8m,mode=755 none cases && "$0" "$@"; s=$?
		find cases -mindepth 1 >full.left; exit $s' \
		"$harness" run -j 1 --keep never --junit full.xml full.yaml >out 2>err </dev/null
	is "a full disk: status" "1 0" "$? $(wc -l <full.left)"
	report_lines full.xml >got.list
	has "a full disk: the case before" got.list '^before\|passed'
	has "a full disk: the case that fills it" got.list '^fills\|failure\|output'
	has "a full disk: silently" got.list '^fills and says nothing\|failure\|exit'
	has "a full disk: by printing" got.list '^prints too much for it\|failure\|exit'
	has "a full disk: the case after" got.list '^after\|passed'
}

robust_ended() {
	ended_by TERM 143
	ended_by INT 130
	ended_by HUP 129
	slow_run
	is "the processes of cases are found" 1 $(($(case_processes) >= 5))
	kill -KILL $slow
	wait $slow 2>/dev/null
	is "the harness is killed: no process is left" 0 "$(soon '[ "$(case_processes)" -eq 0 ]'; case_processes)"
	end_case_processes
	is "the harness is killed: no report is left half written" absent "$(there slow.xml)"
	printf 'suite: s\ncases:\n  - {name: one, run: exit 0, expect: {exit: 0}}\n' >next.yaml
	"$harness" run --junit next.xml next.yaml >out 2>err </dev/null
	is "the harness is killed: the next run" 0 $?
	nothing_left "the harness is killed, and the next run is over"
}

# it is told to end while it asks the machine what it can do
robust_early() {
	printf '#!/bin/sh\ntouch %s/asked\nsleep 60\n' "$dir" >slow-catbox
	chmod +x slow-catbox
	rm -f asked early.xml
	CATBOX=$dir/slow-catbox "$harness" run --junit early.xml next.yaml >out 2>err </dev/null &
	early=$!
	soon '[ -e asked ]' || not_ok "the machine is asked" asked "$(cat out err)"
	kill -TERM $early
	wait $early
	is "the harness is ended early: status" 143 $?
	report_lines early.xml >got.list
	is "the harness is ended early: the report" "one|error|interrupted|not run: interrupted" "$(cat got.list)"
	rm -f slow-catbox asked
}

# what a case left that killed its supervisor is gone before the next one starts
robust_orphans() {
	cat >orphans.yaml <<'END'
suite: orphans
timeout: 20s
cases:
  - {name: leaves, run: '"$PROBES/probe-misbehave" daemon; kill -KILL $PPID; sleep 60', control: {exit: 0}, expect: {exit: 0}}
  - {name: looks, run: 'test -z "$(grep -lsF "HOME=${HOME%/*/home}/0001/" /proc/[0-9]*/environ)"', control: {exit: 0}, expect: {exit: 0}}
END
	"$harness" run -j 1 --keep never --junit orphans.xml orphans.yaml >out 2>err </dev/null
	report_lines orphans.xml | cut -d '|' -f 1,2 >got.list
	is "what a killed supervisor leaves is gone before the next case" "leaves|error looks|passed" \
		"$(paste -sd ' ' got.list)"
}

# children that it got from a shell that became the harness are none of its business
robust_bystander() {
	sh -c 'sleep 60 & echo $! >bystander; exec "$0" run --junit next.xml next.yaml' "$harness" >out 2>err
	is "a child that the harness was started with: status" 0 $?
	bystander=$(cat bystander)
	is "a child that the harness was started with goes on" alive \
		"$(if is_gone "$bystander"; then echo gone; else echo alive; fi)"
	kill "$bystander"
}

# nobody listens, or there is nothing to talk to
robust_closed() {
	for closed in '>&-' '>&- 2>&- <&-' '| true'; do
		rm -f closed.xml
		sh -c "{ \"\$0\" run --junit closed.xml next.yaml; echo \$? >closed.status; } $closed" "$harness" 2>err
		report_lines closed.xml >got.list
		is "run $closed" "0 one|passed||" "$(cat closed.status) $(cat got.list)"
	done
}
