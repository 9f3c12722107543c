/* SPDX-License-Identifier: MIT */
/* The keys, as people may ask for them. The unit test sees to it that the loader
 * knows these and no others. */
#include "keys.h"

#include <stddef.h>

const struct hn_key hn_keys[] = {
	/* a suite */
	{ "suite", "suite", "The suite's name: letters, digits, '-' and '_'. Required.",
	  "suite: install" },
	{ "suite", "cases", "The list of cases. Required, with at least one.",
	  "cases:\n  - name: stays in DESTDIR\n    fixture: my-package\n    expect: {exit: 0}" },
	/* both */
	{ "case", "policy", "What the command may do: a policy file, relative to the suite or to the\n"
	  "folder above, or a policy itself. Without it: the default policy of catbox.",
	  "policy: policies/package-build.yaml\npolicy: {write: [{allow: \"${BUILD_DIR}/\"}]}" },
	{ "case", "timeout", "How long it may take: ms, s, m or h. Default: 60s.", "timeout: 30s" },
	{ "case", "tags", "Words by which --tag chooses cases.", "tags: [write, quick]" },
	{ "case", "env", "Variables for the command. A case's are added to the suite's.",
	  "env: {LC_ALL: C.UTF-8, DESTDIR: \"${BUILD_DIR}/out\"}" },
	{ "case", "options", "More options for catbox run, one word each.", "options: [--fake]" },
	{ "case", "requires", "What the machine must offer, or the case is skipped: landlock, i386, root,\n"
	  "non-root, network-loopback, ipv6, program:NAME, command:TEXT.",
	  "requires: [landlock, \"program:cmake\"]" },
	{ "case", "control", "What the command must do without the sandbox, before: else a refusal proves\n"
	  "nothing. Keys as in expect: exit, signal, stdout, stderr, files. A control that\n"
	  "ends with 77 skips the case.", "control: {exit: 0}" },
	{ "case", "engine", "The engine that the case is for: ptrace or notify; both runs it under each and\n"
	  "compares. Without it: catbox's own choice, or the option --engine.",
	  "engine: both" },
	{ "case", "differs", "Why an engine (ptrace, notify) may differ from the other in this case, which\n"
	  "--engine both would call a failure; or why events and files differ from run to run\n"
	  "(runs) and are not compared. What --engine both finds to differ between two runs under\n"
	  "one engine is not compared anyhow.", "differs: {notify: \"core files are written by the kernel\"}" },
	/* a case */
	{ "case", "name", "One line, unique in the suite. Required.", "name: install stays in DESTDIR" },
	{ "case", "fixture", "A directory below fixtures/ beside the suite, or below ../fixtures/; a fresh\n"
	  "copy of it is the work directory.", "fixture: my-package" },
	{ "case", "run", "The command, for /bin/sh -c. Default: sh build.sh.",
	  "run: make install DESTDIR=$PWD/out" },
	{ "case", "setup", "A command that is run before, without the sandbox.", "setup: tar xf src.tar" },
	{ "case", "expect", "What must come of it. Required; {} expects that nothing is denied.",
	  "expect:\n  exit: 0\n  denied: []" },
	{ "case", "xfail", "Why the case is known to fail: a failure is a skip then, a pass a failure.",
	  "xfail: the kernel forgets the offset" },
	{ "case", "matrix", "Makes one case for each combination of values; ${KEY} stands for them, and must\n"
	  "be in the name.", "matrix: {as: [raw, libc]}" },
	/* expect */
	{ "expect", "exit", "The command's own exit status, 0 to 255.", "exit: 1" },
	{ "expect", "signal", "The signal that ended it.", "signal: SEGV" },
	{ "expect", "denied", "The violations, exactly; left out: none. See: explain entry.",
	  "denied:\n  - {effect: create, path: /usr/share/app.conf, by: install}\n"
	  "  - {effect: create, path: \"~^/usr/lib/app\", count: 1..3}" },
	{ "expect", "expected", "Denials by 'expect' rules of the policy, exactly.",
	  "expected: [{path: /usr/share/fonts/}]" },
	{ "expect", "faked", "What was pretended, exactly: op is chown, chmod, mknod, setxattr, removexattr\n"
	  "or setid.", "faked:\n  - {op: chown, path: out/bin/app, owner: \"0:8\"}\n"
	  "  - {op: chmod, path: out/bin/app, mode: \"2755\"}" },
	{ "expect", "hooks", "Calls of hooks, exactly.", "hooks: [{event: child_initialized, count: 1}]" },
	{ "expect", "reads", "Files that must have been read, or must not.",
	  "reads: {includes: [/usr/include/stdio.h], excludes: [/home/]}" },
	{ "expect", "net", "Allowed uses of addresses, exactly.", "net: []" },
	{ "expect", "leftovers", "Processes that outlived the command, exactly.", "leftovers: []" },
	{ "expect", "files", "Files to look at when all is over. See: explain file.",
	  "files:\n  - {path: out/bin/app, mode: \"0755\", contains: \"~^#!/bin/sh\"}\n"
	  "  - {path: /usr/share/app.conf, absent: yes}" },
	{ "expect", "stdout", "All that the command wrote there, or ~REGEX to be found in it.",
	  "stdout: \"~installed\"" },
	{ "expect", "stderr", "As stdout.", "stderr: \"\"" },
	{ "expect", "stops", "How often processes were stopped, signals apart: N, \"<= N\" or \">= N\".",
	  "stops: \"<= 4200\"" },
	/* an entry of a list of events */
	{ "entry", "path", "The canonical path; relative: below the work directory; with a final /: and\n"
	  "all below it; ~REGEX.", "{path: /usr/lib/}" },
	{ "entry", "path2", "The other path, of a rename or a link.", NULL },
	{ "entry", "real", "The same as path.", NULL },
	{ "entry", "real2", "The same as path2.", NULL },
	{ "entry", "given", "The path as the program gave it.", "{given: ../x}" },
	{ "entry", "given2", "The other one.", NULL },
	{ "entry", "by", "The thread's name, or the last part of its program's path.", "{by: install}" },
	{ "entry", "effect", "What it would have done: write, create, remove, rename, mode, owner...",
	  "{effect: create}" },
	{ "entry", "syscall", "The system call.", "{syscall: openat}" },
	{ "entry", "request", "The request of an ioctl and its like.", NULL },
	{ "entry", "errno", "What the program was told.", "{errno: EACCES}" },
	{ "entry", "rule", "The rule that said so.", "{rule: \"~package.yaml:4$\"}" },
	{ "entry", "verdict", "The event's verdict.", NULL },
	{ "entry", "address", "A socket's address.", "{address: \"127.0.0.1:80\"}" },
	{ "entry", "family", "A socket's family.", NULL },
	{ "entry", "target", "Whom a signal was for.", NULL },
	{ "entry", "comm", "The thread's name.", NULL },
	{ "entry", "exe", "The path of its program.", NULL },
	{ "entry", "pid", "The process.", NULL },
	{ "entry", "tid", "The thread.", NULL },
	{ "entry", "ppid", "The parent.", NULL },
	{ "entry", "action", "The event's action.", NULL },
	{ "entry", "op", "What was pretended (in faked).", "{op: chown}" },
	{ "entry", "owner", "uid and gid, decimal (in faked).", "{owner: \"0:8\"}" },
	{ "entry", "uid", "The user (in faked).", NULL },
	{ "entry", "gid", "The group (in faked).", NULL },
	{ "entry", "mode", "The mode in octal, as a number (in faked).", "{mode: \"2755\"}" },
	{ "entry", "rdev", "A device's numbers, decimal (in faked).", "{rdev: \"1:3\"}" },
	{ "entry", "name", "The attribute (in faked).", NULL },
	{ "entry", "event", "The hook (in hooks).", "{event: finished}" },
	{ "entry", "status", "The event's status (in hooks).", NULL },
	{ "entry", "outcome", "What came of it (in hooks).", "{event: finished, outcome: ok}" },
	{ "entry", "count", "How many events it takes: N, N..M or + (one or more). Default: 1.",
	  "{path: /usr/, count: 1..3}" },
	/* a list of events as a mapping */
	{ "list", "ordered", "The events come in the order of the entries.",
	  "denied: {ordered: yes, entries: [{path: /a}, {path: /b}]}" },
	{ "list", "entries", "The entries of an ordered list.", NULL },
	/* an entry of files */
	{ "file", "path", "Which file, relative to the work directory or absolute. Required.", NULL },
	{ "file", "mode", "Permission bits, octal; of a symlink those of what it leads to.",
	  "{path: out/bin/app, mode: \"0755\"}" },
	{ "file", "type", "file, dir, symlink, fifo or socket.", "{path: out/lib, type: dir}" },
	{ "file", "target", "Where a symlink leads, or ~REGEX.", "{path: l, target: libx.so.1}" },
	{ "file", "contains", "A part of the content, or ~REGEX.", "{path: f, contains: \"~^#!\"}" },
	{ "file", "equals", "The whole content, or ~REGEX.", "{path: f, equals: \"hello\\n\"}" },
	{ "file", "absent", "There must be no such file: yes or no.", "{path: /usr/x, absent: yes}" },
	/* reads */
	{ "reads", "includes", "Files that must have been read: paths, directories with a final /, ~REGEX.",
	  "includes: [/usr/include/stdio.h]" },
	{ "reads", "excludes", "Files that must not have been read.", "excludes: [/home/]" },
	{ NULL, NULL, NULL, NULL },
};
