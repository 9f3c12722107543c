#!/bin/sh
# SPDX-License-Identifier: MIT
# Fetches the upstream source of a Debian package and unpacks it as DESTDIR/NAME.
# usage: fetch-source.sh NAME DESTDIR
#        fetch-source.sh --dsc NAME DESTDIR    nothing is unpacked: DESTDIR/NAME holds
#                                              the .dsc and what it lists
#
# apt gets a configuration, lists and a cache of its own in DESTDIR/.apt: nothing
# of the system changes, and root is not needed. What is there already is not
# fetched again. On failure: one line with the reason on stdout, exit 1.
set -u
export LC_ALL=C
suite=bookworm component=main

fail() {
	echo "no source of $name: $*"
	exit 1
}

dsc=
[ "${1:-}" = --dsc ] && { dsc=yes; shift; }
[ $# -eq 2 ] || { echo "usage: fetch-source.sh [--dsc] NAME DESTDIR" >&2; exit 2; }
name=$1
case $name in *[!a-z0-9.+-]* | '') fail "not the name of a package: '$name'" ;; esac
mkdir -p "$2" || fail "cannot make $2"
dest=$(cd "$2" && pwd) || fail "cannot enter $2"
apt=$dest/.apt
[ -d "$dest/$name" ] && exit 0

# entries: those of this machine for $suite and $component as deb-src lines (a key that
# stands in the file itself is left out: then apt asks its own keyrings). The
# classic format has one entry a line, the newer one stanzas of "Key: value".
entries() {
	for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
		[ -r "$list" ] && awk -v suite="$suite" -v component="$component" '
			$1 == "deb" {
				options = ""
				i = 2
				if ($2 ~ /^\[/) {
					while (i < NF && $i !~ /\]$/)
						options = options $(i++) " "
					options = options $(i++) " "
				}
				for (j = i + 2; j <= NF && $j !~ /^#/; j++)
					if ($(i + 1) == suite && $j == component)
						print "deb-src " options $i, suite, component
			}' "$list"
	done
	for list in /etc/apt/sources.list.d/*.sources; do
		[ -r "$list" ] && awk -v suite="$suite" -v component="$component" '
			function has(words, word) { return index(" " words " ", " " word " ") }
			function flush() {
				if (value["enabled"] !~ /^(no|false)/ && has(value["types"], "deb") &&
				    has(value["suites"], suite) && has(value["components"], component)) {
					split(value["uris"], uris, " ")
					key = value["signed-by"]
					print "deb-src " (key ~ /^\// ? "[signed-by=" key "] " : "") \
						uris[1], suite, component
				}
				split("", value)
			}
			/^#/ { next }
			/^[ \t]*$/ { flush(); next }
			/^[^ \t]/ {
				key = tolower(substr($0, 1, index($0, ":") - 1))
				sub(/^[^:]*:[ \t]*/, "")
				value[key] = $0
				next
			}
			{ sub(/^[ \t]+/, " "); value[key] = value[key] $0 }
			END { flush() }' "$list"
	done
}

# a private apt: sources, lists, cache and state in $apt, the rest as it is here
private_apt() {
	apt-get -q -c "$apt/apt.conf" "$@" 9>&-
}

prepare() {
	mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/parts" || return 1
	: >"$apt/status"
	cat >"$apt/apt.conf" <<-END
		Dir::Etc::SourceList "$apt/sources.list";
		Dir::Etc::SourceParts "$apt/parts";
		Dir::State "$apt";
		Dir::State::Lists "$apt/lists";
		Dir::State::Status "$apt/status";
		Dir::Cache "$apt/cache";
		APT::Sandbox::User "$(id -un)";
		#clear APT::Update::Pre-Invoke;
		#clear APT::Update::Post-Invoke;
		#clear APT::Update::Post-Invoke-Success;
		Acquire::Languages "none";
		Acquire::Retries "1";
		Acquire::http::Timeout "30";
	END
	entries | sort -u >"$apt/sources.list"
}

# said FILE: its first error, or its last line
said() {
	{ grep '^E: ' "$1"; tail -n 1 "$1"; } | head -n 1
}

command -v apt-get >/dev/null 2>&1 || fail "no apt-get here"
prepare || fail "cannot write in $apt"
[ -s "$apt/sources.list" ] || fail "apt has no entry for $suite $component"
log=$apt/$name.log
exec 9>"$apt/lock" && flock 9
[ -d "$dest/$name" ] && exit 0
# the lists are fetched once; a day later they may name files that are gone. Of
# several entries one may fail: what counts is that there is a list.
if [ -z "$(find "$apt/lists" -name '*_Sources*' -mtime -1 2>/dev/null)" ]; then
	private_apt update >"$log" 2>&1
	[ -n "$(find "$apt/lists" -name '*_Sources*')" ] || fail "$(said "$log")"
	find "$apt/lists" -name '*_Sources*' -exec touch {} +
fi

new=$apt/$name.new
rm -rf "$new"
mkdir -p "$new/download" "$new/tree" || fail "cannot write in $apt"
(cd "$new/download" && private_apt source --download-only --only-source "$name") >"$log" 2>&1 ||
	fail "$(said "$log")"
if [ -n "$dsc" ]; then
	[ -n "$(find "$new/download" -name '*.dsc')" ] || fail "apt fetched no .dsc"
	mv "$new/download" "$dest/$name" || fail "cannot make $dest/$name"
	rm -rf "$new"
	exit 0
fi
archive=$(find "$new/download" -name '*.orig.tar.*' ! -name '*.asc' ! -name '*.orig-*' | head -n 1)
[ -n "$archive" ] || fail "apt fetched no .orig.tar"
tar -xf "$archive" -C "$new/tree" --strip-components=1 --no-same-owner >"$log" 2>&1 ||
	fail "cannot unpack $(basename "$archive"): $(said "$log")"
mv "$new/tree" "$dest/$name" || fail "cannot make $dest/$name"
rm -rf "$new"
