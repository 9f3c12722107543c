/* SPDX-License-Identifier: MIT */
/* What a workload is run under, to be compared: nothing, catbox, other tools. One
 * row a tool; how it is called is data. */
#ifndef HN_BENCH_TOOL_H
#define HN_BENCH_TOOL_H

#include "text.h"

#include <stdbool.h>

enum hn_tool {
	HN_TOOL_BARE,
	HN_TOOL_BARE_AGAIN, /* the same once more: how much do equal runs differ? */
	HN_TOOL_PTRACE,     /* catbox, by engine */
	HN_TOOL_NOTIFY,
	HN_TOOL_FLOOR,      /* the same stops, nothing judged */
	HN_TOOL_STRACE,
	HN_TOOL_FAKEROOT,
	HN_TOOL_PROOT,
	HN_TOOL_BUBBLEWRAP,
	HN_TOOL_COUNT
};

enum hn_tool_kind {
	HN_TOOL_KIND_BARE,
	HN_TOOL_KIND_ENGINE, /* catbox as it is: gated */
	HN_TOOL_KIND_FLOOR,
	HN_TOOL_KIND_PEER,
};

struct hn_tool_row {
	const char *name;     /* in suites, metrics and reports */
	const char *title;    /* for people */
	enum hn_tool_kind kind;
	/* The words before the command; @catbox, @tmp, @stats and @options are
	 * replaced. Ends with NULL. */
	const char *argv[16];
};

extern const struct hn_tool_row hn_tools[HN_TOOL_COUNT];

/* The tool of that kind and name, or HN_TOOL_COUNT. */
enum hn_tool hn_tool_find(enum hn_tool_kind kind, const char *name);

/* What the @words stand for. Borrowed. */
struct hn_tool_words {
	const char *catbox, *tmp, *stats;
	const struct hn_strings *options; /* of catbox run */
};

/* Appends the words before the command. */
void hn_tool_argv(enum hn_tool tool, const struct hn_tool_words *words, struct hn_strings *argv);

/* Does it work here? Runs `true` under it. false with the reason in `why`. */
bool hn_tool_works(enum hn_tool tool, const struct hn_tool_words *words, struct cb_buf *why);

#endif
