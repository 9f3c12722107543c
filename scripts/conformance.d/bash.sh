# SPDX-License-Identifier: MIT
# bash: its run-* scripts on a copy of /bin/bash, one after the other. A copy and not as
# root, since run-test calls chgrp on a symbolic link to the shell under test, and in
# run-history a shell calls chown on its history file, which is /dev/null there.
least=500
unprivileged=yes

obtain() {
	programs bash cc diff setpriv
	source_of bash
}

lay_out() {
	cp -a "$base/src/bash/tests" tree/
	mkdir bin && cp /bin/bash bin/
	for program in recho zecho printenv xcase; do
		cc -I"$base/src/bash" -I"$base/src/bash/include" -DHAVE_STRING_H -DHAVE_STDLIB_H \
			-o "tree/tests/$program" "$base/src/bash/support/$program.c" || return
	done
}

suite() {
	cd tests || return
	export PATH=".:$PATH" THIS_SH="$work/bin/bash" BASH_TSTOUT="$TMPDIR/bashtst"
	for script in run-*; do
		case $script in run-all | run-minimal) continue ;; esac
		echo "== $script"
		sh "./$script"
		echo "$script: exit $?"
		rm -f "$BASH_TSTOUT"
	done
}

# run-execscript prints the process group it could not make its terminal's
results() {
	sed -E 's/(process group \()[0-9]+\)/\1PID)/'
}
