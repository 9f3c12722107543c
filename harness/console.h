/* SPDX-License-Identifier: MIT */
/* What people see of a run: one line a case, or on a terminal a line that moves
 * along and only what is not well. */
#ifndef HN_CONSOLE_H
#define HN_CONSOLE_H

#include "result.h"

#include <stdbool.h>
#include <stdio.h>

struct hn_console {
	FILE *out;     /* borrowed */
	bool live;     /* a progress line; else one line a case */
	bool colour;
	size_t total;  /* cases of the run */
	size_t done;
	struct hn_counts counts;
};

/* Live on a terminal, unless CI is set or TERM is dumb; NO_COLOR is respected. */
void hn_console_init(struct hn_console *console, FILE *out, size_t total);
void hn_console_started(struct hn_console *console, const char *label);

/* `kept` (may be NULL) is where the case's directories are. */
void hn_console_finished(struct hn_console *console, const char *label,
			 const struct hn_result *result, const char *kept);

/* Takes the progress line away. */
void hn_console_clear(struct hn_console *console);

#endif
