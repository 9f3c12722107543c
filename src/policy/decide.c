/* SPDX-License-Identifier: MIT */
/* The judgement: for each subject the last rule that matches, or the default
 * of its section: write and system are refused, read and net are allowed. */
#include "policy/policy.h"

#include "policy/rule.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/socket.h>

/* A directory rule does not cover taking away the directory itself. */
static bool tree_matches(const struct cb_rule *rule, const char *path, size_t len,
			 enum cb_effect effect)
{
	if (rule->len == 1) /* "/" */
		return true;
	if (len < rule->len || memcmp(path, rule->text, rule->len))
		return false;
	if (len > rule->len)
		return path[rule->len] == '/';
	return rule->verb != CB_VERB_ALLOW ||
	       (effect != CB_EFFECT_REMOVE && effect != CB_EFFECT_RENAME);
}

/* A match error counts against the action: it matches unless the rule allows. */
static bool regex_matches(const struct cb_rule *rule, struct cb_policy_scratch *scratch,
			  const char *text, size_t len, bool *error)
{
	int rc = pcre2_match(rule->regex, (PCRE2_SPTR)text, len, 0, 0, scratch->data,
			     scratch->limits);

	if (rc >= 0 || rc == PCRE2_ERROR_NOMATCH)
		return rc >= 0;
	*error = true;
	return rule->verb != CB_VERB_ALLOW;
}

static bool text_matches(const struct cb_rule *rule, enum cb_match how,
			 struct cb_policy_scratch *scratch, const char *text, size_t len,
			 enum cb_effect effect, bool *error)
{
	switch (how) {
	case CB_MATCH_TREE:
		return tree_matches(rule, text, len, effect);
	case CB_MATCH_REGEX:
		return regex_matches(rule, scratch, text, len, error);
	default:
		return len == rule->len && !memcmp(text, rule->text, len);
	}
}

static bool address_matches(const struct cb_rule *rule, struct cb_policy_scratch *scratch,
			    const struct cb_action *action, bool *error)
{
	const struct cb_address *a = action->address;

	switch (rule->match) {
	case CB_MATCH_ALL:
		return a->kind == CB_ADDRESS_INET || a->kind == CB_ADDRESS_INET6 ||
		       a->kind == CB_ADDRESS_OTHER;
	case CB_MATCH_LOOPBACK:
		/* connecting to the any-address means the loopback; binding it does not */
		return cb_address_is_loopback(a) ||
		       (action->effect == CB_EFFECT_CONNECT && cb_address_is_any(a));
	case CB_MATCH_NETWORK:
		return cb_network_contains(&rule->network, a);
	case CB_MATCH_UNIX:
		return a->kind == CB_ADDRESS_UNIX && action->subjects &&
		       text_matches(rule, rule->path_match, scratch, action->subject[0].real,
				    action->subject[0].len, action->effect, error);
	case CB_MATCH_ABSTRACT:
		return a->kind == CB_ADDRESS_ABSTRACT &&
		       text_matches(rule, rule->path_match, scratch, a->name, a->name_len,
				    action->effect, error);
	default:
		return false;
	}
}

static bool subject_matches(const struct cb_rule *rule, struct cb_policy_scratch *scratch,
			    const struct cb_action *action, int i, bool *error)
{
	const struct cb_subject *s = &action->subject[i];

	if (rule->match == CB_MATCH_OBJECT)
		return s->object & rule->object;
	return text_matches(rule, rule->match, scratch, s->real, s->len, action->effect, error);
}

static bool name_matches(const struct cb_rule *rule, const struct cb_action *action)
{
	return !strcmp(rule->text, action->name) ||
	       (action->group && !strcmp(rule->text, action->group));
}

/* The last rule of the section that matches subject i, or NULL. */
static const struct cb_rule *last_match(const struct cb_policy *policy,
					struct cb_policy_scratch *scratch,
					const struct cb_action *action, enum cb_class section,
					int i, bool *error)
{
	for (size_t n = policy->count; n-- > 0;) {
		const struct cb_rule *rule = &policy->rules[n];
		bool matches;

		if (rule->section != section ||
		    (rule->effects && !(rule->effects & (1u << action->effect))))
			continue;
		if (section == CB_CLASS_NET)
			matches = address_matches(rule, scratch, action, error);
		else if (section == CB_CLASS_SYSTEM)
			matches = name_matches(rule, action);
		else
			matches = subject_matches(rule, scratch, action, i, error);
		if (matches)
			return rule;
	}
	return NULL;
}

/* Does the regex match something below the directory, whatever is there? What may
 * still match when more follows is a partial match (pcre2partial(3)). */
static bool may_match_below(const struct cb_rule *rule, struct cb_policy_scratch *scratch,
			    const struct cb_subject *s)
{
	char path[PATH_MAX + 1];
	int rc;

	if (s->len >= PATH_MAX || !scratch)
		return true;
	memcpy(path, s->real, s->len);
	path[s->len] = '/';
	rc = pcre2_match(rule->regex, (PCRE2_SPTR)path, s->len + 1, 0, PCRE2_PARTIAL_SOFT,
			 scratch->data, scratch->limits);
	if (rc == PCRE2_ERROR_NOMATCH)
		return false;
	/* what starts behind the directory's name matches wherever that is moved */
	return (rc < 0 && rc != PCRE2_ERROR_PARTIAL) ||
	       pcre2_get_ovector_pointer(scratch->data)[0] < s->len;
}

static bool covers(const struct cb_rule *rule, const struct cb_subject *s)
{
	return rule->verb == CB_VERB_ALLOW && rule->match == CB_MATCH_TREE && !rule->effects &&
	       tree_matches(rule, s->real, s->len, CB_EFFECT_WRITE);
}

/* Moving a directory takes along what is refused below it, to where no rule
 * refuses it, or brings something to where it is refused: so the move is refused,
 * by the rule about what is below. */
static const struct cb_rule *refused_below(const struct cb_policy *policy,
					   struct cb_policy_scratch *scratch,
					   const struct cb_action *action, int i, bool *error)
{
	const struct cb_subject *s = &action->subject[i];

	for (size_t n = policy->count; n-- > 0;) {
		const struct cb_rule *rule = &policy->rules[n], *last;
		struct cb_action below = { .effect = CB_EFFECT_WRITE, .subjects = 1 };

		if (rule->section != CB_CLASS_WRITE)
			continue;
		if (covers(rule, s)) /* whatever was refused before is allowed again */
			return NULL;
		if (rule->verb == CB_VERB_ALLOW)
			continue;
		if (rule->match == CB_MATCH_REGEX && may_match_below(rule, scratch, s))
			return rule;
		if ((rule->match != CB_MATCH_PATH && rule->match != CB_MATCH_TREE) ||
		    rule->len <= s->len || memcmp(rule->text, s->real, s->len) ||
		    rule->text[s->len] != '/')
			continue;
		below.subject[0] = (struct cb_subject){ rule->text, rule->len, 0 };
		last = last_match(policy, scratch, &below, CB_CLASS_WRITE, 0, error);
		if (last == rule &&
		    (!action->moves || action->moves(action->ctx, i, rule->text + s->len)))
			return rule;
	}
	return NULL;
}

/* Adds what one section says of one subject to the verdict; a violation
 * outweighs an expected denial, and the first of a kind stays. */
static void judge(const struct cb_policy *policy, struct cb_policy_scratch *scratch,
		  const struct cb_action *action, enum cb_class section, int i,
		  struct cb_verdict *v)
{
	bool denies_by_default = section == CB_CLASS_WRITE || section == CB_CLASS_SYSTEM;
	const struct cb_rule *rule =
		last_match(policy, scratch, action, section, i, &v->match_error);
	bool deny = rule ? rule->verb != CB_VERB_ALLOW : denies_by_default;
	bool expected;

	if (!deny && action->moves_tree) {
		const struct cb_rule *below =
			refused_below(policy, scratch, action, i, &v->match_error);

		deny = below != NULL;
		rule = below ? below : rule;
	}
	expected = deny && rule && rule->verb == CB_VERB_EXPECT;
	if (!deny) {
		if (!v->deny)
			v->rule = rule ? rule->origin : "no match";
		return;
	}
	if (v->deny && (!v->expected || expected))
		return;
	v->deny = true;
	v->expected = expected;
	v->refused = i;
	v->rule = rule ? rule->origin : "no match";
	v->error = section == CB_CLASS_SYSTEM ? EPERM : policy->settings.deny_errno;
}

/* socket(): refused when no address of the family could be allowed. */
static void judge_family(const struct cb_policy *policy, const struct cb_action *action,
			 struct cb_verdict *v)
{
	bool inet = action->family == AF_INET || action->family == AF_INET6;

	if (action->family == AF_UNIX || action->family == AF_NETLINK)
		return;
	if (inet ? policy->inet_possible : policy->other_possible)
		return;
	v->deny = true;
	v->error = policy->settings.deny_errno;
	for (size_t n = policy->count; n-- > 0;) {
		const struct cb_rule *rule = &policy->rules[n];

		if (rule->section == CB_CLASS_NET && rule->match == CB_MATCH_ALL) {
			v->rule = rule->origin;
			v->expected = rule->verb == CB_VERB_EXPECT;
			return;
		}
	}
}

void cb_policy_decide(const struct cb_policy *policy, struct cb_policy_scratch *scratch,
		      const struct cb_action *action, struct cb_verdict *verdict)
{
	enum cb_class section = cb_effect_class(action->effect);

	*verdict = (struct cb_verdict){ .rule = "no match" };
	if (action->effect == CB_EFFECT_DEVICE)
		judge(policy, scratch, action, CB_CLASS_SYSTEM, 0, verdict);
	if (section == CB_CLASS_NET) {
		if (!action->address)
			judge_family(policy, action, verdict);
		else
			judge(policy, scratch, action, section, 0, verdict);
		return;
	}
	if (section == CB_CLASS_SYSTEM) {
		judge(policy, scratch, action, section, 0, verdict);
		return;
	}
	for (int i = 0; i < action->subjects; i++)
		judge(policy, scratch, action, section, i, verdict);
}

bool cb_policy_allows_system(const struct cb_policy *policy, const char *name,
			     const char *group)
{
	struct cb_action action = { .effect = CB_EFFECT_SYSTEM, .name = name, .group = group };
	struct cb_verdict verdict;

	cb_policy_decide(policy, NULL, &action, &verdict);
	return !verdict.deny;
}
