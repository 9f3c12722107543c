# SPDX-License-Identifier: MIT
# perl: t/base, t/cmd, t/io and t/op of its source on /usr/bin/perl and its library.
least=10000

obtain() {
	programs perl
	source_of perl
	tests=$(sed -n -E 's/^#define PERL_((SUB)?VERSION)[ \t]+([0-9]+).*/\3/p' "$base/src/perl/patchlevel.h" | paste -sd.)
	here=$(/usr/bin/perl -e 'printf "%d.%d", (sprintf "%vd", $^V) =~ /^5\.(\d+)\.(\d+)$/')
	[ "$tests" = "$here" ] || skip "the tests are for perl 5.$tests, /usr/bin/perl is 5.$here"
}

# The tests look for ../lib and ./perl. What is installed is in two directories of
# which one holds what was compiled; here they are one.
lay_out() {
	cp -a "$base/src/perl/t" "$base/src/perl/regen" "$base/src/perl/MANIFEST" tree/
	mkdir tree/lib
	/usr/bin/perl -MConfig -e 'print "$Config{privlibexp}\n$Config{archlibexp}\n"' |
		while read -r directory; do
			cp -rsf "$directory/." tree/lib/
		done
	ln -s /usr/bin/perl tree/t/perl
}

suite() {
	cd t || return
	# with one order of hashes
	export PERL_CORE=1 PERL_HASH_SEED=0 PERL_PERTURB_KEYS=0
	for test in base/*.t cmd/*.t io/*.t op/*.t; do
		# -T counts only on the command line
		switches=$(sed -n '1s/^#! *[^ ]*perl[^ ]*\( .*-.*\)$/\1/p' "$test")
		echo "== $test$switches"
		# shellcheck disable=SC2086 # a list of words
		perl -I../lib $switches "$test"
		echo "$test: exit $?"
	done
}

# Without comments. Names of temporary files have letters from the pid in them; op/magic.t
# prints a line of ps, op/sprintf2.t the address of a scalar.
results() {
	grep -aE '^(ok|not ok|1\.\.|Bail out|==|exit|[a-z]+/[a-z0-9_]+\.t: exit)' |
		sed -E -e 's/\btmp_[A-Z]+_/tmp_ANY_/g' -e 's/0x[0-9a-f]{6,}/0xN/g' \
			-e 's/\( *[0-9]+ (\?.*Good Morning)/(PID \1/' \
			-e "s,'%-p' and arguments/result 'x y'/'[0-9a-f]+','%-p' and 'x y'/ADDRESS,"
}
