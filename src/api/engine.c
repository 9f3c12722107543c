/* SPDX-License-Identifier: MIT */
/* Chooses between the engines by what the kernel offers to this process. */
#include "api/engine.h"

#include "linux/notify.h"

const char *cb_engine_why_not(const struct cb_engine *engine, const struct cb_features *features)
{
	struct cb_notify_features notify;
	const char *why_not;

	if (engine->traces) {
		if (features->tracer)
			return "this process is itself traced";
		if (features->yama_scope > 1)
			return "Yama forbids to trace (/proc/sys/kernel/yama/ptrace_scope)";
		return NULL;
	}
	cb_notify_probe(&notify, &why_not);
	if (!why_not && features->yama_scope > 1)
		return "Yama forbids to look into other processes (/proc/sys/kernel/yama/ptrace_scope)";
	return why_not;
}

static const struct cb_engine *choose_auto(const struct cb_features *features, const char **why)
{
	const char *no_notify, *no_ptrace = cb_engine_why_not(&cb_engine_ptrace, features);
	struct cb_notify_features notify;

	cb_notify_probe(&notify, &no_notify);
	if (!no_notify && notify.wait_killable) {
		*why = "auto: notify is to be had, and costs less";
		return &cb_engine_notify;
	}
	if (no_notify) {
		*why = no_notify;
		return &cb_engine_ptrace;
	}
	*why = no_ptrace ? no_ptrace : "auto: signals would take calls away from notify before Linux 5.19";
	return no_ptrace ? &cb_engine_notify : &cb_engine_ptrace;
}

const struct cb_engine *cb_engine_choose(enum cb_engine_name name,
					 const struct cb_features *features, const char **why)
{
	*why = NULL;
	switch (name) {
	case CB_ENGINE_NOTIFY:
		return &cb_engine_notify;
	case CB_ENGINE_AUTO:
		return choose_auto(features, why);
	case CB_ENGINE_PTRACE:
		break;
	}
	return &cb_engine_ptrace;
}
