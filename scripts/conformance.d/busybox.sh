# SPDX-License-Identifier: MIT
# busybox: its testsuite on the installed program, or else on that of its package.
least=800

obtain() {
	programs bzip2 gzip xz
	source_of busybox
	busybox=$(PATH=$path command -v busybox) || {
		package busybox-static
		busybox=$base/packages/busybox-static/bin/busybox
	}
	cp "$busybox" "$base/busybox"
}

lay_out() {
	cp -a "$base/src/busybox/testsuite" "$base/src/busybox/scripts" tree/
	mkdir -p bin && cp "$base/busybox" bin/ && : >bin/.config
}

suite() {
	cd testsuite || return
	bindir=$work/bin tsdir=$PWD SKIP_KNOWN_BUGS=1 sh ./runtest
}

results() {
	grep -E '^(PASS|FAIL|SKIPPED|UNTESTED|exit)\b'
}
