/* SPDX-License-Identifier: MIT */
/* The machine that figures are from, as far as it makes them what they are. */
#ifndef HN_MACHINE_H
#define HN_MACHINE_H

#include <stdbool.h>

enum hn_machine_trait {
	HN_MACHINE_CPU,
	HN_MACHINE_CORES,    /* that may be used */
	HN_MACHINE_KERNEL,   /* its first two numbers */
	HN_MACHINE_COMPILER, /* that made catbox */
	HN_MACHINE_FLAGS,    /* with which it did */
	HN_MACHINE_TRAITS
};

struct hn_machine {
	char *trait[HN_MACHINE_TRAITS]; /* "unknown" if it is; owned */
};

/* The name of a trait in baselines and reports. */
const char *hn_machine_trait_name(enum hn_machine_trait trait);

/* This machine, and the catbox at that path: the file build-info beside it says
 * how it was compiled. */
void hn_machine_here(struct hn_machine *machine, const char *catbox);
void hn_machine_destroy(struct hn_machine *machine);

/* The first trait of a set (bits 1 << trait) in which they differ, or
 * HN_MACHINE_TRAITS. A missing trait (NULL) differs from every other. */
enum hn_machine_trait hn_machine_differ(const struct hn_machine *a, const struct hn_machine *b,
					unsigned set);

#define HN_MACHINE_ALL ((1u << HN_MACHINE_TRAITS) - 1)

#endif
