# SPDX-License-Identifier: MIT
# CPython: those of its regression tests that have to do with processes, signals and
# files, on /usr/bin/python3.
least=1000
locale=C.UTF-8

tests='test_subprocess test_signal test_os test_posix test_shutil test_pty test_fork1
test_wait4 test_pipes test_popen test_threadsignals test_tempfile test_fcntl
test_posixpath test_glob test_stat'

library() {
	/usr/bin/python3 -c 'import sysconfig; print(sysconfig.get_path("stdlib"))'
}

obtain() {
	programs python3
	version=$(library) && version=${version##*/}
	[ -f "$(library)/test/test_os.py" ] || package "lib$version-testsuite"
	rm -rf "$base/python" && mkdir -p "$base/python"
	cp -a "$(library)/test" "$base/python/"
	for more in "$base/packages/lib$version-testsuite/usr/lib/$version/test"; do
		[ ! -d "$more" ] || cp -a "$more/." "$base/python/test/"
	done
}

lay_out() {
	cp -a "$base/python/test" tree/
}

suite() {
	# shellcheck disable=SC2086 # a list of words
	PYTHONPATH=$PWD python3 -m test --junit-xml "$work/junit.xml" -w $tests
}

# a line for each case, from the report; then the verdict
results() {
	/usr/bin/python3 -c '
import sys, xml.etree.ElementTree as tree
for case in tree.parse("junit.xml").getroot().iter("testcase"):
    how = [e.tag + (": " + e.text if e.tag == "skipped" else "") for e in case]
    print(case.get("name"), case.get("status"), case.get("result"), *how)'
	grep -E '^(Tests result:|All |[0-9]+ tests? |exit )'
}
