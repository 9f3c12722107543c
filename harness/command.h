/* SPDX-License-Identifier: MIT */
/* The commands of catbox-harness: one file each. */
#ifndef HN_COMMAND_H
#define HN_COMMAND_H

/* What the program's exit status says. */
enum hn_exit {
	HN_EXIT_OK = 0,
	HN_EXIT_FAILED = 1,
	HN_EXIT_USAGE = 2,      /* or a suite that is no suite */
	HN_EXIT_PERF = 3,       /* nothing but performance got worse */
	HN_EXIT_NO_SANDBOX = 4, /* this machine cannot sandbox */
	HN_EXIT_NOTHING = 5,    /* nothing selected */
	HN_EXIT_SIGNAL = 128,   /* plus the signal's number */
};

/* argv[0] is the command's name. */
int hn_command_run(int argc, char *argv[]);
int hn_command_list(int argc, char *argv[]);
int hn_command_merge(int argc, char *argv[]);
int hn_command_explain(int argc, char *argv[]);
int hn_command_init(int argc, char *argv[]);
int hn_command_bench(int argc, char *argv[]);

/* A line on stderr that says what is wrong with the command line; returns
 * HN_EXIT_USAGE. */
int hn_usage_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
