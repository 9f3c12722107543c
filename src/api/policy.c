/* SPDX-License-Identifier: MIT */
/* Policies for callers of the library. */
#include "api/internal.h"

#include "base/cleanup.h"
#include "linux/syscalls.h"
#include "policy/file.h"
#include "policy/rule.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int catbox_error_out(struct catbox_error *out, const struct cb_error *in)
{
	if (out) {
		out->code = in->code;
		snprintf(out->message, sizeof out->message, "%s", in->message);
	}
	return -in->code;
}

catbox_policy *catbox_policy_new(void)
{
	catbox_policy *policy = cb_calloc(1, sizeof *policy);

	policy->rules = cb_policy_new();
	return policy;
}

void catbox_policy_free(catbox_policy *policy)
{
	if (!policy)
		return;
	cb_policy_free(policy->rules);
	free(policy);
}

void catbox_policy_set(catbox_policy *policy, const char *name, const char *value)
{
	cb_policy_set(policy->rules, name, value);
}

int catbox_policy_load(catbox_policy *policy, const char *path, char **complaints,
		       struct catbox_error *err)
{
	CB_AUTO_BUF struct cb_buf lines = CB_BUF_INIT;
	struct cb_error inner = { 0 };
	int rc = cb_policy_load(policy->rules, path, cb_syscall_is_system_name, &lines, &inner);

	*complaints = lines.len ? cb_buf_steal(&lines) : NULL;
	return rc ? catbox_error_out(err, &inner) : 0;
}

int catbox_policy_load_text(catbox_policy *policy, const char *name, const char *text,
			    size_t length, char **complaints, struct catbox_error *err)
{
	CB_AUTO_BUF struct cb_buf lines = CB_BUF_INIT;
	struct cb_error inner = { 0 };
	int rc = cb_policy_parse(policy->rules, name, text, length, cb_syscall_is_system_name,
				 &lines, &inner);

	*complaints = lines.len ? cb_buf_steal(&lines) : NULL;
	return rc ? catbox_error_out(err, &inner) : 0;
}

int catbox_policy_write(catbox_policy *policy, const char *path, const char *origin,
			struct catbox_error *err)
{
	struct cb_error inner = { 0 };
	int rc = cb_policy_add_writable(policy->rules, path, origin, &inner);

	return rc ? catbox_error_out(err, &inner) : 0;
}

int catbox_policy_default(catbox_policy *policy, struct catbox_error *err)
{
	struct cb_error inner = { 0 };
	int rc = cb_policy_add_default(policy->rules, &inner);

	return rc ? catbox_error_out(err, &inner) : 0;
}

int catbox_policy_net(catbox_policy *policy, const char *mode, struct catbox_error *err)
{
	struct cb_error inner = { 0 };
	int rc = cb_policy_add_net_mode(policy->rules, mode, &inner);

	return rc ? catbox_error_out(err, &inner) : 0;
}

int catbox_policy_log(catbox_policy *policy, const char *events, struct catbox_error *err)
{
	struct cb_settings *s = cb_policy_settings(policy->rules);
	struct cb_error inner = { 0 };

	if (!strcmp(events, "reads"))
		s->log_reads = true;
	else if (!strcmp(events, "exec"))
		s->log_exec = true;
	else if (!strcmp(events, "net"))
		s->log_net = true;
	else if (!strcmp(events, "processes"))
		s->log_processes = true;
	else if (strcmp(events, "violations") && strcmp(events, "faked")) /* always are */
		cb_error(&inner, EINVAL, "unknown class of events '%s' (violations, reads, exec, "
			 "net, processes, faked)", events);
	return inner.code ? catbox_error_out(err, &inner) : 0;
}

int catbox_policy_fake(catbox_policy *policy, const char *list, unsigned flags,
		       struct catbox_error *err)
{
	struct cb_settings *s = cb_policy_settings(policy->rules);
	struct cb_error inner = { 0 };
	int rc = list ? cb_policy_set_fake(policy->rules, list, &inner) : 0;

	s->real_owner |= flags & CATBOX_REAL_OWNER;
	s->unconfined |= flags & CATBOX_UNCONFINED;
	return rc ? catbox_error_out(err, &inner) : 0;
}

int catbox_policy_on_violation(catbox_policy *policy, const char *what,
			       struct catbox_error *err)
{
	struct cb_settings *s = cb_policy_settings(policy->rules);
	struct cb_error inner = { 0 };

	if (!strcmp(what, "deny"))
		s->on_violation = CB_ON_VIOLATION_DENY;
	else if (!strcmp(what, "collect"))
		s->on_violation = CB_ON_VIOLATION_COLLECT;
	else if (!strcmp(what, "stop"))
		s->on_violation = CB_ON_VIOLATION_STOP;
	else
		cb_error(&inner, EINVAL, "on a violation: '%s' is none of deny, collect, stop", what);
	return inner.code ? catbox_error_out(err, &inner) : 0;
}

int catbox_policy_engine(catbox_policy *policy, const char *name, struct catbox_error *err)
{
	struct cb_settings *s = cb_policy_settings(policy->rules);
	struct cb_error inner = { 0 };

	if (!strcmp(name, "ptrace"))
		s->engine = CB_ENGINE_PTRACE;
	else if (!strcmp(name, "notify"))
		s->engine = CB_ENGINE_NOTIFY;
	else if (!strcmp(name, "auto"))
		s->engine = CB_ENGINE_AUTO;
	else
		cb_error(&inner, EINVAL, "engine: '%s' is none of ptrace, notify, auto", name);
	return inner.code ? catbox_error_out(err, &inner) : 0;
}

void catbox_policy_freeze(catbox_policy *policy)
{
	if (policy->frozen)
		return;
	cb_policy_freeze(policy->rules);
	policy->frozen = true;
}

/* Fills the address of an action from text: unix:, abstract:, or ip:port. */
static int parse_address(struct cb_address *a, const char *text, struct cb_error *err)
{
	struct cb_network n;
	int rc;

	memset(a, 0, sizeof *a);
	if (!strncmp(text, "unix:", 5) || !strncmp(text, "abstract:", 9)) {
		const char *name = strchr(text, ':') + 1;

		a->kind = *text == 'u' ? CB_ADDRESS_UNIX : CB_ADDRESS_ABSTRACT;
		a->name_len = strnlen(name, sizeof a->name);
		memcpy(a->name, name, a->name_len);
		return 0;
	}
	rc = cb_network_parse(&n, text, err);
	if (rc)
		return rc;
	a->kind = n.kind;
	a->port = n.port < 0 ? 0 : (uint16_t)n.port;
	memcpy(a->ip, n.ip, sizeof a->ip);
	return 0;
}

static int make_action(struct cb_action *action, struct cb_address *address, const char *effect,
		       const char *subject, struct cb_buf *real, struct cb_error *err)
{
	const char *path = subject;
	int rc;

	*action = (struct cb_action){ .effect = cb_effect_from_name(effect), .name = "mknod" };
	switch (cb_effect_class(action->effect)) {
	case CB_CLASS_NONE:
		return cb_error(err, EINVAL, "unknown effect '%s'", effect);
	case CB_CLASS_SYSTEM:
		if (!cb_syscall_is_system_name(subject))
			return cb_error(err, EINVAL, "no system call or group is called '%s'", subject);
		action->name = subject;
		action->group = cb_syscall_by_name(subject) ? cb_syscall_by_name(subject)->group : NULL;
		return 0;
	case CB_CLASS_NET:
		rc = parse_address(address, subject, err);
		if (rc)
			return rc;
		action->address = address;
		if (address->kind != CB_ADDRESS_UNIX)
			return 0;
		path = subject + 5;
		if (action->effect == CB_EFFECT_BIND) { /* a path socket is made as a file is */
			action->effect = CB_EFFECT_CREATE;
			action->address = NULL;
		}
		break;
	default:
		break;
	}
	if (*path != '/')
		return cb_error(err, EINVAL, "the path is not absolute: '%s'", path);
	cb_canonical_literal(path, real);
	action->subjects = 1;
	action->subject[0] = (struct cb_subject){ real->data, real->len, 0 };
	return 0;
}

int catbox_policy_decide(catbox_policy *policy, const char *effect, const char *subject,
			 struct catbox_verdict *verdict, struct catbox_error *err)
{
	CB_AUTO_BUF struct cb_buf real = CB_BUF_INIT;
	struct cb_policy_scratch *scratch;
	struct cb_error inner = { 0 };
	struct cb_address address;
	struct cb_action action;
	struct cb_verdict v;
	int rc = make_action(&action, &address, effect, subject, &real, &inner);

	if (rc)
		return catbox_error_out(err, &inner);
	catbox_policy_freeze(policy);
	scratch = cb_policy_scratch_new(policy->rules);
	cb_policy_decide(policy->rules, scratch, &action, &v);
	cb_policy_scratch_free(scratch);
	verdict->deny = v.deny;
	verdict->expected = v.expected;
	snprintf(verdict->rule, sizeof verdict->rule, "%s", v.rule);
	return 0;
}
