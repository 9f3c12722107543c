/* SPDX-License-Identifier: MIT */
/* Formats error sentences. Knows nothing of what failed. */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int cb_error(struct cb_error *err, int code, const char *fmt, ...)
{
	if (err) {
		va_list ap;

		err->code = code;
		va_start(ap, fmt);
		vsnprintf(err->message, sizeof err->message, fmt, ap);
		va_end(ap);
	}
	return -code;
}

int cb_error_sys(struct cb_error *err, const char *fmt, ...)
{
	int code = errno ? errno : EIO;

	if (err) {
		va_list ap;
		size_t used;

		err->code = code;
		va_start(ap, fmt);
		vsnprintf(err->message, sizeof err->message, fmt, ap);
		va_end(ap);
		used = strlen(err->message);
		snprintf(err->message + used, sizeof err->message - used, ": %s",
			 strerrordesc_np(code) ? strerrordesc_np(code) : "unknown error");
	}
	return -code;
}
