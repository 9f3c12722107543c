# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# What the harness chooses, in which order, and what it writes about it.

# suite_of NAME TEXT: a suite file with cases in flow style, one a line
suite_of() {
	printf 'suite: %s\ncases:\n%b' "$1" "$2" >"$1.yaml"
}

# in_report ELEMENT: how many of them are in reports.xml
in_report() {
	grep -c "<$1[ />]" reports.xml
}

test_select() {
	suite_of pick "  - {name: good, run: exit 0, expect: {}}\n\
  - {name: bad, run: exit 3, expect: {exit: 0}}\n\
  - {name: slow, run: 'touch in', expect: {stops: 0, exit: 0}}\n\
  - {name: 'many \${n}', matrix: {n: [1, 2, 3, 4, 5, 6, 7, 8]}, run: 'true', expect: {}}\n"
	harness_run pick.yaml
	is "failures are 1" 1 $status
	harness_run --failed pick.yaml
	is "--failed runs what failed" "1 2" "$status $(in_report testcase)"
	harness_run --filter slow pick.yaml
	is "only performance is 3" 3 $status
	harness_run --filter good pick.yaml
	harness_run --failed pick.yaml
	is "--failed after a good run is 5" 5 $status
	has "and says so" err "nothing failed in the run before"
	is "and leaves the report" 1 "$(in_report testcase)"
	rm -f reports.xml
	harness_run --failed pick.yaml
	is "--failed without a report is 2" 2 $status
	harness_run -j1 --order random --seed 7 pick.yaml
	grep '^ok' out >first
	harness_run -j1 --order random --seed 7 pick.yaml
	is "--seed gives the order again" "$(sed 's/ (.*//' first)" "$(grep '^ok' out | sed 's/ (.*//')"
	has "the order is told" out '^order: random, seed 7$'
	has "the seed is in the report" reports.xml '<property name="seed" value="7"/>'
	harness_run -j1 pick.yaml
	is "which is another one" different \
		"$(grep '^ok' out | sed 's/ (.*//' >second; sed 's/ (.*//' first | cmp -s - second || echo different)"
	harness_run --seed 7 pick.yaml
	is "--seed without --order random is 2" 2 $status
	harness_run --order sideways pick.yaml
	is "an unknown order is 2" 2 $status
	has "and is named" err "file, random, not 'sideways'"
}

test_retries() {
	suite_of again "  - {name: second time, run: 'test -e $dir/in/flag || { touch $dir/in/flag; exit 3; }', \
expect: {exit: 0}, policy: {write: [{allow: $dir/in/}]}}\n  - {name: never, run: exit 3, expect: {exit: 0}}\n"
	rm -f in/flag
	harness_run --retries 2 again.yaml --tap report.tap
	is "what passes in the end is no failure" "1 1" "$status $(in_report failure)"
	has "it is counted apart" out '^0 passed, 1 failed, 0 skipped, 1 flaky$'
	has "and told" out '^FLAKY again/second time: passed at attempt 2; first: .*got exit 3'
	has "TAP too" report.tap '^ok 1 - again/second time .*flaky'
	rm -f in/flag
	harness_run again.yaml
	is "without --retries both fail" "1 2" "$status $(in_report failure)"
	rm -f in/flag
	harness_run --retries 1 --filter second again.yaml
	is "flaky alone is 0" 0 $status
}

test_forms() {
	suite_of form "  - {name: good, run: 'true', expect: {}, tags: [net]}\n\
  - {name: bad, run: 'touch /usr/x', expect: {exit: 0}}\n"
	harness_run --junit-ext --json report.json --github form.yaml
	has "--junit-ext says where" reports.xml 'name="bad" time="[0-9.]*" file="form.yaml" line="4"'
	has "and the tags" reports.xml '<property name="tag" value="net"/>'
	has "--github annotates" out '^::error file=form.yaml,line=4,title=form/bad::denied: 1 unexpected%0A'
	if command -v python3 >/dev/null 2>&1; then
		is "--json has the events" "failed denied violation /usr/x" "$(python3 - <<-'END'
			import json
			case = json.load(open("report.json"))["suites"][0]["cases"][1]
			event = [e for e in case["events"] if e["event"] == "violation"][0]
			print(case["verdict"], case["problems"][1]["type"], event["event"], event["real"])
		END
		)"
	else
		skip "--json has the events" "no python3"
	fi
	rm -f shard-status
	TEST_TOTAL_SHARDS=2 TEST_SHARD_INDEX=0 TEST_SHARD_STATUS_FILE=shard-status \
		XML_OUTPUT_FILE=bazel.xml "$harness" run form.yaml >out 2>err
	is "Bazel's variables" "there there" "$(there shard-status) $(there bazel.xml)"
	harness_run --json reports.xml form.yaml
	is "two reports in one file are 2" 2 $status
}

# plain REPORT: without what no two runs have in common
plain() {
	sed -e 's/ time="[^"]*"//; s/ timestamp="[^"]*"//; s/pid [0-9]*//g; s/run\.[A-Za-z0-9]*\/[0-9]*//' "$1"
}

test_merged() {
	suite_of alpha "  - {name: 'case \${n}', matrix: {n: [1, 2, 3, 4, 5, 6, 7]}, run: 'exit \${n}', \
expect: {exit: '\${n}'}}\n  - {name: bad, run: 'touch /usr/x; echo out', expect: {}}\n"
	suite_of beta "  - {name: good, run: 'true', expect: {}}\n  - {name: no, requires: ['program:no-such'], \
run: 'true', expect: {}}\n  - {name: bad, run: exit 3, expect: {exit: 0}}\n"
	harness_run alpha.yaml beta.yaml --json whole.json
	mv reports.xml whole.xml
	for i in 1 2 3; do
		harness_run --shard $i/3 --order random --json part$i.json alpha.yaml beta.yaml
		mv reports.xml part$i.xml
	done
	is "each case is in one shard" 11 "$(cat part?.xml | grep -c '<testcase ')"
	"$harness" merge whole-merged.xml whole.xml >out 2>err
	is "merge" "0 8 passed, 2 failed, 1 skipped" "$? $(cat out)"
	"$harness" merge parts.xml part1.xml part2.xml part3.xml >out 2>err
	"$harness" merge strap.xml part3.xml part1.xml part2.xml >out 2>err
	same "the order of reports does not count" parts.xml strap.xml
	grep -v 'name="seed"' parts.xml >seedless.xml
	plain seedless.xml >a
	plain whole-merged.xml >b
	same "the shards merged are the whole" a b
	"$harness" merge page.html part2.json part3.json part1.json >out 2>err
	is "JSON reports make a page" "0 8 passed, 2 failed, 1 skipped" "$? $(cat out)"
	has "with all cases" page.html 'id="alpha/case 7"'
	echo "<testsuites><what/></testsuites>" >odd.xml
	rm -f parts.xml
	"$harness" merge parts.xml part1.xml odd.xml >out 2>err
	is "what is no report is 2, and nothing is written" "2 absent" "$? $(there parts.xml)"
	"$harness" merge parts.xml part1.xml part2.json >out 2>err
	is "XML and JSON do not mix" 2 $?
	"$harness" merge parts.xml >out 2>err
	is "merge without reports is 2" 2 $?
}

# a browser, if there is one, runs the page's filter: the last word is in the title
test_page() {
	suite_of page "  - {name: good one, run: 'true', expect: {}}\n  - {name: good two, run: 'true', expect: {}}\n\
  - {name: bad one, run: exit 3, expect: {exit: 0}}\n"
	harness_run --html page.html page.yaml
	has "--html writes a page" page.html '<h1>1 case failed</h1>'
	browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || {
		skip "the page's filter" "no chromium"
		return
	}
	sed 's|</body>|<script>(function(){var out=[];function n(){out.push([].filter.call(document.querySelectorAll("details.case"),function(c){return !c.hidden}).length)}n();var b=document.querySelector(".tools button[value=passed]");b.click();n();var i=document.querySelector(".tools input");i.value="TWO";i.dispatchEvent(new Event("input"));n();b.click();i.value="nothing";i.dispatchEvent(new Event("input"));n();out.push(document.querySelector(".none").hidden?"hidden":"shown");document.title="filter "+out.join(" ")})()</script></body>|' \
		page.html >probe.html
	HOME=$dir timeout 60 "$browser" --headless --no-sandbox --disable-gpu --user-data-dir="$dir/browser" \
		--dump-dom "file://$dir/probe.html" >dom 2>err </dev/null
	has "the page's filter" dom '<title>filter 3 2 1 0 shown</title>'
	rm -rf "$dir/browser"
}

test_first() {
	rm -rf first-suite && mkdir first-suite && cd first-suite || exit 2
	"$harness" init my-app >out 2>err
	is "init" "0 there there" "$? $(there fixtures/my-app/build.sh) $(there suites/my-app.yaml)"
	harness_run my-app
	is "what it writes passes" "0 2 passed, 0 failed, 0 skipped" "$status $(tail -n 1 out)"
	echo mine >suites/my-app.yaml
	"$harness" init my-app >out 2>err
	is "init overwrites nothing" "2 mine" "$? $(cat suites/my-app.yaml)"
	"$harness" init other/name >out 2>err
	is "init wants a plain name" 2 $?
	rm -rf fixtures
	"$harness" init my-app >out 2>err
	is "init writes all or nothing" "2 absent" "$? $(there fixtures/my-app)"
	cd "$dir" || exit 2
	"$harness" explain denied >out 2>err
	is "explain" 0 $?
	has "explain shows an example" out '\{effect: create, path:'
	"$harness" explain denid >out 2>err
	is "explain of no key is 2" 2 $?
	has "explain guesses" err "no key 'denid', did you mean 'denied'\\?"
	"$harness" explain >out 2>err
	has "explain lists" out '^  fixture +A directory below fixtures/'
}

# stand_in FILE: a catbox that sandboxes nothing, and logs what ENGINE_<name> says
stand_in() {
	cat >"$1" <<-'END'
		#!/bin/sh
		[ "$1" = doctor ] && exit 0
		engine=none
		while [ "$1" != -- ]; do
			case $1 in
			--log) log=$2 ;;
			--stats) stats=$2 ;;
			--engine) engine=$2 ;;
			esac
			shift
		done
		shift
		echo '{"stops":{"total":7}}' >"$stats"
		export ENGINE=$engine
		"$@"
		status=$?
		echo '{"event":"end","status":'$status',"complete":true}' >>"$log"
		exit $status
	END
	chmod 755 "$1"
}

test_engines() {
	stand_in stand-in
	suite_of eng "  - {name: same, run: 'echo x >f', expect: {exit: 0}}\n\
  - {name: other, run: 'echo \$ENGINE >f', expect: {exit: 0}}\n\
  - {name: known, run: 'echo \$ENGINE >f', expect: {exit: 0}, differs: {notify: 'the file says so'}}\n\
  - {name: fails, run: 'test \$ENGINE = ptrace', expect: {exit: 0}, differs: {notify: 'not built'}}\n\
  - {name: only, run: 'test \$ENGINE = ptrace', expect: {exit: 0}, engine: ptrace}\n"
	CATBOX=./stand-in harness_run --engine both eng.yaml
	is "--engine both: each under each, a difference fails" "1 10 1 2" \
		"$status $(in_report testcase) $(in_report failure) $(in_report skipped)"
	has "the class says which" reports.xml 'classname="catbox.notify.eng" name="other"'
	has "and the suite" reports.xml '<testsuite name="ptrace.eng"'
	has "the difference is shown" out '^        \+ f: file 0644 7 '
	has "a known one is a skip" reports.xml 'skipped message="differs under notify: not built"'
	has "as is what another engine is for" reports.xml 'skipped message="for the engine ptrace only"'
	CATBOX=./stand-in harness_run --engine notify --filter same eng.yaml
	is "--engine notify" "0 1" "$status $(grep -c 'catbox.notify.eng' reports.xml)"
	CATBOX=./stand-in harness_run --filter only eng.yaml
	is "engine: in a suite" "0 1" "$status $(grep -c '"catbox.eng"' reports.xml)"
	harness_run --engine gvisor eng.yaml
	is "an unknown engine is 2" 2 $status
	harness_run --engine ptrace --filter same eng.yaml
	is "catbox itself takes --engine" 0 $status
}

# What was seen is written into the suite; what is none of its business stays.
test_accept() {
	cat >accept.yaml <<-'END'
		# a suite
		suite: accept   # its name
		policy: {write: [{allow: "${BUILD_DIR}/"}]}
		cases:
		  - name: exit
		    run: exit 3
		    expect:
		      # why
		      exit: 0   # kept
		  - name: not given
		    run: touch /usr/acc-a /usr/acc-a /usr/acc-b; mkdir ../x; exit 0
		    expect:
		      exit: 0
		      # the last word

		  - {name: flow, run: "touch /usr/acc-c; echo \"a b\"; echo $PWD", expect: {exit: 1, stdout: ""}} # end
		  - name: list
		    run: touch /usr/acc-d /usr/acc-e /usr/acc-f; exit 0
		    expect:
		      denied:
		        # a regex stays
		        - {path: "~^/usr/acc-[de]", count: 2}   # for ever
		        - path: /usr/nothing
		          by: nobody
		  - {name: empty, run: "touch /usr/acc-d", expect: {}}
		  - name: block
		    run: touch /usr/acc-d; exit 0
		    expect:
		      denied: []   # none
		      stdout: |
		        two
		        lines
		      stops: 0
		  - name: files
		    run: "echo hi >f; chmod 600 f; ln -s f l; mkdir d"
		    expect:
		      files:
		        - {path: f, mode: "0644", equals: "ho\n"}
		        - path: l
		          target: g
		        - {path: d, absent: yes}
		        - {path: none}
		        # this stays
		        - {path: d, type: dir}
		  - {name: signal, run: "kill -SEGV $$", expect: {exit: 0}}
		  - name: order
		    run: touch /usr/acc-1 /usr/acc-2; exit 0
		    expect: {denied: {ordered: yes, entries: [{path: /usr/acc-2}, {path: /usr/acc-1}]}}
		  - {name: good, run: "true", expect: {exit: 0}}   # untouched
	END
	cp accept.yaml before.yaml
	CI=true harness_run --accept accept.yaml
	is "--accept is refused under CI" 2 $status
	harness_run --accept --dry-run accept.yaml
	same "--accept --dry-run changes nothing" accept.yaml before.yaml
	has "and shows what it would" out '^\+       exit: 3   # kept$'
	is "and is no success" 1 $status
	harness_run --accept accept.yaml
	has "--accept" out '^accepted: 9 cases in 1 suite, 0 left$'
	is "is one" 0 $status
	harness_run accept.yaml
	is "what was accepted passes" "0 10 passed, 0 failed, 0 skipped" "$status $(tail -n 1 out)"
	grep -o '#.*' before.yaml >a
	grep -o '#.*' accept.yaml >b
	same "all comments stay, in their order" a b
	has "a regex that fits stays" accept.yaml '^        - \{path: "~\^/usr/acc-\[de\]", count: 2\}   # for ever$'
	has "paths of the case are relative" accept.yaml 'path: \.\./x, by: mkdir'
	cp accept.yaml before.yaml
	harness_run --accept accept.yaml
	same "there is nothing more to accept" accept.yaml before.yaml
	suite_of hard "  - {name: 'm \${n}', matrix: {n: [1, 2]}, run: 'exit \${n}', expect: {exit: 1}}\n\
  - {name: a, run: exit 2, expect: &e {exit: 1}}\n  - {name: b, run: exit 1, expect: *e}\n\
  - {name: c, run: exit 3, expect: *e}\n  - {name: slow, run: sleep 60, timeout: 200ms, expect: {exit: 0}}\n"
	harness_run --accept hard.yaml
	has "a matrix is left alone" out "^not accepted: hard/m 2: a matrix"
	has "so is what others use" out "^not accepted: hard/c: its expect is used elsewhere"
	has "whoever says it first" out "^not accepted: hard/a: its expect is used elsewhere"
	has "so is what did not end" out "^not accepted: hard/slow: it did not come to a good end"
	is "and the run has failed" 1 $status
}

# valid FILE: well-formed XML by another reader than the writer's own, if there is one
valid() {
	if command -v python3 >/dev/null 2>&1; then
		python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' "$1" 2>&1 && echo valid
	else
		grep -q '</testsuites>' "$1" && echo valid
	fi
}

# Whatever a case prints, the reports are whole.
test_nasty() {
	cat >nasty.yaml <<-'END'
		suite: nasty
		cases:
		  - name: thirty megabytes
		    run: head -c 30000000 /dev/zero | tr '\0' 'x'; exit 3
		    expect: {exit: 0}
		  - name: binary
		    run: head -c 300000 "$0" | cat - /bin/sh; cat /bin/sh >&2; exit 3
		    expect: {exit: 0, stdout: "", stderr: "~never there"}
		  - name: what XML forbids
		    run: printf '\033[31mred\033[0m ]]> <a> & \0 \377\376 \357\277\277 \001\b\f \033]0;t\007 \302\233 1m'; exit 3
		    expect: {exit: 0, stdout: "<![CDATA[ ]]>"}
		  - {name: no end of line, run: "printf x; printf y >&2; exit 3", expect: {exit: 0}}
	END
	harness_run nasty.yaml --json nasty.json --html nasty.html --tap nasty.tap --github --junit-ext
	is "whatever is printed, reports are written" "1 4 valid" \
		"$status $(in_report failure) $(valid reports.xml)"
	is "and of a bearable size" small "$(test "$(wc -c <reports.xml)" -lt 1500000 && \
		test "$(wc -c <nasty.html)" -lt 1500000 && echo small)"
	has "what was cut says so" reports.xml 'cut at 64 KiB; the whole is in '
	is "no control characters" 0 "$(LC_ALL=C tr -d '\t\n\r\040-\377' <reports.xml | wc -c)"
	is "none in the page or TAP" 0 "$(cat nasty.html nasty.tap | LC_ALL=C tr -d '\t\n\r\040-\377' | wc -c)"
	if command -v python3 >/dev/null 2>&1; then
		is "JSON is JSON, and all of it UTF-8" 4 "$(python3 -c 'import json
print(len(json.load(open("nasty.json", encoding="utf-8"))["suites"][0]["cases"]))')"
	else
		skip "JSON is JSON, and all of it UTF-8" "no python3"
	fi
	if [ -n "${JUNIT_XSD:-}" ]; then
		suite_of strict "  - {name: good, run: 'true', expect: {}}\n  - {name: bad, run: exit 3, \
expect: {exit: 0}}\n  - {name: no, requires: ['program:no-such'], run: x, expect: {}}\n"
		harness_run strict.yaml nasty.yaml
		lacks "valid by JUNIT_XSD" err 'not valid'
		is "and written" 7 "$(in_report testcase)"
	else
		skip "valid by JUNIT_XSD" "JUNIT_XSD names no schemas"
	fi
	if localedef -i de_DE -f UTF-8 "$dir/de_DE.UTF-8" >/dev/null 2>&1; then
		LOCPATH=$dir LC_ALL=de_DE.UTF-8 harness_run --filter 'no end' nasty.yaml
		has "no locale puts a comma into times" reports.xml 'name="no end of line" time="[0-9]+\.[0-9]{3}"'
	else
		skip "no locale puts a comma into times" "cannot make de_DE.UTF-8"
	fi
}

# A run that is ended tells of every case.
test_interrupted() {
	suite_of halt "  - {name: first, run: 'true', expect: {}}\n\
  - {name: second, run: 'touch $dir/in/started; sleep 60', expect: {}, policy: {write: [{allow: $dir/in/}]}}\n\
  - {name: third, run: 'true', expect: {}}\n"
	for signal in TERM INT; do
		rm -f in/started
		# a shell without job control has its background commands ignore INT
		env --default-signal="$signal" "$harness" run -j1 --junit reports.xml --json halt.json --html halt.html \
			--tap halt.tap halt.yaml >out 2>err </dev/null &
		pid=$!
		soon "test -e in/started"
		kill -s "$signal" $pid
		wait $pid
		status=$?
		is "$signal: all cases are in the report" "3 2 valid" \
			"$(in_report testcase) $(grep -c 'type="interrupted"' reports.xml) $(valid reports.xml)"
		is "$signal: the status says so" "$([ $signal = TERM ] && echo 143 || echo 130)" $status
	done
	has "the other reports too" halt.json '"type": "interrupted"'
	is "and TAP" 3 "$(grep -c '^\(not \)\?ok ' halt.tap)"
}

# ci_commands FILE: its calls of the harness, one a line, as a shell would get them
ci_commands() {
	sed -n -e "s/^ *sh '\(catbox-harness .*\)'\$/\1/p" -e 's/^ *- \(run: \)\?\(catbox-harness .*\)$/\2/p' "$1"
}

# ci_run NAME FILE SHARDS: all its shards and its merge; what comes of it is whole.xml's
ci_run() {
	rm -rf reports
	for SHARD in $(seq "$3"); do
		ci_commands "$2" | grep ' run ' >ci-command
		env CI=true SHARD="$SHARD" CI_NODE_INDEX="$SHARD" CI_NODE_TOTAL="$3" sh -e ci-command >out 2>err
	done
	ci_commands "$2" | grep ' merge ' >ci-command
	env CI=true sh -e ci-command >out 2>err
	is "CI: $1" "0 2 there" "$? $(wc -l <ci-command) $(there reports/index.html)"
	plain reports/junit.xml >a
	same "CI: $1: all cases" a whole
}

test_ci() {
	mkdir -p ci/suites && cd ci || exit 2
	mkdir -p bin
	ln -sf "$harness" "$catbox" bin/
	PATH=$dir/ci/bin:$PATH
	suite_of suites/one "  - {name: 'case \${n}', matrix: {n: [1, 2, 3, 4, 5, 6, 7, 8, 9]}, run: 'exit \${n}', \
expect: {exit: '\${n}'}}\n"
	sed -i 's/^suite: .*/suite: one/' suites/one.yaml
	suite_of suites/two "  - {name: good, run: 'true', expect: {}}\n  - {name: bad, run: exit 3, expect: {exit: 0}}\n"
	sed -i 's/^suite: .*/suite: two/' suites/two.yaml
	catbox-harness run --junit whole.xml >out 2>err
	catbox-harness merge whole.xml whole.xml >out 2>err
	plain whole.xml >whole
	for file in gitlab-ci.yml github.yml Jenkinsfile; do
		ci_run "$file" "$project/docs/ci/$file" 4
	done
	rm -rf reports
	for SLURM_ARRAY_TASK_ID in 1 2 3 4 5 6 7 8; do
		export SLURM_ARRAY_TASK_ID
		SLURM_TMPDIR=$dir/ci/tmp SLURM_ARRAY_TASK_COUNT=8 SLURM_CPUS_PER_TASK=2 \
			sh "$project/docs/ci/slurm.sh" >out 2>err
	done
	sh "$project/docs/ci/slurm.sh" merge >out 2>err
	is "CI: slurm.sh" "0 there" "$? $(there reports/index.html)"
	plain reports/junit.xml >a
	same "CI: slurm.sh: all cases" a whole
	PATH=${PATH#"$dir/ci/bin:"}
	cd "$dir" || exit 2
}

# A report may go to where the output goes: in scratch, by links of our own, so that a
# mistake takes away nobody's /dev/stdout.
test_to_stdout() {
	suite_of where "  - {name: good, run: 'true', expect: {}}\n"
	ln -sf /proc/self/fd/1 my-stdout
	"$harness" run --junit reports.xml --json my-stdout where.yaml 2>err | cat >out
	is "a report to a pipe" "/proc/self/fd/1 1" "$(readlink my-stdout) $(grep -c '"catbox-harness":' out)"
	"$harness" run --junit reports.xml --json my-stdout where.yaml >out 2>err
	is "a report to where stdout goes, a file" "/proc/self/fd/1 1 1" \
		"$(readlink my-stdout) $(grep -c '"catbox-harness":' out) $(grep -c '^1 passed' out)"
	"$harness" run --junit reports.xml --json /dev/fd/3 where.yaml >out 2>err 3>opened
	is "a report to an open file" 1 "$(grep -c '"catbox-harness":' opened)"
	"$harness" run --junit reports.xml --json /dev/no-such-thing where.yaml >out 2>err
	is "a report to what /dev has not" "1 absent" "$? $(there /dev/no-such-thing)"
	rm -f my-stdout
}

# What is seen on a terminal: a line of progress, colours, only what is not well.
test_progress() {
	command -v script >/dev/null 2>&1 || { skip "on a terminal" "no script"; return; }
	suite_of tty "  - {name: good, run: 'true', expect: {}}\n  - {name: bad, run: exit 3, expect: {exit: 0}}\n"
	esc=$(printf '\033')
	env -u CI -u NO_COLOR TERM=xterm script -qec "'$harness' run -j1 --junit reports.xml tty.yaml" out >seen 2>err </dev/null
	has "a line of progress" seen "\[1/2\] 0 failed  tty/bad"
	lacks "what is well is not told" seen '^ok '
	has "colours" seen "$esc\[31mFAIL "
	has "of differences too" seen "$esc\[32m        \+ exit 3"
	env -u CI NO_COLOR=1 TERM=xterm script -qec "'$harness' run -j1 --junit reports.xml tty.yaml" out >seen 2>err </dev/null
	lacks "NO_COLOR" seen "$esc\[3[0-9]m"
	has "with the line of progress" seen "\[1/2\] 0 failed  tty/bad"
	env CI=1 TERM=xterm script -qec "'$harness' run -j1 --junit reports.xml tty.yaml" out >seen 2>err </dev/null
	has "with CI a line each" seen '^ok    tty/good'
	lacks "and no escapes" seen "$esc"
}
