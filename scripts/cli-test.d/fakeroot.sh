# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# catbox in the place of fakeroot(1), what lasts from run to run, what is left when it is
# killed, and the manifest. As a user, also when root runs the tests.

# user COMMAND...: leaves status, and the files out and err
user() {
	$as_user "$@" >out 2>err </dev/null
	status=$?
}

# user_place: a fresh directory in/ of the user, who can start bin/catbox
user_place() {
	as_user=
	chmod 755 "$dir"
	mkdir -p bin && cp "$catbox" bin/catbox && ln -sf catbox bin/fakeroot
	fakeroot=$dir/bin/fakeroot
	rm -rf in && mkdir in
	if [ "$(id -u)" -eq 0 ]; then
		as_user="setpriv --reuid 54321 --regid 54321 --clear-groups"
		chown 54321:54321 in
	fi
}

test_fakeroot() {
	user_place
	user "$fakeroot" sh -c 'id -u; touch in/a && chown 1:2 in/a && stat -c %u:%g in/a'
	is "started as fakeroot" "0 0 1:2 " "$status $(tr '\n' ' ' <out)"
	user bin/catbox fakeroot -- sh -c 'id -u; exit 41'
	is "catbox fakeroot, and a status" "41 0" "$status $(cat out)"
	user "$fakeroot" -- sh -c 'kill -TERM $$'
	is "a signal" 143 $status
	user "$fakeroot" ./no-such-program
	is "no such program" 127 $status
	user "$fakeroot" ./in
	is "no program" 126 $status
	user "$fakeroot" -l lib -f faked -b 3 --lib lib --faked faked --fd-base 3 -u -- stat -c %u in
	if [ -n "$as_user" ]; then me=54321; else me=$(id -u); fi
	is "options of a library and a daemon are taken; -u" "0 $me" "$status $(cat out)"
	user "$fakeroot" -v
	is "-v" "0 fakeroot (catbox $("$catbox" --version | cut -d' ' -f2))" "$status $(cat out)"
	user "$fakeroot" --help
	has "--help" out '^usage: catbox fakeroot'
	user "$fakeroot" --no-such-option true
	is "an unknown option" 125 $status
	user "$fakeroot" printf '%s,' -s 'a b' '' '*'
	is "options of the command are its own" "-s,a b,,*," "$(cat out)"
	echo 'id -u; echo in' | $as_user env SHELL=/bin/sh "$fakeroot" >out 2>err
	is "without a command a shell reads stdin" "0 in " "$(tr '\n' ' ' <out)"
	(cd in && echo x | $as_user env -i A=b "$fakeroot" sh -c 'pwd; echo "$A"; cat') >out 2>err
	is "directory, environment, stdin" "$dir/in b x " "$(tr '\n' ' ' <out)"
	$as_user env -i /usr/bin/env >out
	$as_user env -i "$fakeroot" /usr/bin/env >err
	same "nothing is put into the environment" out err
	user "$fakeroot" sh -c 'echo o >/usr/catbox-test'
	is "what the user may not is still refused" "2 absent" "$status $(there /usr/catbox-test)"
	: >everybody && chmod 666 everybody
	user "$fakeroot" sh -c 'echo x >everybody; chmod 600 /dev/null 2>&1 || echo no'
	is "nothing is confined" "0 x" "$status $(cat everybody)"
	user "$fakeroot" sh -c 'chown 5 everybody; chmod 4640 everybody; stat -c "%u %a" everybody'
	is "of another's file too it is pretended" "5 4640" "$(cat out)"
	if [ -n "$as_user" ]; then
		is "and the disk has none of it" "0 666" "$(stat -c '%u %a' everybody)"
	else
		is "and the disk has its mode, closed to nobody who has it" "$me 640" \
			"$(stat -c '%u %a' everybody)"
	fi
	user "$fakeroot" sh -c 'chroot in true || mount -t tmpfs none in || hostname x'
	is "the machine is not changed" 1 $status
	if [ -n "$as_user" ]; then
		is "no process stays, and nothing of System V" "0 0" \
			"$(find /proc -maxdepth 1 -user 54321 2>/dev/null | wc -l) $(cat /proc/sysvipc/* | grep -c 54321)"
	else
		skip "no process stays" "not root: other processes are this user's too"
	fi
}

test_fakeroot_state() {
	user_place
	user "$fakeroot" -s in/s -- sh -c 'touch in/a && chown 3:4 in/a && chmod 2750 in/a && exit 5'
	is "-s saves, whatever the status" "5 1" "$status $(grep -c /in/a in/s)"
	user "$fakeroot" -i in/s -- stat -c '%u:%g %a' in/a
	is "-i loads" "3:4 2750" "$(cat out)"
	cp in/s before
	user "$fakeroot" -i in/s -- chown 9:9 in/a
	same "and does not save" before in/s
	user "$fakeroot" -i in/s -s in/t -- sh -c 'touch in/b && chown 5:6 in/b'
	is "from one file to another" "1 2" "$(grep -c uid= in/s) $(grep -c uid= in/t)"
	user "$fakeroot" -s in/t -- true
	is "-s alone begins with nothing" 0 "$(grep -c uid= in/t)"
	user "$fakeroot" -i in/s -s in/s -- chown 7:7 in/a
	is "the same file for both" "uid=7 gid=7" "$(grep -o 'uid=7 gid=7' in/s)"
	user "$fakeroot" -i in/none -s in/none -- true
	is "a first run: nothing to load yet" "0 there" "$status $(there in/none)"
	has "is said" err "no state 'in/none'"
	echo nonsense >in/bad && chmod 644 in/bad
	user "$fakeroot" -i in/bad -- touch in/ran
	is "no state" "125 absent" "$status $(there in/ran)"
	has "is named with its line" err 'in/bad:1'
	user "$fakeroot" -s /no/such/place -- touch in/ran
	is "no place for it" "125 absent" "$status $(there in/ran)"

	# one run at a time has the state
	user "$fakeroot" -i in/s -s in/s -- touch in/x in/y
	$as_user "$fakeroot" -i in/s -s in/s -- sh -c 'touch in/started; sleep 1; chown 11 in/x' &
	first=$!
	soon "[ -e in/started ]"
	user "$fakeroot" -i in/s -s in/s -- sh -c 'stat -c %u in/x; chown 12 in/y'
	wait $first
	is "a second run waits and sees what the first did" 11 "$(cat out)"
	is "and both are kept" "in/x uid=11 in/y uid=12 " \
		"$(sed -n 's,.*/\(in/[xy] uid=[0-9]*\).*,\1,p' in/s | tr '\n' ' ')"
}

# whole FILE UID...: all records of one run, which is one of these
whole() {
	uids=$(sed -n 's/.* uid=\([0-9]*\) .*/\1/p' "$1" | sort -u)
	case " $2 $3 " in *" $uids "*) ;; *) echo "uids $uids"; return ;; esac
	[ "$(head -n 1 "$1")" = "catbox-fake 1" ] && [ "$(grep -c ' file=[0-9:.]*$' "$1")" -eq 500 ] &&
		[ "$(wc -l <"$1")" -eq 501 ] && echo whole
}

# At many moments of a run, those of saving among them: what is there afterwards is what
# one run has saved, whole.
test_fakeroot_killed() {
	user_place
	(cd in && seq -f 'file-%g' 500 | xargs touch && chmod 666 file-*)
	[ -z "$as_user" ] || chown -R 54321:54321 in
	user "$fakeroot" -s in/s -- chown -R 1 in
	sed -i '\,/in uid=,d; \,/in/s uid=,d' in/s
	begin=$(date +%s%N)
	user "$fakeroot" -i in/s -s in/s -- sh -c 'chown 1 in/file-*'
	took=$((($(date +%s%N) - begin) / 1000))
	is "500 files are pretended about" whole "$(whole in/s 1 1)"
	old=1 kept=0 replaced=0 bad= moments=${MOMENTS:-40} i=0
	while [ $i -lt "$moments" ]; do
		new=$((i + 2))
		$as_user "$fakeroot" -i in/s -s in/s -- sh -c "chown $new in/file-*" >/dev/null 2>&1 &
		pid=$!
		# over the whole of a run and a little more
		sleep "$(printf '0.%06d' $((took * 12 / 10 * i / moments)))"
		kill -KILL $pid 2>/dev/null
		wait $pid 2>/dev/null
		now=$(whole in/s $old $new)
		[ "$now" = whole ] || bad="$bad moment $i: $now;"
		if grep -q " uid=$new " in/s; then old=$new replaced=$((replaced + 1)); else kept=$((kept + 1)); fi
		i=$((i + 1))
	done
	is "killed at $moments moments: the state is whole" "" "$bad"
	is "some were killed before they saved" yes "$([ $kept -gt 0 ] && echo yes || echo "$kept, $replaced")"
	user "$fakeroot" -i in/s -s in/s -- sh -c 'stat -c %u in/file-7'
	is "the next run goes on from there" "0 $old" "$status $(cat out)"
	is "nothing of the killed ones is left beside it" "s" "$(ls -A in | grep -v '^file-' | tr -d '\n')"
	is "nor a process" gone "$(soon '! grep -qs "in/fil[e]-" /proc/[0-9]*/cmdline' && echo gone)"
}

# made_tree: what a package may hold; run as root, or as one who pretends
made_tree='
	mkdir -p t/bin "t/a directory" t/open t/closed && cd t && umask 022
	echo app >bin/app && chown 0:43 bin/app && chmod 2755 bin/app
	echo su >bin/su && chmod 4711 bin/su && ln bin/su bin/sudo
	echo plain >"a directory/plain # \\ file" && echo e >"a directory/$(printf "\303\251")"
	ln -s ../bin/app "a directory/link" && chown -h 7:8 "a directory/link"
	mknod null c 1 3 && chmod 666 null && mknod sda1 b 8 1 && chown 0:6 sda1 && chmod 660 sda1
	mknod large b 259 70000 && mkfifo fifo && chown 33:33 fifo
	chown 0:50 open && chmod 2775 open && echo in >open/inherits && chmod 1777 "a directory"
	echo secret >closed/file && chmod 0 closed/file && chmod 0 closed && chown 100000:4000000 closed
	find . -exec touch -h -d @1000000000 {} +'

listed() { # ARCHIVE
	tar --numeric-owner --full-time --utc --quoting-style=escape -tvf "$1" | sort
}

test_manifest() {
	user_place
	if ! command -v bsdtar >/dev/null 2>&1; then
		skip "manifest" "no bsdtar"
		return
	fi
	user bin/catbox run --fake -w in --manifest in/m --manifest-root in/t -- \
		sh -c "cd in && { $made_tree; } && tar --sort=name -cf ../inside.tar ."
	is "a tree is made, packed inside, and told" "0 there" "$status $(there in/m)"
	user bsdtar -cf in/outside.tar @in/m
	is "bsdtar takes the manifest" "0 " "$status $(cat err)"
	listed in/inside.tar >inside.list
	listed in/outside.tar >outside.list
	is "of all files" 17 "$(grep -c . inside.list)"
	same "its archive is as tar makes it inside" inside.list outside.list
	is "and so is what is in them" "$(tar xOf in/inside.tar | cksum)" "$(tar xOf in/outside.tar | cksum)"
	if [ "$(id -u)" -eq 0 ]; then
		rm -rf root && mkdir root
		(cd root && { sh -c "$made_tree"; } && tar --sort=name -C t -cf "$dir/root.tar" .) >/dev/null
		listed root.tar >root.list
		same "and as real root makes it" root.list outside.list
		rm -rf root
	else
		skip "as real root makes it" "not root"
	fi
	(cd / && $as_user bsdtar -cf "$dir/in/third.tar" "@$dir/in/m")
	same "from any directory" in/outside.tar in/third.tar
	cp in/m before
	user bin/catbox run --fake -w in --manifest in/m --manifest-root in/t -- sh -c 'touch in/t/new; exit 3'
	is "a command that fails" 3 $status
	same "leaves the old one" before in/m
	user bin/catbox run --fake -w in --manifest in/m --manifest-root in/none -- true
	is "no directory" 125 $status
	has "is named" err "manifest.*'in/none'"
	same "and leaves the old one too" before in/m
	user bin/catbox run --fake -w in --manifest in/none/m --manifest-root in/t -- touch in/ran
	is "no place for it: nothing is run" "125 absent" "$status $(there in/ran)"
	user bin/catbox run -w in --manifest in/m --manifest-root in/t -- touch in/ran
	is "nothing is faked: nothing is run" "125 absent" "$status $(there in/ran)"
	user bin/catbox run --fake -w in --manifest-root in/t -- touch in/ran
	is "a root of no manifest: nothing is run" "125 absent" "$status $(there in/ran)"
	chmod -R u+rwx in
}
