/* SPDX-License-Identifier: MIT */
/* Which engine a run gets. */
#ifndef CB_API_ENGINE_H
#define CB_API_ENGINE_H

#include "linux/features.h"
#include "policy/policy.h"
#include "trace/engine.h"

/* Why that engine cannot work here (a constant string), or NULL: it can. */
const char *cb_engine_why_not(const struct cb_engine *engine, const struct cb_features *features);

/* What is asked for, or for `auto` what is there: notify, if signals cannot take its
 * calls away, else ptrace, else notify all the same. *why is a constant string that
 * says the reason of such a choice, NULL if there was none to make. */
const struct cb_engine *cb_engine_choose(enum cb_engine_name name,
					 const struct cb_features *features, const char **why);

#endif
