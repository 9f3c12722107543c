#!/bin/sh
# SPDX-License-Identifier: MIT
# Real Debian packages, built as a user: with pretended root of catbox instead of
# fakeroot, each .deb must be the same to the bit. All builds of a package are made at
# one and the same path.
# usage: real-packages.sh [BUILD_DIRECTORY [NAME...]]
#            with `dpkg-buildpackage -r`: fakeroot, `catbox fakeroot`, and
#            `catbox run --fake --also-write .. --` (dwz writes to /tmp whatever TMPDIR
#            says, so that -w .. alone is too little), twice each, and once `fakeroot`
#            where that name is a link to catbox, as Debian's alternatives make it. No
#            process and no IPC of System V may stay. One line a build, the sum at the end.
#            (hello needs no root, but is built with it: --rules-requires-root)
#        real-packages.sh --prepare NAME    (for suites/real-packages.yaml) outside:
#            fetches the source, builds the package and keeps the digests
#        real-packages.sh --inside NAME     inside a sandbox that pretends: builds all of
#            it again, exit 1 if a .deb differs
# PACKAGES_ENGINE=notify in the environment: all of it with that engine (default ptrace).
# What cannot be fetched or built here is skipped with the reason as one line.
set -u
export LC_ALL=C.UTF-8
umask 022
all='libutempter liblockfile procmail hello'
top=$(cd "$(dirname "$0")/.." && pwd -P) || exit 2
real=$top/build/packages
engine=${PACKAGES_ENGINE:-ptrace}
case $engine in
ptrace | notify) ;;
*) echo "real-packages.sh: no engine '$engine': ptrace or notify" >&2; exit 2 ;;
esac

fail() {
	echo "$*"
	exit 1
}

# fetch: the files of its source, in $real/src/$name; or the reason
fetch() {
	for program in dpkg-buildpackage dpkg-source cc make; do
		command -v "$program" >/dev/null 2>&1 || { echo "no program '$program'"; return 1; }
	done
	mkdir -p "$real/src" || return 1
	sh "$top/scripts/fetch-source.sh" --dsc "$name" "$real/src"
}

# build_script: run with the place of the build as its $1, and the options for
# dpkg-buildpackage behind it; the files of the source are in $1/src
build_script='
	place=$1
	shift
	cd "$place" && rm -rf tree tmp home && mkdir tmp home && rm -f ./*.deb || exit 1
	dpkg-source -x src/*.dsc tree && cd tree || exit 1
	exec env -i PATH="$PATH" HOME="$place/home" TMPDIR="$place/tmp" LC_ALL=C.UTF-8 TZ=UTC \
		DEB_BUILD_OPTIONS=parallel=1 dpkg-buildpackage --rules-requires-root -b -uc -us "$@"'

digests() { # PLACE
	(cd "$1" && sha256sum ./*.deb | sort -k 2)
}

prepare() {
	work=$real/tree/$name kept=$real/kept/$name
	mkdir -p "$work" "$kept" || fail "cannot write in $real"
	exec 9>>"$kept/lock" && flock 9
	reason=$(fetch 9>&-) || fail "$reason"
	now=$({ cat "$0" && echo "$top" && cc --version && dpkg-query -W debhelper dpkg-dev; } 2>&1 | cksum)
	[ "$(cat "$kept/fingerprint" 2>/dev/null)" = "$now" ] && exit 0
	rm -rf "$work/src" && cp -r "$real/src/$name" "$work/src" || fail "cannot copy the source"
	sh -c "$build_script" sh "$work" >"$kept/log" 2>&1 9>&- ||
		fail "$name does not build here: $(tail -n 1 "$kept/log")"
	digests "$work" >"$kept/digests" && [ -s "$kept/digests" ] || fail "no .deb of $name"
	echo "$now" >"$kept/fingerprint"
}

inside() {
	work=$real/tree/$name kept=$real/kept/$name
	[ -s "$kept/digests" ] || fail "$name was not prepared"
	exec 9<"$kept/lock" && flock 9
	sh -c "$build_script" sh "$work" >"$work/log" 2>&1 9<&- || {
		tail -n 30 "$work/log"
		fail "$name does not build pretended"
	}
	digests "$work" >"$work/digests" && diff "$kept/digests" "$work/digests" ||
		fail "$name: packages differ"
	echo "$name: $(grep -c . "$work/digests") packages, all the same"
}

case ${1:-} in
--prepare | --inside)
	[ $# -eq 2 ] || { echo "usage: real-packages.sh $1 NAME"; exit 2; }
	name=$2
	"${1#--}"
	exit
	;;
esac

# --- all ways to gain root

build=$(cd "${1:-$top/build}" && pwd) || exit 2
[ $# -eq 0 ] || shift
[ -x "$build/catbox" ] || { echo "real-packages.sh: no $build/catbox: run make first" >&2; exit 2; }
scratch=$(mktemp -d) || exit 2
scratch=$(cd "$scratch" && pwd -P) && chmod 755 "$scratch" || exit 2
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
passed=0 failed=0 skipped=0
mkdir "$scratch/bin" "$scratch/named" "$scratch/alternatives" "$scratch/place" || exit 2
cp "$build/catbox" "$scratch/bin" || exit 2
# two links, as those of update-alternatives
ln -s "$scratch/bin/catbox" "$scratch/alternatives/fakeroot" || exit 2
ln -s "$scratch/alternatives/fakeroot" "$scratch/named/fakeroot" || exit 2
PATH=$scratch/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
as_user= user=$(id -u)
if [ "$(id -u)" -eq 0 ]; then # nobody has this id
	user=54322
	as_user="setpriv --reuid $user --regid $user --clear-groups"
	chown $user:$user "$scratch/place"
fi

# package WAY GAIN: builds it once; the digests in $scratch/WAY
package() {
	# shellcheck disable=SC2086 # a list of words
	$as_user sh -c "$build_script" sh "$scratch/place" "-r$2" >"$scratch/$1.log" 2>&1 </dev/null
	status=$?
	[ $status -eq 0 ] && digests "$scratch/place" >"$scratch/$1" 2>/dev/null && [ -s "$scratch/$1" ]
}

# stays: what a build has left running (seen by its user, if root starts it), and IPC of
# that user (others may come and go)
stays() {
	tries=0
	while [ -n "$as_user" ] && [ -n "$(find /proc -maxdepth 1 -user $user 2>/dev/null)" ]; do
		tries=$((tries + 1))
		[ $tries -lt 20 ] || { echo "processes"; break; }
		sleep 0.1
	done
	cat /proc/sysvipc/* | grep -w "$user" | cksum
}

# compare WAY GAIN
compare() {
	before=$(stays) # the daemon of fakeroot takes a while to end
	if ! package "$1" "$2"; then
		failed=$((failed + 1))
		echo "not ok - $name, $1: status $status"
		tail -n 20 "$scratch/$1.log"
	elif grep '^catbox: ' "$scratch/$1.log" || ! diff "$scratch/fakeroot" "$scratch/$1"; then
		failed=$((failed + 1))
		echo "not ok - $name, $1: not what fakeroot makes, or a violation"
	elif [ "$(stays)" != "$before" ]; then
		failed=$((failed + 1))
		echo "not ok - $name, $1: a process or IPC of System V stays"
	else
		passed=$((passed + 1))
		echo "ok - $name, $1: $(grep -c . "$scratch/$1") packages, the same"
	fi
}

for name in ${*:-$all}; do
	if ! command -v fakeroot >/dev/null 2>&1; then
		reason="no program 'fakeroot'"
	elif reason=$(fetch) && rm -rf "$scratch/place/src" && cp -r "$real/src/$name" "$scratch/place/src"; then
		chmod -R a+rX "$scratch/place/src"
		package fakeroot fakeroot && reason= || reason="does not build here: $(tail -n 1 "$scratch/fakeroot.log")"
	fi
	if [ -n "$reason" ]; then
		skipped=$((skipped + 1))
		echo "ok - $name # SKIP $reason"
		continue
	fi
	for turn in first second; do
		compare "catbox-fakeroot-$turn" "catbox fakeroot --engine $engine"
		compare "catbox-run-$turn" "catbox run --engine $engine --fake --also-write .. --"
	done
	path=$PATH PATH=$scratch/named:$PATH
	compare "stand-in" "fakeroot --engine $engine"
	PATH=$path
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
