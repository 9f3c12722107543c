/* SPDX-License-Identifier: MIT */
/* A benchmark for the browser: made of its JSON alone, so that another page can
 * have it too. Needs no script and nothing from outside. */
#ifndef HN_BENCH_SECTION_H
#define HN_BENCH_SECTION_H

#include "base/buf.h"

#include <jansson.h>

/* Appends one <section class="bench"> with its own style: a plot of ratios with
 * their intervals, a table, and the verdicts that are not OK. `bench` is what
 * hn_bench_json() made (reports/bench.json); what is missing in it is left out. */
void hn_bench_section(struct cb_buf *out, const json_t *bench);

/* Appends a whole page with that section. */
void hn_bench_page(struct cb_buf *out, const json_t *bench);

#endif
