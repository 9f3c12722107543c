/* SPDX-License-Identifier: MIT */
/* Errors that carry a sentence. Making one returns its code, so that failing
 * is one expression: `return cb_error(err, ENOENT, "no such rule: '%s'", s);` */
#ifndef CB_BASE_ERROR_H
#define CB_BASE_ERROR_H

#define CB_ERROR_MAX 1024

struct cb_error {
	int code;                   /* positive errno value; 0 = no error */
	char message[CB_ERROR_MAX]; /* one sentence without newline, names the value */
};

/* Writes the sentence into *err (which may be NULL) and returns -code. */
int cb_error(struct cb_error *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* As cb_error, and appends ": " and the text of errno, whose negative it
 * returns (-EIO if errno is 0). */
int cb_error_sys(struct cb_error *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
