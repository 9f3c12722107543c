# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Odd arguments (fixtures/probes/probe-args.c): what each attempt says without a sandbox
# it says inside as well, unless the policy refuses it.

# What says something else, and why that is let be: of two errnos the other one is
# said (a rename also between filesystems, src/README.md), or it was refused anyway.
args_known='^[a-z0-9_]* out/loop/ = EISDIR ELOOP$
^rename[a-z0-9_]* /proc/self/[a-z0-9/]* = EXDEV ENOENT$
^link old missing, new bad = ENOENT EFAULT$
^renameat2_[a-z]* a current directory that is gone: NULL = ENOENT EFAULT$'

# args_differences: the lines of args.bare and args.inside that are not the same and
# that no refusal explains, as "CALL WHAT = BARE INSIDE"
args_differences() {
	paste -d '\t' args.bare args.inside | awk -F '\t' '
		$1 == $2 { next }
		{
			what = $1; sub(/ = [^ ]*$/, "", what)
			bare = $1; sub(/.* = /, "", bare)
			inside = $2; sub(/.* = /, "", inside)
			if (index($2, what " = ") != 1) { print "another line: " $0; next }
			# in/.., the empty path: the directory above
			outside = what ~ /out|in\/\.\.|the empty path|its descriptor|: 3 bytes/
			if (inside == "EACCES" && outside && bare ~ /^(0|EPERM|EACCES)$/) next
			print what " = " bare " " inside
		}'
}

# args_look: everything about out/ that a change would change
args_look() {
	(cd args && find out -exec stat --format '%n %i %f %u:%g %h %s %y %z' {} +)
}

args_make() {
	rm -rf args
	mkdir args
	(cd args && "$build/probes/probe-args" --make)
}

# args_run NAME OPTION...
args_run() {
	name=$1
	shift
	args_make
	args_look >args.before
	(cd args && "$catbox" run -q --violation-exit 0 -w in --stats ../stats "$@" -- \
		"$build/probes/probe-args") >args.inside 2>err
	status=$?
	is "$name: all is tried, nothing crashes" "0 $(wc -l <args.bare)" "$status $(wc -l <args.inside)"
	args_look >args.after
	same "$name: nothing outside is changed" args.before args.after
	args_differences | grep -Ev -e "$args_known" >args.wrong
	is "$name: the same as without a sandbox, or refused" "" "$(head -n 5 args.wrong)"
	# access(2) is a question, which is no violation
	refused=$(grep -v '^f*access' args.inside | grep -c ' = EACCES$')
	is "$name: an event for each that is refused" "$refused" "$(number violations)"
}

test_args() {
	[ -x "$build/probes/probe-args" ] || { skip "odd arguments" "no probes"; return; }
	args_make
	(cd args && "$build/probes/probe-args") >args.bare
	status=$?
	[ $status -ne 77 ] || { skip "odd arguments" "cannot be tried here"; return; }
	is "odd arguments without a sandbox" 0 $status
	# the control: what is refused below does succeed where nobody refuses it
	has "odd arguments: some of them succeed" args.bare '^openat2 out/new in 4095 bytes = 0$'
	args_run "odd arguments"
	args_run "odd arguments, network restricted" -n loopback
	rm -rf args args.*
}
