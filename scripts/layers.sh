#!/bin/sh
# SPDX-License-Identifier: MIT
# Folders are layers: an include may only point down. Prints each that does not,
# as file:line, and fails. With --self-test: plants wrong includes in a copy and
# fails unless each is found.
set -u

# layer    what it may include (a prefix of the name in quotes or <>)
arrows='
src/base/   base/
src/linux/  base/ linux/
src/policy/ base/ policy/
src/fake/   base/ fake/
src/trace/  base/ linux/ policy/ fake/ trace/
src/api/    base/ linux/ policy/ fake/ trace/ api/ catbox.h
src/cli/    cli/ catbox.h
src/python/ catbox.h
harness/api/ api_test.h catbox.h
docs/examples/ catbox.h
'

complain() { # FILE:LINE INCLUDED
	echo "$1: may not include $2"
}

check_tree() { # ROOT
	bad=$(
		echo "$arrows" | while read -r layer allowed; do
			[ -n "$layer" ] || continue
			grep -nE '^#[[:space:]]*include[[:space:]]+("|<catbox)' -r --include='*.[ch]' "$1/$layer" |
				sed -E 's/^([^:]+:[0-9]+):.*[<"]([^>"]+)[>"].*/\1 \2/' |
				while read -r where name; do
					ok=no
					for prefix in $allowed; do
						case $name in "$prefix"*) ok=yes ;; esac
					done
					[ $ok = yes ] || complain "$where" "$name"
				done
		done
		# the harness: its own headers, the public one, and plain plumbing
		grep -nE '^#[[:space:]]*include[[:space:]]+"' "$1"/harness/*.[ch] |
			sed -E 's/^([^:]+:[0-9]+):.*"([^"]+)".*/\1 \2/' |
			while read -r where name; do
				case $name in
				base/* | catbox.h) ;;
				*/*) complain "$where" "$name" ;;
				esac
			done
		# ptrace(2) has one caller
		grep -rnE 'sys/ptrace\.h|linux/ptrace\.h|[^a-z_.]ptrace\(' "$1/src" --include='*.[ch]' |
			grep -vE "^$1/src/linux/|^[^:]*:[0-9]+:[[:space:]]*(/?\*|//)|/\*.*ptrace\(.*\*/" |
			sed -E 's/^([^:]+:[0-9]+):.*/\1: ptrace(2) is called in src\/linux alone/'
	)
	[ -z "$bad" ] && return 0
	echo "$bad"
	return 1
}

self_test() {
	copy=$(mktemp -d)
	trap 'rm -rf "$copy"' EXIT
	status=0
	for plant in 'src/base/buf.c "policy/policy.h"' 'src/linux/memory.c "policy/policy.h"' \
		'src/policy/rule.c "linux/syscalls.h"' 'src/trace/judge.c "api/internal.h"' \
		'src/policy/rule.c "trace/run.h"' 'src/fake/state.c "linux/memory.h"' 'src/cli/run.c "base/buf.h"' \
		'src/python/_catbox.c "trace/run.h"' 'harness/api/test_api.c "base/buf.h"' \
		'src/trace/judge.c <sys/ptrace.h>' 'harness/main.c "trace/run.h"'; do
		rm -rf "$copy/src" "$copy/harness" "$copy/docs"
		cp -r src harness docs "$copy"
		echo "#include ${plant#* }" >>"$copy/${plant%% *}"
		if check_tree "$copy" >/dev/null; then
			echo "not found: ${plant%% *} includes ${plant#* }"
			status=1
		fi
	done
	return $status
}

if [ "${1:-}" = --self-test ]; then
	self_test
else
	check_tree .
fi
