/* SPDX-License-Identifier: MIT */
/* The environment that a command starts with. */
#ifndef CB_TRACE_ENVIRONMENT_H
#define CB_TRACE_ENVIRONMENT_H

/* A copy of env in which the sanitizers are told not to look for leaks, which
 * they do by ptrace(2): detect_leaks=0 at the end of ASAN_OPTIONS, LSAN_OPTIONS
 * and HWASAN_OPTIONS. One block of memory, owned by the caller: free it. */
char **cb_environment_without_leak_checks(char *const *env);

#endif
