/* SPDX-License-Identifier: MIT */
/* From rules to directories. What a rule allows must lie below a directory that
 * is told; where that is more than the rule allows, it is told as a gap. */
#include "policy/reach.h"

#include "base/cleanup.h"
#include "policy/rule.h"

#include <ctype.h>
#include <string.h>
#include <sys/stat.h>

static bool exists(const char *path)
{
	struct stat st;

	return !lstat(path, &st);
}

static void to_parent(struct cb_buf *path)
{
	const char *slash = strrchr(path->data, '/');

	cb_buf_truncate(path, slash == path->data ? 1 : (size_t)(slash - path->data));
}

/* Whether all that the allow rule `i` matches is refused by one literal rule
 * further down. */
static bool taken_back(const struct cb_policy *policy, size_t i)
{
	const struct cb_rule *allow = &policy->rules[i];

	if (allow->match != CB_MATCH_PATH && allow->match != CB_MATCH_TREE)
		return false;
	for (size_t n = i + 1; n < policy->count; n++) {
		const struct cb_rule *r = &policy->rules[n];

		if (r->section != CB_CLASS_WRITE || r->verb == CB_VERB_ALLOW)
			continue;
		if (r->match == CB_MATCH_TREE && allow->len >= r->len &&
		    !memcmp(allow->text, r->text, r->len) &&
		    (r->len == 1 || allow->len == r->len || allow->text[r->len] == '/'))
			return true;
		if (r->match == CB_MATCH_PATH && allow->match == CB_MATCH_PATH &&
		    !strcmp(allow->text, r->text))
			return true;
	}
	return false;
}

/* --- regexes */

/* Whether the regex has a `|` outside all groups. Counts as one when in doubt. */
static bool has_alternatives(const char *p)
{
	int depth = 0;

	for (; *p; p++) {
		if (*p == '\\' && p[1] == 'Q')
			return true;
		if (*p == '\\' && p[1]) {
			p++;
		} else if (*p == '[') {
			if (p[1] == '^')
				p++;
			if (p[1] == ']')
				p++;
			for (p++; *p && *p != ']'; p++)
				if (*p == '\\' && p[1])
					p++;
				else if (*p == '[')
					return true;
			if (!*p)
				return true;
		} else if (*p == '(') {
			depth++;
		} else if (*p == ')') {
			depth--;
		} else if (*p == '|' && depth <= 0) {
			return true;
		}
	}
	return false;
}

void cb_regex_directory(const char *pattern, bool anchored, struct cb_buf *out)
{
	const char *p = pattern + 1;

	cb_buf_sets(out, "/");
	if (!anchored || *pattern != '^' || strstr(pattern, "(?") ||
	    strstr(pattern, "(*") || has_alternatives(pattern))
		return;
	cb_buf_clear(out);
	for (; *p; p++) {
		if (*p == '\\' && p[1] && !isalnum((unsigned char)p[1]))
			p++;
		else if (strchr("\\^$.[|()?*+{", *p))
			break;
		cb_buf_addc(out, *p);
	}
	/* a quantifier is about the character before it */
	if (*p && strchr("?*+{", *p) && out->len)
		cb_buf_truncate(out, out->len - 1);
	if (!out->len || *out->data != '/')
		cb_buf_sets(out, "/");
	to_parent(out);
}

static bool is_anchored(const struct cb_rule *rule)
{
	uint32_t options = 0;

	pcre2_pattern_info(rule->regex, PCRE2_INFO_ALLOPTIONS, &options);
	return options & PCRE2_ANCHORED;
}

/* --- rules */

/* Tells `path`, or what exists above it. */
static void allow_nearest(const struct cb_reach_sink *sink, const struct cb_rule *rule,
			  struct cb_buf *path, const char *why)
{
	CB_AUTO_BUF struct cb_buf text = CB_BUF_INIT;

	while (!exists(path->data) && path->len > 1) {
		to_parent(path);
		why = "does not exist yet";
	}
	sink->allow(sink->ctx, path->data, false);
	if (!why)
		return;
	cb_buf_addf(&text, "%s, so that all of %s may change", why, path->data);
	sink->gap(sink->ctx, rule->origin, rule->text, text.data);
}

static void tell_allowed(const struct cb_reach_sink *sink, const struct cb_rule *rule)
{
	CB_AUTO_BUF struct cb_buf path = CB_BUF_INIT;
	const char *why = NULL;

	switch (rule->match) {
	case CB_MATCH_OBJECT:
		if (rule->object & CB_OBJECT_OWN_PROC)
			sink->allow(sink->ctx, "/proc", true);
		return;
	case CB_MATCH_TREE:
		cb_buf_sets(&path, rule->text);
		break;
	case CB_MATCH_PATH: /* it may be removed and made again */
		cb_buf_sets(&path, rule->text);
		to_parent(&path);
		why = "is one path";
		break;
	case CB_MATCH_REGEX:
		cb_regex_directory(rule->text, is_anchored(rule), &path);
		why = "is a regex";
		break;
	default:
		return;
	}
	allow_nearest(sink, rule, &path, why);
}

/* Built-in rules name devices and speak of their contents alone. */
static void tell_rule(const struct cb_reach_sink *sink, const struct cb_rule *rule)
{
	if (!rule->effects || rule->match == CB_MATCH_OBJECT)
		tell_allowed(sink, rule);
	else if (exists(rule->text))
		sink->allow(sink->ctx, rule->text, true);
}

/* A denial matters here if something before it allows what it refuses. */
static bool follows_an_allow(const struct cb_policy *policy, size_t i)
{
	const struct cb_rule *deny = &policy->rules[i];

	for (size_t n = 0; n < i; n++) {
		const struct cb_rule *r = &policy->rules[n];

		if (r->section != CB_CLASS_WRITE || r->verb != CB_VERB_ALLOW || r->effects ||
		    r->match == CB_MATCH_OBJECT || taken_back(policy, n))
			continue;
		if (deny->match == CB_MATCH_REGEX || r->match == CB_MATCH_REGEX)
			return true;
		if (r->len == 1 || (deny->len >= r->len && !memcmp(deny->text, r->text, r->len) &&
				    (deny->len == r->len || deny->text[r->len] == '/')))
			return true;
	}
	return false;
}

void cb_policy_reach(const struct cb_policy *policy, const struct cb_reach_sink *sink)
{
	for (size_t i = 0; i < policy->count; i++) {
		const struct cb_rule *rule = &policy->rules[i];

		if (rule->section != CB_CLASS_WRITE)
			continue;
		if (rule->verb == CB_VERB_ALLOW) {
			if (!taken_back(policy, i))
				tell_rule(sink, rule);
		} else if (rule->match != CB_MATCH_OBJECT && follows_an_allow(policy, i)) {
			sink->gap(sink->ctx, rule->origin, rule->text,
				  "is refused below a directory that may change");
		}
	}
}

static bool matches_everything(const struct cb_rule *rule)
{
	static const char *const all[] = { "", ".", ".*", ".+", "^", "^.", "^.*", "^.*$" };

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (rule->path_match == CB_MATCH_REGEX && !strcmp(rule->text, all[i]))
			return true;
	return false;
}

bool cb_policy_refuses_abstract(const struct cb_policy *policy)
{
	for (size_t i = policy->count; i-- > 0;) {
		const struct cb_rule *rule = &policy->rules[i];

		if (rule->section != CB_CLASS_NET || rule->match != CB_MATCH_ABSTRACT)
			continue;
		if (rule->verb == CB_VERB_ALLOW)
			return false;
		if (matches_everything(rule))
			return true;
	}
	return false;
}
