# SPDX-License-Identifier: MIT
# bash: its run-* scripts on /bin/bash, one after the other.
least=500

obtain() {
	programs bash cc diff
	source_of bash
}

lay_out() {
	cp -a "$base/src/bash/tests" tree/
	for program in recho zecho printenv xcase; do
		cc -I"$base/src/bash" -I"$base/src/bash/include" -DHAVE_STRING_H -DHAVE_STDLIB_H \
			-o "tree/tests/$program" "$base/src/bash/support/$program.c" || return
	done
}

suite() {
	cd tests || return
	export PATH=".:$PATH" THIS_SH=/bin/bash BASH_TSTOUT="$TMPDIR/bashtst"
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
