/* SPDX-License-Identifier: MIT */
/* The table of tools, and whether they work here. */
#include "bench_tool.h"

#include "base/cleanup.h"
#include "clean.h"
#include "process.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define TRIAL_MS 20000

#define CATBOX "@catbox", "run", "-q", "--violation-exit", "0", "--also-write", "@tmp", "--stats", "@stats"

const struct hn_tool_row hn_tools[HN_TOOL_COUNT] = {
	[HN_TOOL_BARE] = { "bare", "bare", HN_TOOL_KIND_BARE, { NULL } },
	[HN_TOOL_BARE_AGAIN] = { "bare-again", "bare again", HN_TOOL_KIND_BARE, { NULL } },
	[HN_TOOL_PTRACE] = { "ptrace", "catbox", HN_TOOL_KIND_ENGINE,
		{ CATBOX, "--engine", "ptrace", "@options", "--", NULL } },
	[HN_TOOL_NOTIFY] = { "notify", "catbox, engine notify", HN_TOOL_KIND_ENGINE,
		{ CATBOX, "--engine", "notify", "@options", "--", NULL } },
	[HN_TOOL_FLOOR] = { "floor", "empty stops", HN_TOOL_KIND_FLOOR,
		{ CATBOX, "--only-continue", "@options", "--", NULL } },
	[HN_TOOL_STRACE] = { "strace", "strace -f --seccomp-bpf", HN_TOOL_KIND_PEER,
		{ "strace", "-f", "--seccomp-bpf", "-e", "trace=%file", "-o", "/dev/null", "--", NULL } },
	[HN_TOOL_FAKEROOT] = { "fakeroot", "fakeroot", HN_TOOL_KIND_PEER, { "fakeroot", "--", NULL } },
	[HN_TOOL_PROOT] = { "proot", "PRoot", HN_TOOL_KIND_PEER, { "proot", NULL } },
	[HN_TOOL_BUBBLEWRAP] = { "bubblewrap", "bubblewrap", HN_TOOL_KIND_PEER,
		{ "bwrap", "--dev-bind", "/", "/", "--", NULL } },
};

enum hn_tool hn_tool_find(enum hn_tool_kind kind, const char *name)
{
	enum hn_tool tool = 0;

	while (tool < HN_TOOL_COUNT &&
	       (hn_tools[tool].kind != kind || strcmp(hn_tools[tool].name, name) != 0))
		tool++;
	return tool;
}

void hn_tool_argv(enum hn_tool tool, const struct hn_tool_words *words, struct hn_strings *argv)
{
	for (const char *const *word = hn_tools[tool].argv; *word; word++) {
		if (!strcmp(*word, "@catbox"))
			hn_strings_add(argv, words->catbox);
		else if (!strcmp(*word, "@tmp"))
			hn_strings_add(argv, words->tmp);
		else if (!strcmp(*word, "@stats"))
			hn_strings_add(argv, words->stats);
		else if (!strcmp(*word, "@options"))
			hn_strings_add_all(argv, words->options);
		else
			hn_strings_add(argv, *word);
	}
}

bool hn_tool_works(enum hn_tool tool, const struct hn_tool_words *words, struct cb_buf *why)
{
	struct hn_strings argv = { NULL, 0 };
	struct hn_answer answer;
	struct cb_error err;
	bool works = false;

	hn_tool_argv(tool, words, &argv);
	hn_strings_add(&argv, "true");
	argv.items = cb_realloc(argv.items, (argv.count + 1) * sizeof *argv.items);
	argv.items[argv.count] = NULL;
	if (hn_ask_program(argv.items, TRIAL_MS, &answer, &err)) {
		cb_buf_adds(why, err.message);
	} else if (WIFEXITED(answer.status) && WEXITSTATUS(answer.status) == 127) {
		cb_buf_addf(why, "no program '%s'", argv.items[0]);
	} else if (answer.timed_out || !WIFEXITED(answer.status) || WEXITSTATUS(answer.status)) {
		cb_buf_truncate(&answer.err, strcspn(answer.err.data, "\n"));
		cb_buf_addf(why, "%s does not work here: ", hn_tools[tool].title);
		hn_clean_line(why, answer.err.len ? answer.err.data : "it fails", 200);
	} else {
		works = true;
	}
	hn_answer_destroy(&answer);
	hn_strings_destroy(&argv);
	return works;
}
