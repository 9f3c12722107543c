# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Policy files, the other commands, options.

# --- policy files

# policy_error LINE:COLUMN REGEX TEXT: check and run say so, and nothing is run
policy_error() {
	printf '%b' "$3" >bad.yaml
	rm -f in/ran
	run -p bad.yaml -w in -- touch in/ran
	if [ "$status $(there in/ran)" != "125 absent" ]; then
		not_ok "policy: $2" "125 absent" "$status $(there in/ran)"
		return
	fi
	command_of check bad.yaml
	[ $status -eq 125 ] || { not_ok "check: $2" 125 $status; return; }
	has "policy: $2" err "^bad\\.yaml:$1: error: .*$2"
}

test_policy_errors() {
	policy_error 1:1 "unknown key 'wriet'.*did you mean 'write'" 'wriet: []\n'
	policy_error 2:5 "unknown key 'alow'.*did you mean 'allow'" 'write:\n  - alow: /x\n'
	policy_error 3:1 "duplicate key 'write'" 'write: []\nnet: []\nwrite: []\n'
	policy_error 2:12 "not absolute: 'a/b'" 'write:\n  - allow: a/b\n'
	policy_error 2:11 "not absolute: 'a/b'" 'read:\n  - deny: a/b\n'
	policy_error 3:12 "bad regex" 'write:\n  - allow: /x\n  - allow: ~^/(a\n'
	policy_error 2:12 '10\.0\.0\.0/33' 'net:\n  - allow: 10.0.0.0/33\n'
	policy_error 2:12 '10\.0\.0\.0:70000' 'net:\n  - allow: 10.0.0.0:70000\n'
	policy_error 2:13 'fd00::' 'net:\n  - allow: "fd00::/8"\n'
	policy_error 2:12 'nonsense' 'net:\n  - allow: nonsense\n'
	policy_error 2:12 "'nocall'" 'system:\n  - allow: nocall\n'
	policy_error 1:15 "'explode'" 'on-violation: explode\n'
	policy_error 1:12 "'stay'" 'leftovers: stay\n'
	policy_error 1:13 "'EIO'" 'deny-errno: EIO\n'
	policy_error 1:9 "'magic'" 'engine: magic\n'
	policy_error 1:7 "'everything'" 'log: [everything]\n'
	policy_error 2:12 'CATBOX_TEST_NOT_SET' 'write:\n  - allow: ${CATBOX_TEST_NOT_SET}/\n'
	policy_error '[0-9]+:[0-9]+' 'sequence|list' 'write: /x\n'
	policy_error '[0-9]+:[0-9]+' 'mapping' '- write\n'
	policy_error '[0-9]+:[0-9]+' '' 'write:\n  - allow: [unclosed\n'
	# a collection in brackets has the place of its first word
	policy_error 2:6 'one of allow, deny, expect' 'write:\n  - {allow: /x, deny: /x}\n'
	policy_error 1:8 "cannot be 'uids'" 'fake: [uids]\n'
	policy_error 1:7 "cannot be 'some'" 'fake: some\n'
	printf 'wriet: []\nwrite:\n  - allow: rel\n  - allow: ~(\nleftovers: stay\n' >bad.yaml
	command_of check bad.yaml
	is "all errors of a file at once" 4 "$(grep -c '^bad\.yaml:[0-9]*:[0-9]*: error: ' err)"
	run -p no-such.yaml -- touch in/ran
	is "a policy file that is not there is 125" "125 absent" "$status $(there in/ran)"
	has "and is named" err no-such.yaml
}

test_check() {
	printf 'write:\n  - allow: %s/in/\nfake: none\n' "$dir" >good.yaml
	command_of check good.yaml
	is "check: a good file" "0 good.yaml: ok" "$status $(cat out err)"
	printf 'write:\n  - allow: %s/in\n' "$dir" >warn.yaml
	command_of check warn.yaml
	is "check: a warning is no error" 0 $status
	has "check: a directory without the final /" err '^warn\.yaml:2:12: warning: .*is a directory'
	command_of check good.yaml bad.yaml warn.yaml
	is "check: one bad of three" 125 $status
	has "check: the others are read too" out '^warn\.yaml: ok$'
	command_of check
	is "check: no file is 125" 125 $status
	command_of check set.yaml
	is "check: a name not set" 125 $status
	command_of check --set WHERE=/x set.yaml
	is "check --set" 0 $status
}

# explained STATUS VERDICT ARGUMENT...
explained() {
	want_status=$1 want=$2
	shift 2
	command_of explain "$@"
	if [ "$status" -ne "$want_status" ]; then
		not_ok "explain $*" "status $want_status" "$status $(cat err)"
	elif [ -n "$want" ]; then
		has "explain $*" out "^$want\$"
	else
		is "explain $*: no verdict" "" "$(cat out)"
	fi
}

test_explain() {
	cat >why.yaml <<-END
		write:
		  - allow: $dir/in/
		  - deny: $dir/in/no/
		  - expect: /usr/share/fonts/
		read:
		  - deny: /home/
		net:
		  - deny: all
		  - allow: 10.0.0.0/8:443
		system:
		  - allow: chroot
	END
	explained 0 "allow create $dir/in/x \\(rule why.yaml:2\\)" -p why.yaml create "$dir/in/x"
	explained 0 'allow write in/x \(rule why.yaml:2\)' -p why.yaml write in/x
	explained 1 "deny write $dir/in/no/x \\(rule why.yaml:3\\)" -p why.yaml write "$dir/in/no/x"
	explained 1 'expect create /usr/share/fonts/x \(rule why.yaml:4\)' -p why.yaml \
		create /usr/share/fonts/x
	explained 1 'deny remove /etc/passwd \(rule no match\)' -p why.yaml remove /etc/passwd
	explained 1 'deny read /home/x \(rule why.yaml:6\)' -p why.yaml read /home/x
	explained 0 'allow read /etc/passwd \(rule no match\)' -p why.yaml read /etc/passwd
	explained 0 'allow write /dev/null \(rule built-in\)' -p why.yaml write /dev/null
	explained 0 'allow connect 10.1.2.3:443 \(rule why.yaml:9\)' -p why.yaml connect 10.1.2.3:443
	explained 1 'deny connect 10.1.2.3:80 \(rule why.yaml:8\)' -p why.yaml connect 10.1.2.3:80
	explained 0 'allow system chroot \(rule why.yaml:11\)' -p why.yaml system chroot
	explained 1 'deny system reboot \(rule no match\)' -p why.yaml system reboot
	explained 0 'allow write in/x \(rule option -w\)' -w in write in/x
	explained 125 '' -p why.yaml frobnicate /x
	explained 125 '' -p why.yaml write
	explained 125 '' -p bad.yaml write /x
}

# --- the other commands

test_doctor() {
	command_of doctor
	is "doctor: this machine can sandbox" "0 " "$status $(cat err)"
	has "doctor: a denial fires" out '^trial denial +refused and reported$'
	has "doctor: so it does under the other engine" out '^trial by notify +refused and reported$'
	has "doctor: the kernel" out "^kernel +$(uname -r | sed 's/[.+]/\\&/g') "
	has "doctor: Landlock" out '^Landlock +'
	command_of doctor please
	is "doctor takes no argument" 125 $status
}

test_syscalls() {
	command_of syscalls
	is "syscalls" 0 $status
	has "syscalls: a row" out '^ *257 +openat +write'
	has "syscalls: what is not judged has a reason" out '^ *0 +read +pass +[a-z]'
	command_of syscalls --jsno
	is "syscalls: an unknown option is 125" 125 $status
	command -v python3 >/dev/null || { skip "syscalls --json" "no python3"; return; }
	command_of syscalls --json
	is "syscalls --json" "0 ok" "$status $(python3 - out 2>&1 <<-'END'
		import json, sys
		known = set("""read write create remove rename link mode owner time xattr flags device
		    connect bind exec signal trace mount system pass ENOSYS""".split())
		rows = json.load(open(sys.argv[1]))
		assert len(rows) > 330, len(rows)
		assert len({r["name"] for r in rows}) == len(rows)
		for r in rows:
		    assert r["effect"] in known, r
		    assert r["effect"] != "pass" or r["reason"], r
		print("ok")
	END
	)"
}

# --- options

# refused REGEX ARGUMENT...: status 125, one line that matches, nothing run
refused() {
	want=$1
	shift
	rm -f in/ran
	"$catbox" "$@" -- touch in/ran >out 2>err </dev/null
	status=$?
	if [ "$status $(there in/ran)" != "125 absent" ]; then
		not_ok "$*" "125 absent" "$status $(there in/ran)"
	else
		has "refused: $*" err "$want"
	fi
}

test_options() {
	refused "unrecognized option '--frobnicate'" run --frobnicate
	refused "invalid option -- 'Z'" run -Z
	command_of run --policy
	has "an option without its argument" err "requires an argument"
	is "is 125" 125 $status
	refused "'magic'" run --engine magic
	refused "^catbox: unknown command 'frobnicate'" frobnicate
	run --engine ptrace -- true
	is "--engine ptrace" 0 $status
	run --engine auto -- true
	is "--engine auto" 0 $status
	run echo -q --frobnicate
	is "options behind the command are its own" "-q --frobnicate" "$(cat out)"
	for name in run fakeroot check explain doctor syscalls; do
		command_of $name --help
		has "$name --help" out "^usage: catbox $name"
	done
	command_of --help
	is "--help" "0 usage: catbox COMMAND ..." "$status $(head -n 1 out)"
	command_of --version
	has "--version" out '^catbox [0-9]+\.[0-9]+\.[0-9]+$'
	command_of
	is "no command at all is 125" "125 usage: catbox COMMAND ..." "$status $(head -n 1 err)"
}

test_nested() {
	# a sanitizer build would look for leaks by tracing itself, which is what cannot be
	confined -- env ASAN_OPTIONS=detect_leaks=0 "$catbox" run -w in -- touch in/nested
	is "catbox inside catbox is 125" "125 absent" "$status $(there in/nested)"
	is "and says so in one line" 1 "$(wc -l <err)"
	has "which is a sentence" err '^catbox: cannot sandbox: .*inside catbox'
}
