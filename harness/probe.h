/* SPDX-License-Identifier: MIT */
/* What a case may require of the machine. Answers are asked once a run. */
#ifndef HN_PROBE_H
#define HN_PROBE_H

#include "base/error.h"

/* The PATH of every case; programs are looked for there. */
#define HN_CASE_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* Answers already got; NULL is an empty one. */
struct hn_probes;

struct hn_probes *hn_probes_new(void);
void hn_probes_free(struct hn_probes *probes);

/* 0 if `requirement` is well-formed and known. */
int hn_probe_check(const char *requirement, struct cb_error *err);

/* NULL if the machine meets it, else why not (borrowed until the free). */
const char *hn_probe_ask(struct hn_probes *probes, const char *requirement);

#endif
