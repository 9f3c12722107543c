# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# What others read in our reports: Python's junitparser (Debian: python3-junitparser)
# and npm's junit2json. The latter is looked for in $JUNIT2JSON, a directory where
# `npm install junit2json` was called, and among npm's global modules.

# report_of_all_kinds: leaves two suites with every verdict in readers.xml
report_of_all_kinds() {
	cat >kinds.yaml <<'END'
suite: kinds
cases:
  - {name: passes, run: exit 0, expect: {exit: 0}}
  - {name: "passes, <&> \"as\" 'well'", run: exit 0, expect: {exit: 0}}
  - {name: fails, run: 'printf "\033[31m]]>&\377\001\n" >&2; exit 1', expect: {exit: 0}}
  - {name: fails at the end, run: exit 1, expect: {exit: 0, stdout: x}}
  - {name: errs, run: exit 0, options: [--no-such-option], expect: {exit: 0}}
  - {name: skipped, requires: ["program:no-such-program"], run: exit 0, expect: {exit: 0}}
END
	cat >second.yaml <<'END'
suite: second
cases:
  - {name: ümlaut ☃, run: exit 0, expect: {exit: 0}}
  - {name: known, xfail: for a reason, run: exit 1, expect: {exit: 0}}
END
	printf 'suite: broken\ncases: 3\n' >broken.yaml
	"$harness" run --keep never --junit readers.xml kinds.yaml second.yaml broken.yaml >out 2>err </dev/null
	# what a reader must find: suite tests failures errors skipped, then each case
	cat >readers.want <<'END'
kinds 6 2 1 1
second 2 0 0 1
broken 1 0 1 0
kinds/passes passed
kinds/passes, <&> "as" 'well' passed
kinds/fails failure exit
kinds/fails at the end failure exit
kinds/errs error setup
kinds/skipped skipped no program 'no-such-program'
second/ümlaut ☃ passed
second/known skipped xfail: for a reason
broken/load error setup
END
	has "readers: our own count" out '^3 passed, 4 failed, 2 skipped$'
}

readers_python() {
	python=
	for candidate in python3 /usr/bin/python3; do
		if "$candidate" -c 'import junitparser' 2>/dev/null; then
			python=$candidate
			break
		fi
	done
	[ -n "$python" ] || { skip "a report read by junitparser" "no python3-junitparser"; return; }
	"$python" - readers.xml >got.list 2>err <<'END'
import sys
from junitparser import Error, Failure, JUnitXml, Skipped

report = JUnitXml.fromfile(sys.argv[1])
for suite in report:
    print(suite.name, suite.tests, suite.failures, suite.errors, suite.skipped)
    counted = (suite.tests, suite.failures, suite.errors, suite.skipped)
    suite.update_statistics()
    assert counted == (suite.tests, suite.failures, suite.errors, suite.skipped), suite.name
for suite in report:
    for case in suite:
        words = [suite.name + "/" + case.name]
        assert len(case.result) <= 1 and case.classname == "catbox." + suite.name, case.name
        for result in case.result:
            words += {Failure: ["failure", result.type], Error: ["error", result.type],
                      Skipped: ["skipped", result.message]}[type(result)]
        print(*(words if case.result else words + ["passed"]))
END
	cat err >>got.list
	same "a report read by junitparser" readers.want got.list
}

# the directory of the module, or nothing
junit2json() {
	for candidate in "${JUNIT2JSON:-/nonexistent}/node_modules" "$(npm root -g 2>/dev/null)"; do
		[ -f "$candidate/junit2json/package.json" ] && echo "$candidate/junit2json" && return
	done
}

readers_npm() {
	if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
		skip "a report read by junit2json" "no npm"
		return
	fi
	module=$(junit2json)
	[ -n "$module" ] || { skip "a report read by junit2json" "npm has no junit2json"; return; }
	mkdir -p node_modules
	ln -sfn "$module" node_modules/junit2json
	cat >read.mjs <<'END'
import { readFileSync } from "node:fs";
import * as module from "junit2json";

const report = await (module.parse ?? module.default.parse)(readFileSync("readers.xml", "utf8"));
for (const s of report.testsuite)
	console.log(s.name, s.tests, s.failures, s.errors, s.skipped);
for (const s of report.testsuite)
	for (const c of s.testcase) {
		const words = [s.name + "/" + c.name];
		for (const r of c.failure ?? []) words.push("failure", r.type);
		for (const r of c.error ?? []) words.push("error", r.type);
		for (const r of c.skipped ?? []) words.push("skipped", r.message);
		console.log(...(words.length > 1 ? words : [...words, "passed"]));
	}
END
	# the module's own dependencies stand beside where it really is
	node --preserve-symlinks-main read.mjs >got.list 2>err
	cat err >>got.list
	same "a report read by junit2json" readers.want got.list
	rm -rf node_modules read.mjs
}

test_readers() {
	report_of_all_kinds
	readers_python
	readers_npm
}
