#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds a real upstream source and compares what it installs, in the sandbox and
# outside: the same files, bytes, modes and link targets.
# usage: real-build.sh --prepare NAME   outside: fetches the source, builds it, and
#                                       keeps the manifest of what was installed
#        real-build.sh NAME             inside: builds it again, exit 1 if the
#                                       manifests differ
# NAME is one of: hello lua5.4 zlib pcre2. Both builds are made at one and the same
# path, build/real/tree/NAME, and with the same environment. --prepare is quick when
# nothing changed since it was last asked; if it cannot be done it prints the reason
# as one line and exits 1.
set -u
umask 022

top=$(cd "$(dirname "$0")/.." && pwd -P) || exit 2
real=$top/build/real

fail() {
	echo "$*"
	exit 1
}

# recipe: configures, builds and installs what is in the current directory
recipe() {
	case $name in
	hello | pcre2)
		echo './configure --prefix=/usr && make -j2 && make install DESTDIR="$DESTDIR"' ;;
	zlib) # its install runs ldconfig, also with a DESTDIR
		echo './configure --prefix=/usr && make -j2 &&
			make install DESTDIR="$DESTDIR" LDCONFIG=true' ;;
	lua5.4)
		echo 'make -j2 linux && make install INSTALL_TOP="$DESTDIR/usr"' ;;
	*)
		return 1 ;;
	esac
}

# build: the whole of it at $work, the log in $work/log; returns its status
build() {
	rm -rf "$work/tree" "$work/dest" "$work/tmp" "$work/log"
	cp -a "$real/src/$name" "$work/tree" && mkdir "$work/dest" "$work/tmp" || return 1
	(cd "$work/tree" && exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME="$work/tmp" \
		TMPDIR="$work/tmp" LC_ALL=C TZ=UTC SOURCE_DATE_EPOCH=1700000000 \
		DESTDIR="$work/dest" sh -c "$(recipe)") >"$work/log" 2>&1 9<&-
}

# manifest DIRECTORY: type, mode and link target of everything, digest of each file
manifest() {
	(cd "$1" && find . -printf '%y %m %p -> %l\n' | sort &&
		find . -type f -exec sha256sum {} + | sort -k 2)
}

# what the result of a bare build depends on
fingerprint() {
	{ cat "$0" && echo "$top" && cc --version && ld --version && make --version; } 2>&1 | cksum
}

prepare() {
	for program in cc make; do
		command -v "$program" >/dev/null 2>&1 || fail "no program '$program'"
	done
	mkdir -p "$real/src" "$kept" "$work" || fail "cannot write in $real"
	exec 9>>"$kept/lock" && flock 9
	[ "$(cat "$kept/fingerprint" 2>/dev/null)" = "$(fingerprint)" ] && exit 0
	reason=$(sh "$top/scripts/fetch-source.sh" "$name" "$real/src" 9<&-) || fail "$reason"
	build || fail "$name does not build here: $(tail -n 1 "$work/log")"
	[ -n "$(find "$work/dest" -type f)" ] || fail "$name installs nothing here"
	manifest "$work/dest" >"$kept/manifest" || fail "no manifest of $name"
	rm -rf "$work/tree" "$work/dest" "$work/tmp" "$work/log"
	fingerprint >"$kept/fingerprint"
}

compare() {
	[ -s "$kept/manifest" ] || fail "$name was not prepared"
	exec 9<"$kept/lock" && flock 9
	if ! build; then
		tail -n 30 "$work/log"
		fail "$name does not build in the sandbox"
	fi
	manifest "$work/dest" >"$work/manifest" || fail "no manifest of $name"
	diff "$kept/manifest" "$work/manifest" || fail "$name: installed files differ"
	echo "$name: $(grep -c . "$work/manifest") lines of manifest, all the same"
	rm -rf "$work/tree" "$work/dest" "$work/tmp"
}

do=compare
[ "${1:-}" = --prepare ] && { do=prepare; shift; }
name=${1:-}
if [ $# -ne 1 ] || ! recipe >/dev/null; then
	echo "usage: real-build.sh [--prepare] hello|lua5.4|zlib|pcre2"
	exit 2
fi
work=$real/tree/$name
kept=$real/bare/$name
$do
