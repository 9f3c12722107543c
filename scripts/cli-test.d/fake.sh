# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# catbox run --fake: what is shown inside, what is on the disk, the file in between runs.
# Whether every answer is that of the kernel to root, the suites say.

# on_disk FILE: owner and mode as they are
on_disk() {
	stat -c '%u:%g %a' "$1"
}

fake() {
	confined --fake "$@"
}

# apart: the other tests' in/ and outside/ are left alone
apart() {
	rm -rf "$dir/fake"
	mkdir -p "$dir/fake/in" "$dir/fake/outside"
	cd "$dir/fake" || exit 2
}

test_fake() {
	me=$(id -u):$(id -g)
	apart
	fake -- sh -c 'id -u; touch in/f; stat -c %u:%g in/f; chown 5:6 in/f; chmod 6755 in/f
		stat -c "%u:%g %a" in/f'
	is "root, and what he sees" "0 0 0:0 5:6 6755 " "$status $(tr '\n' ' ' <out)"
	is "the disk has none of it" "$me 755" "$(on_disk in/f)"
	rm -rf in/*
	run -w in -- sh -c 'id -u; touch in/f'
	is "nothing is pretended without it" "$(id -u)" "$(cat out)"
	for without in process_vm_readv process_vm_readv,proc-mem landlock; do
		fake --without $without -- sh -c 'chown 7:8 in/f; stat -c %u:%g in/f'
		is "without $without too" "0 7:8" "$status $(cat out)"
	done
	fake --real-owner -- stat -c %u:%g in/f
	is "--real-owner shows who has it" "$me" "$(cat out)"

	# the kinds of what is pretended, one by one
	run -w in --fake=ids -- sh -c 'id -u; stat -c %u:%g in/f'
	is "--fake=ids" "0 $me " "$(tr '\n' ' ' <out)"
	run -w in --fake=owner,mode -- sh -c 'id -u; chown 7 in/f; chmod 4700 in/f; stat -c "%u %a" in/f'
	is "--fake=owner,mode" "$(id -u) 7 4700 " "$(tr '\n' ' ' <out)"
	run -w in --fake=device -- sh -c 'mknod in/c c 1 3 && stat -c "%F %t:%T" in/c'
	is "--fake=device" "character special file 1:3" "$(cat out)"
	is "the disk has a file" "regular empty file" "$(stat -c %F in/c)"
	run -w in --fake=owners -- touch in/ran
	is "an unknown kind is 125" "125 absent" "$status $(there in/ran)"
	has "and is named" err "'owners' cannot be faked"

	# confined all the same
	: >outside/f
	fake -- chown 5 outside/f
	is "what the policy refuses is not pretended" 1 $status
	has "but denied" err '^catbox: denied fchownat .*/outside/f'
	fake -- mknod outside/n c 1 3
	is "nor is a device" "1 absent" "$status $(there outside/n)"
	run -w in -c --fake -- sh -c 'chown 5 outside/f; stat -c %u outside/f'
	is "what is only reported is pretended" "120 5" "$status $(cat out)"
	is "and not done" "$me" "$(stat -c %u:%g outside/f)"
	fake -- sh -c 'chroot in true; mount -t tmpfs none in; true'
	is "chroot and mount stay refused" 120 $status

	printf 'write:\n  - allow: %s/in/\nfake: all\nfake-compat: fakeroot\n' "$PWD" >compat.yaml
	run -v -p compat.yaml -- sh -c 'chmod 4755 in/f; chown 1 in/f; stat -c "%u %a" in/f'
	is "fake-compat: fakeroot keeps the bits" "1 4755" "$(cat out)"
	has "-v tells of it" err '^catbox: faked chown 1:0 4755 .*/in/f \(chown\['

	fake -l log -- sh -c 'chown 1:2 in/f; chmod 2711 in/f; chmod 600 in/none'
	has "a faked event" log '"event":"faked".*"verdict":"fake".*"op":"chown","uid":1,"gid":2'
	has "what it was" log '"op":"chmod".*"mode":"2711","was":\{"uid":1,"gid":2,"mode":"0755"'
	is "one a call" 2 "$(grep -c '"event":"faked"' log)"
	cd "$dir" || exit 2
}

test_fake_state() {
	apart
	fake --fake-state state -- sh -c 'touch in/a in/b in/c; mkdir in/d; chown 3:4 in/a in/b
		chown 5 in/c; mknod in/d/n b 7 8; mv in/d in/e; chmod 4755 in/a'
	is "a state is made" "0 there" "$status $(there state)"
	is "a head, then one file a line, by path" "catbox-fake 1 $PWD/in/a $PWD/in/b $PWD/in/c $PWD/in/e/n " \
		"$(sed -n '1p; s/ .*//; 2,$p' state | tr '\n' ' ')"
	has "with what is pretended" state "^$PWD/in/a uid=3 gid=4 mode=4755 file="
	cp state before
	fake --fake-state state -- stat -c '%u:%g %a' in/a
	is "the next run knows it" "3:4 4755" "$(cat out)"
	same "and leaves it as it was" before state
	fake --fake-state state -- stat -c '%F %t:%T' in/e/n
	is "a device too" "block special file 7:8" "$(cat out)"

	# a file that is gone, and a name that another file has
	rm in/b
	: >in/other
	mv in/other in/c
	fake -v -l log --fake-state state -- stat -c %u in/c
	is "another file is not what was pretended" 0 "$(cat out)"
	has "the one that is gone is noted" log "in/b.* is dropped: there is no such file"
	has "and the other" log "in/c.* is dropped: that name belongs to another file"
	is "and both are dropped" 2 "$(grep -c file= state)"

	# bad ones
	printf 'catbox-fake 1\n/x nonsense\n' >bad
	fake --fake-state bad -- touch in/ran
	is "a state that is none is 125" "125 absent" "$status $(there in/ran)"
	has "and says where" err "bad:2: .*'/x nonsense'"
	has "and is left alone" bad nonsense
	fake --fake-state no/dir -- touch in/ran
	is "a state in no directory is 125" "125 absent" "$status $(there in/ran)"
	fake --fake-state in -- touch in/ran
	is "a directory is 125" "125 absent" "$status $(there in/ran)"
	ln -s "$PWD/outside/f" link
	fake --fake-state link -- touch in/ran
	is "a symlink is 125" "125 absent" "$status $(there in/ran)"
	run -w in --fake-state state -- touch in/ran
	is "a state without --fake is 125" "125 absent" "$status $(there in/ran)"
	cp state before
	run -w . --fake --fake-state state -- sh -c 'echo x >state; rm -f state; true'
	is "the build does not write to it" "120" $status
	same "so it is whole" before state
	cd "$dir" || exit 2
}

# Runs that share a state are one after the other; one that is killed leaves what was.
test_fake_shared() {
	apart
	fake --fake-state shared -- sh -c 'touch in/a in/b; chown 3 in/a'
	cp shared before
	"$catbox" run -w in --fake --fake-state shared -- \
		sh -c 'chown 9 in/a; : >in/there; exec sleep 60' </dev/null >/dev/null 2>&1 &
	first=$!
	soon '[ -e in/there ]'
	"$catbox" run -w in --fake --fake-state shared -- sh -c 'stat -c %u in/a; chown 4 in/b' \
		</dev/null >out 2>&1 &
	second=$!
	sleep 0.3
	is "the second waits" "" "$(cat out)"
	kill -9 $first
	wait $first 2>/dev/null
	wait $second
	is "the first was killed: the second sees what was before" 3 "$(cat out)"
	has "and saves its own" shared "in/b uid=4 "
	is "and nothing is left over" "" "$(find . -name '.shared*')"
	for n in 1 2 3 4 5 6; do
		"$catbox" run -w in --fake --fake-state shared -- \
			sh -c "touch in/s$n; chown $n in/s$n" </dev/null >/dev/null 2>&1 &
	done
	wait
	is "six at once: none is lost" 6 "$(grep -c '/in/s[1-6] uid=' shared)"
	cd "$dir" || exit 2
}
