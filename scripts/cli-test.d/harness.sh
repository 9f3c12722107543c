# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# The harness's own errors and statuses; what it can do is in its unit tests.

# harness_run ARGUMENT...
harness_run() {
	"$harness" run --junit reports.xml "$@" >out 2>err </dev/null
	status=$?
}

# suite_error LINE REGEX TEXT: nothing is run, status 2
suite_error() {
	printf '%b' "$3" >bad-suite.yaml
	rm -f "$dir/in/ran"
	harness_run bad-suite.yaml
	cat out >>err
	if [ "$status $(there in/ran)" != "2 absent" ]; then
		not_ok "suite: $2" "2 absent" "$status $(there in/ran) $(cat err)"
	else
		has "suite: $2" err "bad-suite\\.yaml:$1:[0-9]+: error: .*$2"
	fi
}

test_harness() {
	[ -x "$harness" ] || { skip "harness" "not built"; return; }
	ran="policy: {write: [{allow: $dir/in/}]}"
	case_of="cases:\n  - name: one\n    run: touch $dir/in/ran\n    expect:"
	suite_error 2 "unknown key 'polciy'" "suite: s\npolciy: x\n$case_of {exit: 0}\n"
	suite_error 6 "unknown key 'exti'.*did you mean 'exit'" "suite: s\n$ran\n$case_of {exti: 0}\n"
	suite_error 6 "'300'" "suite: s\n$ran\n$case_of {exit: 300}\n"
	suite_error 6 "unknown signal 'NONE'" "suite: s\n$ran\n$case_of {signal: NONE}\n"
	suite_error 6 'unknown effect' "suite: s\n$ran\n$case_of {denied: [{effect: creat}]}\n"
	suite_error 6 "unknown key 'onwer' in an entry of faked" "suite: s\n$ran\n$case_of {faked: [{onwer: x}]}\n"
	suite_error 3 "'soon' is no duration" "suite: s\n$ran\ntimeout: soon\n$case_of {exit: 0}\n"
	suite_error 2 'no policy file' "suite: s\npolicy: none.yaml\n$case_of {exit: 0}\n"
	suite_error 4 "no fixture 'nothing'" \
		"suite: s\ncases:\n  - name: one\n    fixture: nothing\n    expect: {exit: 0}\n"
	suite_error 6 "duplicate case name 'one'" \
		"suite: s\n$case_of {exit: 0}\n  - name: one\n    run: x\n    expect: {exit: 0}\n"
	suite_error 3 "expect" "suite: s\ncases:\n  - name: one\n    run: touch $dir/in/ran\n"
	printf '%b' "suite: s\n$ran\n$case_of {exit: 0}\n" >good-suite.yaml
	harness_run good-suite.yaml
	is "a suite that passes is 0" "0 there" "$status $(there in/ran)"
	has "the report is there" reports.xml '<testcase classname="catbox\.s" name="one"'
	rm -f pipe && mkfifo pipe
	cat pipe >piped.xml &
	"$harness" run --junit pipe good-suite.yaml >out 2>err
	wait $!
	is "a report into a FIFO, which stays one" "fifo 1" "$(stat -c %F pipe) $(grep -c '<testcase' piped.xml)"
	"$harness" run --junit /dev/fd/8 --tap /dev/fd/9 good-suite.yaml >out 2>err 8>piped.xml 9>piped.tap
	is "reports into what /dev names" "0 1 1" \
		"$? $(grep -c '<testcase' piped.xml) $(grep -c '^ok' piped.tap)"
	rm -f pipe
	harness_run good-suite.yaml --filter nothing-like-this
	is "nothing selected is 5, and no older report stays" "5 absent" "$status $(there reports.xml)"
	rm -f in/ran
	JUNIT_XSD=no-such.xsd harness_run good-suite.yaml
	is "JUNIT_XSD without such a file is 2, and nothing is run" "2 absent" "$status $(there in/ran)"
	has "and names it" err "cannot read the schema 'no-such.xsd' \\(JUNIT_XSD\\): No such file"
	JUNIT_XSD=good-suite.yaml harness_run good-suite.yaml
	is "what is no schema is 2" 2 $status
	has "and is named" err "'good-suite.yaml' is no schema"
	harness_run good-suite.yaml --frobnicate
	is "an unknown option is 2" 2 $status
	harness_run no-such-suite.yaml
	is "a suite that is not there is 2" 2 $status
	printf '%b' "suite: s\n$ran\n$case_of {exit: 1}\n" >failing-suite.yaml
	harness_run failing-suite.yaml
	is "a suite that fails is 1" 1 $status
	"$harness" list good-suite.yaml >out 2>err
	is "list" "0 there" "$? $(grep -q 's/one' out && echo there)"
}
