# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# fixtures/example-package/ as a packager uses it: with what `make install` installed,
# somewhere else, from other directories, also with a space in the path.

# example_check NAME DIRECTORY: make check there, with the installed programs alone
example_check() {
	rm -rf "$2/reports"
	(unset MAKEFLAGS MAKELEVEL CATBOX PROBES
	 PATH=$dir/root/opt/box/bin:/usr/bin:/bin make -C "$2" check) >out 2>err </dev/null
	status=$?
	is "$1" "0 there" "$status $(there "$2/reports/junit.xml")"
	has "$1: the verdict" out '^3 passed, 0 failed, 0 skipped$'
	has "$1: the installed catbox" "$2/reports/junit.xml" "\"$dir/root/opt/box/bin/catbox\""
}

test_example() {
	if ! command -v cc >/dev/null; then
		skip "the example package" "no cc"
		return
	fi
	(unset MAKEFLAGS MAKELEVEL
	 make -C "$project" install BUILD="${build#"$project/"}" DESTDIR="$dir/root" PREFIX=/opt/box) \
		>out 2>err </dev/null
	is "make install into a directory" "0 there there" \
		"$? $(there root/opt/box/bin/catbox) $(there root/opt/box/share/man/man5/catbox-suite.5)"
	mkdir -p elsewhere "with a space"
	cp -a "$project/fixtures/example-package" elsewhere/
	cp -a "$project/fixtures/example-package" "with a space/my package"
	example_check "the example, copied elsewhere" "$dir/elsewhere/example-package"
	example_check "the example below a space" "$dir/with a space/my package"
	(cd / && PATH=$dir/root/opt/box/bin:/usr/bin:/bin catbox-harness run --junit "$dir/far.xml" \
		"$dir/with a space/my package/packaging/suites/greet.yaml") >out 2>err </dev/null
	is "the example's suite, run from /" 0 $?
	has "the example's suite, run from /: the verdict" out '^3 passed, 0 failed, 0 skipped$'
	# it would notice what it is there for
	sed -i 's,install -m 644 greet.conf .*,install -m 644 greet.conf /etc/greet.conf,' \
		elsewhere/example-package/greet-1.0/Makefile
	(unset MAKEFLAGS MAKELEVEL
	 PATH=$dir/root/opt/box/bin:/usr/bin:/bin make -C elsewhere/example-package check) >out 2>err </dev/null
	is "the example with a mistake" 2 $?
	has "the example with a mistake: which" out '^\+? *\+ create /etc/greet\.conf'
	rm -rf root elsewhere "with a space" far.xml
}
