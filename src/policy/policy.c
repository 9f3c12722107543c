/* SPDX-License-Identifier: MIT */
/* Collects rules and settings. Judging is in decide.c. */
#include "policy/policy.h"

#include "base/cleanup.h"
#include "policy/rule.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define MATCH_LIMIT 1000000u /* steps of one regex on one path */
#define HEAP_LIMIT 20000u    /* KiB */
#define EFFECT(e) (1u << CB_EFFECT_##e)

struct cb_rule *cb_policy_append(struct cb_policy *policy, enum cb_class section,
				 enum cb_verb verb, const char *origin)
{
	struct cb_rule *rule;

	policy->rules = cb_realloc(policy->rules, (policy->count + 1) * sizeof *rule);
	rule = &policy->rules[policy->count++];
	memset(rule, 0, sizeof *rule);
	rule->section = section;
	rule->verb = verb;
	rule->origin = cb_strdup(origin);
	return rule;
}

/* Devices that any process may write to, and what belongs to the process. */
static void add_built_in(struct cb_policy *policy)
{
	static const char *const devices[] = {
		"/dev/null", "/dev/zero", "/dev/full",	 "/dev/tty",
		"/dev/ptmx", "/dev/random", "/dev/urandom", "/dev/pts",
	};
	struct cb_rule *rule;

	for (size_t i = 0; i < sizeof devices / sizeof *devices; i++) {
		rule = cb_policy_append(policy, CB_CLASS_WRITE, CB_VERB_ALLOW, "built-in");
		rule->match = strcmp(devices[i], "/dev/pts") ? CB_MATCH_PATH : CB_MATCH_TREE;
		rule->text = cb_strdup(devices[i]);
		rule->len = strlen(devices[i]);
		rule->effects = EFFECT(WRITE) | EFFECT(TIME); /* touch /dev/null */
	}
	rule = cb_policy_append(policy, CB_CLASS_WRITE, CB_VERB_ALLOW, "built-in");
	rule->match = CB_MATCH_OBJECT;
	rule->object = CB_OBJECT_UNNAMED;
	rule = cb_policy_append(policy, CB_CLASS_WRITE, CB_VERB_ALLOW, "built-in");
	rule->match = CB_MATCH_OBJECT;
	rule->object = CB_OBJECT_OWN_PROC | CB_OBJECT_INHERITED;
	rule->effects = EFFECT(WRITE);
}

struct cb_policy *cb_policy_new(void)
{
	struct cb_policy *policy = cb_calloc(1, sizeof *policy);

	policy->settings.deny_errno = EACCES;
	add_built_in(policy);
	return policy;
}

void cb_policy_free(struct cb_policy *policy)
{
	if (!policy)
		return;
	for (size_t i = 0; i < policy->count; i++)
		cb_rule_destroy(&policy->rules[i]);
	for (size_t i = 0; i < policy->var_count; i++) {
		free(policy->vars[i].name);
		free(policy->vars[i].value);
	}
	free(policy->vars);
	free(policy->rules);
	free(policy);
}

void cb_policy_set(struct cb_policy *policy, const char *name, const char *value)
{
	policy->vars = cb_realloc(policy->vars, (policy->var_count + 1) * sizeof *policy->vars);
	policy->vars[policy->var_count].name = cb_strdup(name);
	policy->vars[policy->var_count++].value = cb_strdup(value);
}

struct cb_settings *cb_policy_settings(struct cb_policy *policy)
{
	return &policy->settings;
}

const struct cb_settings *cb_policy_settings_of(const struct cb_policy *policy)
{
	return &policy->settings;
}

int cb_policy_add(struct cb_policy *policy, enum cb_class section, enum cb_verb verb,
		  const char *text, const char *origin, struct cb_error *err)
{
	CB_AUTO_BUF struct cb_buf expanded = CB_BUF_INIT;
	const char *regex = strchr(text, '~');
	bool quote = regex && (regex == text || regex[-1] == ':');
	struct cb_rule rule = { .section = section, .verb = verb };
	int rc;

	if (section == CB_CLASS_SYSTEM)
		cb_buf_sets(&expanded, text);
	else if ((rc = cb_policy_expand(policy, text, quote, &expanded, err)))
		return rc;
	rc = cb_rule_parse(&rule, expanded.data, err);
	if (rc) {
		cb_rule_destroy(&rule);
		return rc;
	}
	rule.origin = cb_strdup(origin);
	policy->rules = cb_realloc(policy->rules, (policy->count + 1) * sizeof rule);
	policy->rules[policy->count++] = rule;
	return 0;
}

int cb_policy_add_writable(struct cb_policy *policy, const char *path, const char *origin,
			   struct cb_error *err)
{
	CB_AUTO_BUF struct cb_buf full = CB_BUF_INIT;
	CB_AUTO_BUF struct cb_buf real = CB_BUF_INIT;
	CB_AUTO_FREE char *cwd = NULL;
	struct cb_rule *rule;
	struct stat st;

	if (!*path)
		return cb_error(err, EINVAL, "a writable path is empty");
	if (*path == '~')
		return cb_policy_add(policy, CB_CLASS_WRITE, CB_VERB_ALLOW, path, origin, err);
	if (*path != '/') {
		cwd = getcwd(NULL, 0);
		if (!cwd)
			return cb_error_sys(err, "'%s': no current directory", path);
		cb_buf_addf(&full, "%s/", cwd);
	}
	cb_buf_adds(&full, path);
	rule = cb_policy_append(policy, CB_CLASS_WRITE, CB_VERB_ALLOW, origin);
	if (path[strlen(path) - 1] == '/' || (!stat(full.data, &st) && S_ISDIR(st.st_mode)))
		rule->match = CB_MATCH_TREE;
	else
		rule->match = CB_MATCH_PATH;
	cb_canonical_literal(full.data, &real);
	rule->len = real.len;
	rule->text = cb_buf_steal(&real);
	return 0;
}

int cb_policy_add_default(struct cb_policy *policy, struct cb_error *err)
{
	static const char *const dirs[] = { ".", "/tmp/", "/var/tmp/", "/dev/shm/" };
	const char *tmp = getenv("TMPDIR");
	int rc = 0;

	for (size_t i = 0; i < sizeof dirs / sizeof *dirs && !rc; i++)
		rc = cb_policy_add_writable(policy, dirs[i], "default", err);
	if (!rc && tmp && *tmp == '/')
		rc = cb_policy_add_writable(policy, tmp, "default", err);
	return rc;
}

int cb_policy_add_net_mode(struct cb_policy *policy, const char *mode, struct cb_error *err)
{
	static const char origin[] = "option -n";

	if (!strcmp(mode, "all"))
		return cb_policy_add(policy, CB_CLASS_NET, CB_VERB_ALLOW, "all", origin, err);
	if (strcmp(mode, "loopback") && strcmp(mode, "none"))
		return cb_error(err, EINVAL, "unknown net mode '%s' (all, loopback, none)", mode);
	cb_policy_add(policy, CB_CLASS_NET, CB_VERB_DENY, "all", origin, NULL);
	if (*mode == 'l')
		cb_policy_add(policy, CB_CLASS_NET, CB_VERB_ALLOW, mode, origin, NULL);
	return 0;
}

/* Which families may still get an allowed address, by the rules in order. */
static void find_families(struct cb_policy *policy)
{
	policy->inet_possible = policy->other_possible = true;
	for (size_t i = 0; i < policy->count; i++) {
		const struct cb_rule *rule = &policy->rules[i];

		if (rule->section != CB_CLASS_NET)
			continue;
		if (rule->match == CB_MATCH_ALL)
			policy->inet_possible = policy->other_possible =
				rule->verb == CB_VERB_ALLOW;
		else if (rule->verb == CB_VERB_ALLOW &&
			 (rule->match == CB_MATCH_LOOPBACK || rule->match == CB_MATCH_NETWORK))
			policy->inet_possible = true;
	}
}

void cb_policy_freeze(struct cb_policy *policy)
{
	struct cb_rule *rule = cb_policy_append(policy, CB_CLASS_WRITE, CB_VERB_DENY, "built-in");

	rule->match = CB_MATCH_OBJECT;
	rule->object = CB_OBJECT_OWN_OUTPUT;
	find_families(policy);
	policy->frozen = true;
}

struct cb_policy_scratch *cb_policy_scratch_new(const struct cb_policy *policy)
{
	struct cb_policy_scratch *scratch = cb_calloc(1, sizeof *scratch);
	uint32_t pairs = 1;

	for (size_t i = 0; i < policy->count; i++) {
		uint32_t captures = 0;

		if (policy->rules[i].regex)
			pcre2_pattern_info(policy->rules[i].regex, PCRE2_INFO_CAPTURECOUNT,
					   &captures);
		if (captures + 1 > pairs)
			pairs = captures + 1;
	}
	scratch->data = pcre2_match_data_create(pairs, NULL);
	scratch->limits = pcre2_match_context_create(NULL);
	pcre2_set_match_limit(scratch->limits, MATCH_LIMIT);
	pcre2_set_heap_limit(scratch->limits, HEAP_LIMIT);
	return scratch;
}

void cb_policy_scratch_free(struct cb_policy_scratch *scratch)
{
	if (!scratch)
		return;
	pcre2_match_data_free(scratch->data);
	pcre2_match_context_free(scratch->limits);
	free(scratch);
}

static bool refuses(const struct cb_policy *policy, enum cb_class section)
{
	for (size_t i = 0; i < policy->count; i++)
		if (policy->rules[i].section == section && policy->rules[i].verb != CB_VERB_ALLOW)
			return true;
	return false;
}

bool cb_policy_judges_reads(const struct cb_policy *policy)
{
	return policy->settings.log_reads || refuses(policy, CB_CLASS_READ);
}

bool cb_policy_judges_net(const struct cb_policy *policy)
{
	return policy->settings.log_net || refuses(policy, CB_CLASS_NET);
}

bool cb_policy_judges_families(const struct cb_policy *policy)
{
	return !policy->inet_possible || !policy->other_possible;
}

bool cb_policy_allows_inet(const struct cb_policy *policy)
{
	return policy->inet_possible;
}
