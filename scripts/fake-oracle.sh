#!/bin/sh
# SPDX-License-Identifier: MIT
# Pretended root against real root: the same program is run bare as root, which is the
# oracle, and as a user pretended; every answer must be the same, but for those in the
# list of differences, which must be the ones listed. Programs: fixtures/probes/probe-fake
# dynamic, static, and both for i386, and smaller ones of Python, Go and Rust.
# usage: fake-oracle.sh [BUILD_DIRECTORY [ENGINE]]  (default build, ptrace; needs root for the oracle)
#        TOOL="fakeroot --" fake-oracle.sh    another tool instead of catbox
#        SEEDS="$(seq 100)"                   of the program that makes random changes
#        KEEP=1                               keeps the answers and says where
# One line for each program and each way to pretend, the sum at the end.
set -u
export LC_ALL=C.UTF-8
project=$(cd "$(dirname "$0")/.." && pwd) || exit 2
build=$(cd "${1:-$project/build}" && pwd) || exit 2
engine=${2:-ptrace}
probes=$project/fixtures/probes
[ "$(id -u)" -eq 0 ] || { echo "pretended root # SKIP the oracle needs root"; echo "0 passed, 0 failed, 1 skipped"; exit 0; }

# what differs: the question (i386: of those programs alone) and the answer of pretended
# root. Why, README says: "What pretended root is not".
differences='
refused.chroot            chroot=EPERM
refused.mount             mount=EPERM umount=EPERM
refused.sethostname       name=EPERM
refused.settimeofday      time=EPERM
refused.open_by_handle_at handle=0 open=EPERM
refused.io_uring          setup=ENOSYS
refused.proc-status       root=0
refused.open-device       read=0 fd=c:0644:0:0 rdev=1:5 size=0
ids.user-in-directory-of-root setuid=0 create=EACCES read=0 access=EACCES unlink=EACCES
mode.umask                f=f:0000:0:0 d=d:0000:0:0 open=EACCES enter=EACCES d/f=EACCES
xattr.write-clears-capability set=0 write=1 security.capability=0100000200200000000000000000000000000000
i386:xattr.at-calls       set=ENOSYS link=ENOSYS empty=ENOSYS get=ENOSYS value= list=ENOSYS list=( ) list=( ) remove=ENOSYS list=( ) size=ENOSYS
'

# and under the engine notify: such a file is opened by catbox, and is not the caller's to link
differences_notify='
inode.tmpfile fresh=f:0644:0:0 setid=f:4755:0:0 fchown=0 fchmod=0 fd=f:2755:1:2 linkat=0 empty=ENOENT f=f:2755:1:2 g=ENOENT
'

[ -x "$build/probes/probe-fake" ] || { echo "fake-oracle.sh: no $build/probes/probe-fake: run make probes first" >&2; exit 2; }

stand_in=fakeroot # which takes no --engine
if [ "$engine" = notify ]; then
	stand_in=
	differences=$differences$differences_notify
fi

scratch=$(mktemp -d) || exit 2
scratch=$(cd "$scratch" && pwd -P) && chmod 755 "$scratch" || exit 2
if [ -n "${KEEP:-}" ]; then
	echo "answers: $scratch"
else
	trap 'rm -rf "$scratch"' EXIT
fi
trap 'exit 130' INT
trap 'exit 143' TERM
passed=0 failed=0 skipped=0
# nobody has this id; the way to the build directory may be closed to it
user=54321
mkdir "$scratch/bin" "$scratch/asked"

# in_fresh_directory OWNER COMMAND...: its output
in_fresh_directory() {
	rm -rf "$scratch/work"
	mkdir "$scratch/work" && chown "$1:$1" "$scratch/work"
	shift
	(cd "$scratch/work" && exec env -i PATH="$PATH" LC_ALL="$LC_ALL" HOME=/nonexistent \
		TMPDIR=/tmp timeout 300 "$@" </dev/null 2>&1)
}

pretended() { # WAY COMMAND...
	way=$1
	shift
	case $way in
	run) set -- "$scratch/bin/catbox" run --engine "$engine" --fake -q --violation-exit 0 -w "$scratch/work" -- "$@" ;;
	fakeroot) set -- "$scratch/bin/catbox" fakeroot -- "$@" ;;
	empty) set -- "$scratch/bin/catbox" run --engine "$engine" --fake -q --violation-exit 0 -w "$scratch/work" -- env -i "$@" ;;
	# shellcheck disable=SC2086 # a list of words
	tool) set -- $TOOL "$@" ;;
	esac
	in_fresh_directory $user setpriv --reuid $user --regid $user --clear-groups "$@"
}

# compare NAME ORACLE GOT: each answer; differences go to stdout, counts to same and all
compare() {
	echo "$differences" | awk -v name="$1" '
		FILENAME == "-" {
			q = $1
			if (!NF || (sub(/^i386:/, "", q) && name !~ /i386/)) next
			sub(/^[^ ]+ +/, "")
			listed[q ":"] = $0
			next
		}
		FILENAME == ARGV[2] { want[$1] = $0; order[++n] = $1; next }
		{ got[$1] = $0; if (!($1 in want)) extra[++more] = $0 }
		END {
			for (i = 1; i <= n; i++) {
				q = order[i]
				expected = q in listed ? q " " listed[q] : want[q]
				if (got[q] == expected) { same++; if (q in listed) differ++; continue }
				print "  root:      " want[q]
				if (q in listed) print "  listed:    " expected
				print "  pretended: " (q in got ? got[q] : "(no answer)")
			}
			for (i = 1; i <= more; i++) print "  only pretended: " extra[i]
			print "sum", same + 0, n, more + 0, differ + 0
		}' - "$2" "$3"
}

# ask NAME COMMAND...: of root once, and pretended in each way
ask() {
	name=$1
	shift
	file=$scratch/asked/$(echo "$name" | tr ' ' -)
	in_fresh_directory 0 "$@" >"$file.root" || {
		failed=$((failed + 1))
		echo "not ok - $name: real root does not come to the end"
		return
	}
	for way in ${TOOL:+tool} $([ -n "${TOOL:-}" ] || echo run $stand_in empty); do
		pretended "$way" "$@" >"$file.$way"
		status=$?
		compare "$name" "$file.root" "$file.$way" >"$file.diff"
		# shellcheck disable=SC2046 # words
		set -- $(grep '^sum ' "$file.diff") "$@"
		line="$name, $way: $2 of $3 answers"
		if [ $status -eq 0 ] && [ "$2" -eq "$3" ] && [ "$3" -gt 10 ] && [ "$4" -eq 0 ]; then
			passed=$((passed + 1))
			echo "ok - $line, $5 of them in the list of differences"
		else
			failed=$((failed + 1))
			echo "not ok - $line, status $status"
			grep -v '^sum ' "$file.diff"
		fi
		shift 5
	done
}

skip() { # NAME REASON
	skipped=$((skipped + 1))
	echo "ok - $1 # SKIP $2"
}

# made NAME COMMAND...: compiles; skips with a reason where that cannot be done
made() {
	name=$1
	shift
	"$@" >"$scratch/made" 2>&1 && return
	skip "$name" "$(tail -n 1 "$scratch/made" | tr -d '\r')"
	return 1
}

cp "$build/catbox" "$build/probes/probe-fake" "$build/probes/probe-fake-static" "$scratch/bin" || exit 2
"$scratch/bin/probe-fake" --list | grep -q '^compat[.]' || {
	skipped=$((skipped + 1))
	echo "ok - C, calls of i386 # SKIP this kernel has none"
}
ask "C" "$scratch/bin/probe-fake"
ask "C, static" "$scratch/bin/probe-fake-static"
cc="${CC:-cc} -std=gnu11 -D_GNU_SOURCE -O1 -m32 $probes/probe-fake.c"
# shellcheck disable=SC2086 # lists of words
made "C, i386" $cc -o "$scratch/bin/probe-fake-i386" -lpthread && ask "C, i386" "$scratch/bin/probe-fake-i386"
# shellcheck disable=SC2086
made "C, i386 static" $cc -static -o "$scratch/bin/probe-fake-i386-static" -lpthread &&
	ask "C, i386 static" "$scratch/bin/probe-fake-i386-static"
# one that the user can run too: not one below a home directory
python=
for candidate in /usr/bin/python3 /usr/local/bin/python3; do
	[ -x "$candidate" ] && python=$candidate && break
done
cp "$probes"/fake/*.* "$scratch/bin"
if [ -n "$python" ]; then
	ask "Python" "$python" "$scratch/bin/ask.py"
	for seed in ${SEEDS:-1 2 3 4}; do
		ask "random changes, seed $seed" "$python" "$scratch/bin/changes.py" "$seed" 300
	done
else
	skip "Python" "no python3 in /usr"
fi
made "Go" env HOME="$scratch" GOCACHE="$scratch/go" GO111MODULE=off CGO_ENABLED=0 \
	go build -o "$scratch/bin/ask-go" "$probes/fake/ask.go" && ask "Go" "$scratch/bin/ask-go"
made "Rust" rustc -o "$scratch/bin/ask-rs" "$probes/fake/ask.rs" && ask "Rust" "$scratch/bin/ask-rs"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
