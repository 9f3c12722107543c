/* SPDX-License-Identifier: MIT */
/* What the tests of the public library share. */
#ifndef API_TEST_H
#define API_TEST_H

#include <catbox.h>

#include <stdarg.h>
#include <sys/types.h>

/* Prints the line of one test and counts it. */
void ok(bool fine, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A run with the usual policy, if the options have none; what it says goes to `error`. */
int run(struct catbox_options *o, struct catbox_result *result);
extern struct catbox_error error; /* of the last run */

/* A policy under which the current directory may be written. */
catbox_policy *usual_policy(void);

/* A function for a run: its status is 7. */
int seven(void *arg);

bool there(const char *path);
int open_descriptors(void);

/* Waits up to 5 s; a zombie is dead. */
bool is_dead(pid_t pid);

/* The number in a file, which is waited for. */
pid_t read_pid(const char *path);

void test_caller(void);
void test_threads(void (*of_sigchld)(int), const char *name);
void test_ends(void);
void test_killed(void);
void test_hooks(void);
void test_hook_commands(void);

#endif
