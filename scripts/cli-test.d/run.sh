# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# catbox run: statuses, what is printed, rules given as options, files written.

# --- exit statuses

test_status() {
	for n in 0 1 3 119 255; do
		confined -- sh -c "exit $n"
		is "status $n is the command's own" $n $status
	done
	for n in 9 11 15; do
		confined -- sh -c "kill -$n \$\$"
		is "signal $n is status 128 + $n" $((128 + n)) $status
	done
	run -- true
	is "no violation, nothing printed" "0 " "$status $(cat out err)"
	confined -- sh -c 'echo x >outside/f; true'
	is "success with a violation is 120" 120 $status
	is "the file is not there" absent "$(there outside/f)"
	confined -- sh -c 'echo x >outside/f; exit 7'
	is "a failure with a violation is the command's own" 7 $status
	confined --violation-exit 33 -- sh -c 'true >outside/f; true'
	is "--violation-exit 33" 33 $status
	confined --violation-exit 0 -- sh -c 'true >outside/f; true'
	is "--violation-exit 0" 0 $status
	confined --violation-exit 256 -- touch in/ran
	is "--violation-exit 256 is usage" 125 $status
	confined --violation-exit=x -- touch in/ran
	is "--violation-exit x is usage" 125 $status
	is "usage errors run nothing" absent "$(there in/ran)"
	run -- ./no-such-command
	is "a command that is not there is 127" 127 $status
	has "and is named" err "^catbox: cannot run '\./no-such-command': No such file"
	run -- /etc
	is "a directory as command is 126" 126 $status
	: >in/plain
	run -- in/plain
	is "a command without x is 126" 126 $status
	has "and is named" err "^catbox: cannot run 'in/plain': Permission denied"
	run
	is "no command is 125" 125 $status
}

test_stop() {
	confined --stop -- sh -c 'true >outside/f; touch in/later'
	is "--stop is 120" 120 $status
	confined --stop -- sh -c 'true >outside/f; exit 7'
	is "--stop is 120, whatever came after" 120 $status
	confined --stop --violation-exit 0 -- sh -c 'true >outside/f; touch in/later'
	is "--stop --violation-exit 0 is 137" 137 $status
	is "what came after did not run" absent "$(there in/later)"
	confined --stop -- sh -c '(sleep 600 & echo $! >in/pid; true >outside/f); sleep 600'
	is "--stop ends the whole tree" gone "$(soon "is_gone $(cat in/pid)" && echo gone)"
	confined --stop -- sh -c 'exit 5'
	is "--stop without a violation" 5 $status
}

test_collect() {
	for option in -c --collect-only; do
		rm -f outside/f
		confined $option -- sh -c 'echo x >outside/f'
		is "$option is 120 too" 120 $status
		is "$option lets it happen" x "$(cat outside/f 2>&1)"
		has "$option says so" err "^catbox: let through openat $dir/outside/f \\(sh\\[[0-9]+\\], rule no match\\)\$"
	done
	rm -f outside/f
}

# --- what is printed

test_lines() {
	confined -- sh -c 'mkdir outside/d; rm -f outside/nothing; exit 1'
	is "one line a violation" 1 "$(grep -c '^catbox: denied ' err)"
	has "the line of a violation" err \
		"^catbox: denied mkdir $dir/outside/d \\(mkdir\\[[0-9]+\\], rule no match\\)\$"
	has "the summary" err '^catbox: 1 violation, 0 expected, 0 left over$'
	is "nothing on standard output" "" "$(cat out)"
	confined -- sh -c 'true >outside/a; true >outside/b; exit 1'
	has "the summary counts" err '^catbox: 2 violations, 0 expected, 0 left over$'
	confined -- python3 -c 'import os; os.mkdir("outside/a\nb")'
	if [ "$status" -eq 127 ]; then
		skip "control characters" "no python3"
	else
		has "control characters do not reach the terminal" err \
			"^catbox: denied mkdir $dir/outside/a\\\\x0ab \\(python3\\["
	fi
	for option in -q --quiet; do
		confined $option -- sh -c 'true 2>/dev/null >outside/a; true'
		is "$option prints nothing, the status stays" "120 " "$status $(cat err)"
	done
	cat >expect.yaml <<-END
		write:
		  - allow: $dir/in/
		  - expect: $dir/outside/
	END
	run -p expect.yaml -- sh -c 'mkdir outside/d 2>/dev/null; true'
	is "an expected denial: status 0, no line" "0 " "$status $(cat err)"
	for option in -v --verbose; do
		run -p expect.yaml $option -- sh -c 'mkdir outside/d 2>/dev/null; true'
		has "$option shows it" err \
			"^catbox: denied as expected mkdir $dir/outside/d \\(mkdir\\[[0-9]+\\], rule expect.yaml:3\\)\$"
		has "$option has a summary" err '^catbox: 0 violations, 1 expected, 0 left over$'
	done
	confined -- sh -c 'sleep 600 >/dev/null 2>&1 & true'
	is "a process left over is no failure" 0 $status
	has "a process left over is named" err '^catbox: left over: sleep\[[0-9]+\] \(kill\)$'
	has "and counted" err '^catbox: 0 violations, 0 expected, 1 left over$'
}

# --- rules on the command line

test_write() {
	: >one
	run -w one -- sh -c 'echo x >one; true >two'
	is "-w FILE: that file" "x" "$(cat one)"
	is "-w FILE: not the one beside it" absent "$(there two)"
	run -w in -w outside -- sh -c 'mkdir -p in/deep/er outside/d && rmdir outside/d'
	is "-w twice, all below" "0 " "$status $(cat err)"
	run -w in/later -- sh -c 'echo x >in/later'
	is "-w of what is not there yet" "0 x" "$status $(cat in/later)"
	run -w '~^'"$dir"'/in/[a-z]+\.o$' -- sh -c 'true >in/abc.o && ! true >in/abc1.o'
	is "-w ~REGEX: what matches, not what does not" 120 $status
	has "-w ~REGEX: the denial" err "^catbox: denied openat $dir/in/abc1.o "
	run -w '~(' -- touch in/ran
	is "-w with a bad regex is 125" 125 $status
	run -w '' -- touch in/ran
	is "-w with nothing is 125" 125 $status
	mkdir link-target
	ln -s link-target link
	run -w link -- sh -c 'true >link/f && true >link-target/g'
	is "-w of a symlink means what it points to" "0 " "$status $(cat err)"
	(cd in && "$catbox" run -w ../outside -- sh -c 'true >../outside/g' 2>err)
	is "-w relative to the current directory" there "$(there outside/g)"
	rm -f outside/g in/err
	run -- sh -c "true >in/default; true >/etc/catbox-cli-test; true"
	is "the default policy: cwd yes, /etc no" "120 there" "$status $(there in/default)"
	run_with TMPDIR="$dir/in" -w in -- sh -c 'true >/var/tmp/catbox-cli-test; true'
	is "-w drops the default policy" 120 $status
	run --also-write in -- sh -c "cd /; t=\$(mktemp) && rm \"\$t\" && true >$dir/in/also"
	is "--also-write keeps it" "0 " "$status $(cat err)"
}

test_net() {
	command -v python3 >/dev/null || { skip "-n" "no python3"; return; }
	cat >net.py <<-'END'
		import errno, socket, sys
		def attempt(name, what):
		    try: what(); print(name, "ok")
		    except OSError as e: print(name, errno.errorcode[e.errno])
		def loop():
		    s = socket.create_server(("127.0.0.1", 0)); socket.create_connection(s.getsockname())
		def away():
		    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.connect(("192.0.2.1", 9))
		attempt("loop", loop)
		attempt("pair", lambda: socket.socketpair())
		attempt("unix", lambda: socket.socket(socket.AF_UNIX).bind("\0catbox-cli-test-%d" % __import__("os").getpid()))
		attempt("away", away)
	END
	run -n all -- python3 net.py
	has "-n all: loopback" out '^loop ok$'
	is "-n all: no violation" 0 $status
	run -n loopback -- python3 net.py
	is "-n loopback" "loop ok,pair ok,unix ok,away EACCES,120" "$(tr '\n' , <out)$status"
	has "-n loopback: the line" err '^catbox: denied connect 192\.0\.2\.1:9 \(python3\[[0-9]+\], rule '
	run -n none -- python3 net.py
	is "-n none" "loop EACCES,pair ok,unix ok,away EACCES,120" "$(tr '\n' , <out)$status"
	run -n some -- touch in/ran
	is "-n some is 125" 125 $status
}

test_set() {
	cat >set.yaml <<-'END'
		write:
		  - allow: ${WHERE}/
	END
	run --set "WHERE=$dir/in" -p set.yaml -- touch in/set
	is "--set gives a name its value" "0 " "$status $(cat err)"
	run_with WHERE="$dir/in" -p set.yaml -- touch in/set
	is "the environment gives it too" "0 " "$status $(cat err)"
	run_with WHERE="$dir/outside" -p set.yaml --set "WHERE=$dir/in" -- touch in/set
	is "--set wins over the environment, wherever it stands" "0 " "$status $(cat err)"
	run -p set.yaml -- touch in/ran
	is "a name that is not set is 125" 125 $status
	has "and has its place" err '^set.yaml:2:[0-9]+: error: .*WHERE'
	run --set WHERE -p set.yaml -- touch in/ran
	is "--set without = is 125" 125 $status
	printf 'write:\n  - allow: ${BUILD_DIR}/in/\n' >build.yaml
	(unset BUILD_DIR; "$catbox" run -p build.yaml -- touch in/set) >err 2>&1
	is "BUILD_DIR is the current directory" "0 " "$? $(cat err)"
	printf 'write:\n  - deny: %s/in/\n' "$dir" >deny.yaml
	run -p build.yaml -p deny.yaml -- sh -c 'touch in/set; true'
	is "a later -p wins" 120 $status
	has "and is named by its line" err ', rule deny\.yaml:2\)$'
	run -p deny.yaml -w in -- touch in/set
	is "a -w behind a -p wins" "0 " "$status $(cat err)"
}

# --- files that catbox writes

test_log() {
	confined -l log -- sh -c 'mkdir outside/d; exit 4'
	is "--log does not change the status" 4 $status
	has "log: start" log '^\{"seq":1,"t":[0-9.e-]+,"event":"start",.*"argv":\["sh","-c",'
	has "log: the violation" log "^\\{\"seq\":[0-9]+,\"t\":[0-9.]+,\"event\":\"violation\",\"pid\":[0-9]+,\"tid\":[0-9]+,\"ppid\":[0-9]+,\"comm\":\"mkdir\",\"exe\":\"[^\"]*/[^\"]+\",\"syscall\":\"mkdir\",\"effect\":\"create\",\"path\":\"outside/d\",\"real\":\"$dir/outside/d\",\"verdict\":\"deny\",\"errno\":\"EACCES\",\"rule\":\"no match\"\\}\$"
	has "log: end" log '"event":"end","status":4,"violations":1,.*"complete":true\}$'
	is "log: seq has no gap" "$(seq -s ' ' "$(wc -l <log)")" \
		"$(sed 's/^{"seq":\([0-9]*\),.*/\1/' log | paste -sd ' ')"
	lacks "log: no exec, net, processes unless asked" log '"event":"(exec|net|process|exit)"'
	confined -l log --log-events exec,processes -- sh -c 'true; /bin/true; kill -9 $$'
	has "log: exec" log '"event":"exec",.*"comm":"true",.*"argv":\["/bin/true"\]'
	if [ "$engine" = ptrace ]; then # the other one hears nothing of processes
		has "log: process" log '"event":"process",'
		has "log: exit of a child" log '"event":"exit","pid":[0-9]+,"status":0\}$'
	fi
	has "log: end by a signal" log '"event":"end","signal":"KILL",'
	confined -c -l log -- mkdir outside/d
	rmdir outside/d
	has "log: a collected violation" log '"event":"violation",.*"verdict":"allow"'
	confined -l log -- sh -c 'echo forged >>log; true'
	has "the log cannot be written by the command" err "^catbox: denied openat $dir/log "
	run -w "$dir" -l log -- sh -c 'echo forged >>log; rm -f log; true'
	is "not even where the policy allows it" 120 $status
	lacks "and nothing is forged" log '^forged'
	confined -l outside/none/log -- touch in/ran
	is "a log that cannot be written is 125" 125 $status
	confined -l log -- sh -c 'echo $$; mkdir outside/d; mkdir "$(printf "outside/\001\377")"; exit 0'
	has "log: the parent" log "\"event\":\"violation\",.*\"ppid\":$(cat out),\"comm\":\"mkdir\""
	lacks "log: who is not its own parent" log "\"event\":\"violation\",\"pid\":$(cat out),"
	has "log: each byte of a name that is no UTF-8" log '"real_hex":"[0-9a-f]*2f01ff"'
	printf 'write:\n  - expect: %s/outside/\nnet:\n  - deny: all\n  - allow: loopback\n' "$dir" >expect.yaml
	run -p expect.yaml -l log --log-events net -- sh -c 'mkdir outside/d; mkdir outside/e; exit 0'
	has "log: expected denials in the totals" log '"event":"end",.*"violations":0,"expected":2,'
	is "log: expected denials are no violation" 0 $status
	if command -v python3 >/dev/null; then
		run -p expect.yaml -l log --log-events net -- python3 -c \
			'import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(("127.0.0.1", 9))'
		has "log: the rule that opened the network" log '"event":"net",.*"rule":"([^"]*/)?expect\.yaml:5"'
	fi
	confined --log-events exec,nonsense -- touch in/ran
	is "an unknown class of events is 125" 125 $status
	valid_json log
}

# reads PATH: how often the log says that it was read
reads() {
	grep -c "\"event\":\"read\",.*\"real\":\"$1\"" log
}

test_reads() {
	printf '#!/bin/sh\ncat in/text in/text; cat <in/text; : >in/written; ls in; [ -r in/asked ]; exec 3<>in/both\n' >in/script
	chmod +x in/script
	for name in text both asked; do echo $name >in/$name; done
	confined --log-reads -l log -- in/script
	for name in text both script; do
		is "log: $name is read, once" 1 "$(reads "$dir/in/$name")"
	done
	for name in written asked missing ''; do
		is "log: '$name' is not read" 0 "$(reads "$dir/in/$name")"
	done
	has "log: the script is executed" log '"event":"read",.*"effect":"exec","path":"in/script"'
	is "log: and who interprets it" 1 "$(reads "$(readlink -f /bin/sh)")"
	has "log: and the dynamic linker" log '"event":"read",.*"effect":"exec","real":"[^"]*/ld-'
	confined --log-events reads -l log -- cat in/text
	is "--log-events reads" 1 "$(reads "$dir/in/text")"
	printf 'read: [{deny: %s}]\nlog: [reads]\n' "$dir/in/asked" >reads.yaml
	run -p reads.yaml -l log -- sh -c 'cat in/asked in/missing in/text'
	is "log: what is refused or missing is not read" "0 0 1" \
		"$(reads "$dir/in/asked") $(reads "$dir/in/missing") $(reads "$dir/in/text")"
	confined -l log -- cat in/text
	is "log: no reads unless asked" 0 "$(grep -c '"event":"read"' log)"
	rm -f in/script in/text in/both in/asked in/written reads.yaml
}

# valid_json FILE: each line is an object
valid_json() {
	command -v python3 >/dev/null || { skip "log: JSON Lines" "no python3"; return; }
	is "log: JSON Lines" ok "$(python3 -c 'import json, sys
for line in open(sys.argv[1]): assert isinstance(json.loads(line), dict)
print("ok")' "$1" 2>&1)"
}

test_stats() {
	confined --stats stats -- sh -c 'true >outside/f; for i in 1 2 3; do /bin/true; done; exit 6'
	for key in total seccomp fork start exec signal group other processes evaluations \
		violations bytes_read peak_kib \
		expected leftovers status; do
		has "stats: $key" stats "^ *\"$key\": [0-9]+,?\$"
	done
	for key in engine stops syscalls; do
		has "stats: $key" stats "^ *\"$key\": [\"{]"
	done
	is "stats: total = seccomp + fork + start + exec" "$(number total)" \
		$(($(number seccomp) + $(number fork) + $(number start) + $(number exec)))
	is "stats: a stop for each fork and each start" "3 3" "$(number fork) $(number start)"
	is "stats: processes" 4 "$(number processes)"
	is "stats: execs" 4 "$(number exec)"
	is "stats: status, violations" "6 1" "$(number status) $(number violations)"
	first=$(number total)
	confined --stats stats -- sh -c 'true >outside/f; for i in 1 2 3; do /bin/true; done; exit 6'
	is "stats: stops are the same each time" "$first" "$(number total)"
	rm -f pipe && mkfifo pipe
	cat pipe >stats &
	confined --stats pipe -- sh -c 'exit 5'
	wait $!
	is "stats into a FIFO, which stays one" "5 5 fifo" "$status $(number status) $(stat -c %F pipe)"
	run --stats /dev/fd/8 -- sh -c 'exit 4' 8>stats
	is "stats into what /dev names" "4 4" "$status $(number status)"
	rm -f pipe
	confined --stats outside/none/stats -- true
	is "counters that cannot be written are 125" 125 $status
}

# a hidden option, for measurements: the same stops, and nothing judged
test_only_continue() {
	confined --stats stats -- sh -c 'mkdir outside/d; mkdir -p in/d'
	first=$(number total)
	is "the rules were asked" true "$([ "$(number evaluations)" -gt 0 ] && echo true)"
	confined --only-continue --stats stats -- sh -c 'mkdir outside/d; mkdir -p in/d'
	is "only-continue: the same stops" "$first" "$(number total)"
	is "only-continue: the rules were not asked" "0 0" \
		"$(number evaluations) $(number bytes_read)"
	rm -rf outside/d in/d
}

# --- files that catbox itself writes, and what the build may plant there

test_planted() {
	echo untouched >outside/victim
	ln -s ../outside/victim in/log
	confined -l in/log -- true
	is "a log behind a symlink is an error" 125 $status
	rm in/log
	# shellcheck disable=SC2016
	confined --stats in/stats -- sh -c 'ln -s ../outside/victim in/stats
		ln -s ../outside/victim in/stats.$PPID.tmp; true'
	is "a symlink in the place of the counters is refused" 120 $status
	has "the counters are a file of their own" in/stats '"violations": 1'
	is "nothing was written through a symlink" untouched "$(cat outside/victim)"
	mkdir in/sub
	confined -l in/sub/log -- sh -c 'mv in/sub in/moved; : >in/moved/log; true'
	has "a log cannot be moved away and forged" in/sub/log '"event":"end"'
	# shellcheck disable=SC2016
	echo "$catbox run -w in -- sh -c 'echo echo escaped >/proc/self/fd/0'" >script
	cat script | sh >out 2>err
	lacks "what is read from outside is not written to" out escaped
	sleep 60 &
	victim=$!
	"$catbox" run -w in -- sh -c "kill $victim; kill -- -$victim" >out 2>err
	is "a process outside lives" 0 "$(kill -0 $victim 2>/dev/null; echo $?)"
	kill $victim
	rm -rf in/sub in/stats in/stats.* script outside/victim
}

# what the permissions of others would have refused is a violation all the same, so that a
# suite reads the same as root and as a user
test_user() {
	mkdir -p outside/locked/d
	if [ "$(id -u)" -ne 0 ]; then
		chmod 0 outside/locked
		confined -- mkdir outside/locked/d/new
	else
		chmod 711 "$dir"
		chmod 700 outside/locked
		if ! setpriv --reuid=64321 --regid=64321 --clear-groups test -x "$catbox"; then
			skip "as a user" "others cannot reach $build"
			return
		fi
		setpriv --reuid=64321 --regid=64321 --clear-groups "$catbox" run -w in -- \
			mkdir outside/locked/d/new >out 2>err </dev/null
		status=$?
	fi
	chmod 700 outside/locked
	has "a directory of others: a violation" err "^catbox: denied mkdir $dir/outside/locked/d/new "
	is "a directory of others: status" 1 $status
	rm -rf outside/locked
}

# names below the root of a process with mounts of its own mean something else than here
test_mounts() {
	rm -rf outside/place && mkdir -p outside/place
	unshare -m sh -c 'mount --bind "$1" "$2" && touch there && exec sleep 60' sh \
		"$dir/outside/place" "$dir/in" 2>/dev/null &
	other=$!
	if ! soon '[ -e there ] || is_gone $other' || [ ! -e there ]; then
		skip "another's mounts" "none can be made"
		return
	fi
	confined -- mkdir "/proc/$other/root$dir/in/new"
	is "another's mounts: nothing was made" "1 absent absent" \
		"$status $(there outside/place/new) $(there in/new)"
	has "another's mounts: the line" err "^catbox: denied mkdir /proc/$other/root"
	kill $other
	rm -rf outside/place there
}
