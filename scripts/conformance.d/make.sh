# SPDX-License-Identifier: MIT
# GNU make: its tests on /usr/bin/make.
least=100

obtain() {
	programs cc perl make
	source_of make-dfsg
}

# what ./configure would have put in: a plain compiler, no flags, no guile
lay_out() {
	cp -a "$base/src/make-dfsg/." tree/
	sed -e 's/@CC@/cc/' -e 's/@AR@/ar/' -e 's/@CPP@/cc -E/' -e 's/@USE_SYSTEM_GLOB@/no/' \
		-e 's/@[A-Z_]*@//' tree/tests/config-flags.pm.in >tree/tests/config-flags.pm
}

suite() {
	cd tests || return
	perl -I. ./run_make_tests.pl -srcdir .. -make /usr/bin/make
}

results() {
	cat
}
