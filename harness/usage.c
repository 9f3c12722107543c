/* SPDX-License-Identifier: MIT */
/* Complaints about the command line. */
#include "command.h"

#include <stdarg.h>
#include <stdio.h>

int hn_usage_error(const char *fmt, ...)
{
	va_list ap;

	fputs("catbox-harness: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputs(" (see catbox-harness --help)\n", stderr);
	return HN_EXIT_USAGE;
}
