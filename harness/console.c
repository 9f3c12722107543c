/* SPDX-License-Identifier: MIT */
/* Lines for people. What comes from cases is cleaned: it may hold escapes. */
#include "console.h"

#include "base/cleanup.h"
#include "clean.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_SHOWN 8192   /* bytes of a failure's text */
#define TAIL_LINES 12     /* of a failed case's stderr */
#define PROGRESS_WIDTH 60 /* bytes of a case's id in the progress line */

struct look {
	const char *word, *colour;
};

static const struct look looks[] = {
	[HN_PASSED] = { "ok", "32" },
	[HN_FAILED] = { "FAIL", "31" },
	[HN_ERRED] = { "ERROR", "31" },
	[HN_SKIPPED] = { "skip", "33" },
	[HN_FLAKY] = { "FLAKY", "33" },
};

void hn_console_init(struct hn_console *console, FILE *out, size_t total)
{
	const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR"), *ci = getenv("CI");
	bool terminal = isatty(fileno(out)) && term && strcmp(term, "dumb");

	*console = (struct hn_console){
		.out = out, .live = terminal && !(ci && *ci), .total = total,
	};
	console->colour = console->live && !(no_color && *no_color);
}

void hn_console_clear(struct hn_console *console)
{
	if (console->live)
		fputs("\r\033[K", console->out);
}

static void progress(struct hn_console *console, const char *label)
{
	CB_AUTO_BUF struct cb_buf id = CB_BUF_INIT;

	if (!console->live)
		return;
	hn_clean_line(&id, label, PROGRESS_WIDTH);
	fprintf(console->out, "\r\033[K[%zu/%zu] %lld failed  %s", console->done, console->total,
		console->counts.failed + console->counts.erred, id.data);
	fflush(console->out);
}

void hn_console_started(struct hn_console *console, const char *label)
{
	progress(console, label);
}

static void verdict_line(struct hn_console *console, const char *label,
			 const struct hn_result *r)
{
	const struct look *look = &looks[r->verdict];
	CB_AUTO_BUF struct cb_buf rest = CB_BUF_INIT;

	hn_clean_line(&rest, label, 500);
	if (r->verdict == HN_PASSED)
		cb_buf_addf(&rest, " (%lld.%03lld s)", r->ms / 1000, r->ms % 1000);
	if (r->message.len) {
		cb_buf_adds(&rest, ": ");
		hn_clean_line(&rest, r->message.data, 500);
	}
	if (console->colour)
		fprintf(console->out, "\033[%sm%-5s\033[0m %s\n", look->colour, look->word,
			rest.data);
	else
		fprintf(console->out, "%-5s %s\n", look->word, rest.data);
}

/* The colour of a line of a difference, or NULL. */
static const char *line_colour(const char *line)
{
	line += strspn(line, " ");
	if (!strncmp(line, "--- ", 4) || !strncmp(line, "+++ ", 4))
		return NULL;
	return !strncmp(line, "- ", 2) ? "31" : !strncmp(line, "+ ", 2) ? "32" :
	       !strncmp(line, "@@ ", 3) ? "36" : NULL;
}

static void print_line(struct hn_console *console, const char *line, size_t len)
{
	const char *colour = console->colour ? line_colour(line) : NULL;

	if (colour)
		fprintf(console->out, "\033[%sm%.*s\033[0m\n", colour, (int)len, line);
	else
		fprintf(console->out, "%.*s\n", (int)len, line);
}

static void indented(struct hn_console *console, const struct cb_buf *text)
{
	CB_AUTO_BUF struct cb_buf clean = CB_BUF_INIT, lines = CB_BUF_INIT;
	int cut = 0;

	hn_clean(&clean, text->data, text->len, TEXT_SHOWN, &cut);
	hn_indent(&lines, "      ", clean.data);
	for (const char *line = lines.data; line && *line; ) {
		size_t len = strcspn(line, "\n");

		print_line(console, line, len);
		line += len + (line[len] == '\n');
	}
	if (cut)
		fputs("      ...\n", console->out);
}

/* The last lines of the command's stderr: most often they say why. */
static void tail(struct hn_console *console, const struct cb_buf *text)
{
	CB_AUTO_BUF struct cb_buf end = CB_BUF_INIT;
	size_t from = text->len;
	int lines = 0;

	if (!text->len)
		return;
	while (from && text->len - from < TEXT_SHOWN / 2 && lines <= TAIL_LINES)
		lines += text->data[--from] == '\n' && from + 1 < text->len;
	cb_buf_add(&end, text->data + from + (from > 0), text->len - from - (from > 0));
	fputs("      stderr:\n", console->out);
	indented(console, &end);
}

void hn_console_finished(struct hn_console *console, const char *label,
			 const struct hn_result *r, const char *kept)
{
	bool bad = hn_is_bad(r->verdict) || r->verdict == HN_FLAKY;

	console->done++;
	hn_counts_add(&console->counts, r->verdict);
	if (!console->live || bad) {
		hn_console_clear(console);
		verdict_line(console, label, r);
	}
	if (bad) {
		indented(console, &r->text);
		tail(console, &r->error);
		if (kept)
			fprintf(console->out, "      kept: %s\n", kept);
	}
	progress(console, label);
	fflush(console->out);
}
