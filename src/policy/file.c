/* SPDX-License-Identifier: MIT */
/* Reads a policy file: each key has a function here, and a row in `keys`. */
#include "policy/file.h"

#include "base/cleanup.h"
#include "base/yaml.h"
#include "policy/rule.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct loading {
	struct cb_policy *policy;
	enum cb_class section; /* of the list that is being read */
	bool (*known)(const char *name);
	int verbs;             /* seen in the current rule */
};

/* A word that means a value of an enumeration. */
struct word {
	const char *name;
	int value;
};

static const struct word *pick(struct cb_yaml *y, struct fy_node *node, const char *what,
			       const struct word *words)
{
	const char *text = cb_yaml_scalar(y, node, what), *guess;
	const char *names[16];
	size_t n = 0;

	if (!text)
		return NULL;
	for (const struct word *w = words; w->name; w++) {
		if (!strcmp(w->name, text))
			return w;
		names[n++] = w->name;
	}
	names[n] = NULL;
	guess = cb_suggest(text, names);
	if (guess)
		cb_yaml_error(y, node, "%s cannot be '%s', did you mean '%s'?", what, text, guess);
	else
		cb_yaml_error(y, node, "%s cannot be '%s'", what, text);
	return NULL;
}

/* A literal path without the final slash that is a directory is probably meant
 * to be the directory. */
static void warn_directory(struct cb_yaml *y, struct fy_node *node,
			   const struct cb_policy *policy)
{
	const struct cb_rule *rule = &policy->rules[policy->count - 1];
	struct stat st;

	if ((rule->section == CB_CLASS_WRITE || rule->section == CB_CLASS_READ) &&
	    rule->match == CB_MATCH_PATH && !stat(rule->text, &st) && S_ISDIR(st.st_mode))
		cb_yaml_warning(y, node,
				"'%s' is a directory: without a final '/' the rule means "
				"only the directory itself", rule->text);
}

static void take_rule_value(struct cb_yaml *y, struct fy_node *value, struct loading *l,
			    enum cb_verb verb)
{
	CB_AUTO_BUF struct cb_buf origin = CB_BUF_INIT;
	const char *text = cb_yaml_scalar(y, value, "a rule");
	struct cb_error err;
	int line, column;

	l->verbs++;
	if (!text)
		return;
	if (l->section == CB_CLASS_SYSTEM && !l->known(text)) {
		cb_yaml_error(y, value, "no system call or group is called '%s' "
			      "(see: catbox syscalls)", text);
		return;
	}
	cb_yaml_position(value, &line, &column);
	cb_buf_addf(&origin, "%s:%d", y->name, line);
	if (cb_policy_add(l->policy, l->section, verb, text, origin.data, &err))
		cb_yaml_error(y, value, "%s", err.message);
	else
		warn_directory(y, value, l->policy);
}

static void take_allow(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	take_rule_value(y, value, ctx, CB_VERB_ALLOW);
}

static void take_deny(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	take_rule_value(y, value, ctx, CB_VERB_DENY);
}

static void take_expect(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	take_rule_value(y, value, ctx, CB_VERB_EXPECT);
}

static void take_rule(struct cb_yaml *y, struct fy_node *item, void *ctx)
{
	static const struct cb_yaml_key verbs[] = {
		{ "allow", take_allow, false },
		{ "deny", take_deny, false },
		{ "expect", take_expect, false },
		{ NULL, NULL, false },
	};
	struct loading *l = ctx;
	int before = y->errors;

	l->verbs = 0;
	cb_yaml_mapping(y, item, "a rule", verbs, l);
	if (l->verbs != 1 && y->errors == before)
		cb_yaml_error(y, item, "a rule has one of allow, deny, expect");
}

static void take_section(struct cb_yaml *y, struct fy_node *value, struct loading *l,
			 enum cb_class section, const char *what)
{
	l->section = section;
	cb_yaml_sequence(y, value, what, take_rule, l);
}

static void take_write(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	take_section(y, value, ctx, CB_CLASS_WRITE, "write");
}

static void take_read(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	take_section(y, value, ctx, CB_CLASS_READ, "read");
}

static void take_net(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	take_section(y, value, ctx, CB_CLASS_NET, "net");
}

static void take_system(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	take_section(y, value, ctx, CB_CLASS_SYSTEM, "system");
}

static const struct word fake_words[] = {
	{ "ids", CB_FAKE_CLASS_IDS },       { "owner", CB_FAKE_CLASS_OWNER },
	{ "mode", CB_FAKE_CLASS_MODE },     { "device", CB_FAKE_CLASS_DEVICE },
	{ "xattr", CB_FAKE_CLASS_XATTR },   { "all", CB_FAKE_CLASS_ALL },
	{ "none", 0 },                      { NULL, 0 },
};

static void take_fake_class(struct cb_yaml *y, struct fy_node *item, void *ctx)
{
	const struct word *w = pick(y, item, "a class of fake", fake_words);

	if (w)
		((struct loading *)ctx)->policy->settings.fake |= (unsigned)w->value;
}

/* A later file replaces what an earlier one said. */
static void take_fake(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	((struct loading *)ctx)->policy->settings.fake = 0;
	if (fy_node_is_scalar(value))
		take_fake_class(y, value, ctx);
	else
		cb_yaml_sequence(y, value, "fake", take_fake_class, ctx);
}

int cb_policy_set_fake(struct cb_policy *policy, const char *list, struct cb_error *err)
{
	unsigned classes = 0;

	for (const char *at = list; *at;) {
		size_t n = strcspn(at, ",");
		const struct word *w = fake_words;

		while (w->name && (strlen(w->name) != n || strncmp(w->name, at, n)))
			w++;
		if (!w->name)
			return cb_error(err, EINVAL, "'%.*s' cannot be faked (ids, owner, mode, "
					"device, xattr, all, none)", (int)n, at);
		classes |= (unsigned)w->value;
		at += n + (at[n] == ',');
	}
	policy->settings.fake = classes;
	return 0;
}

static void take_fake_compat(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	static const struct word words[] = { { "kernel", 0 }, { "fakeroot", 1 }, { NULL, 0 } };
	const struct word *w = pick(y, value, "fake-compat", words);

	if (w)
		((struct loading *)ctx)->policy->settings.fake_keep_bits = w->value;
}

static void take_log_class(struct cb_yaml *y, struct fy_node *item, void *ctx)
{
	enum { VIOLATIONS, EXEC, NET, PROCESSES, READS, FAKED };
	static const struct word words[] = {
		{ "violations", VIOLATIONS }, { "exec", EXEC },	 { "net", NET },
		{ "processes", PROCESSES },   { "reads", READS }, { "faked", FAKED },
		{ NULL, 0 },
	};
	struct cb_settings *s = &((struct loading *)ctx)->policy->settings;
	const struct word *w = pick(y, item, "a class of log", words);

	if (!w)
		return;
	s->log_reads |= w->value == READS;
	s->log_exec |= w->value == EXEC;
	s->log_net |= w->value == NET;
	s->log_processes |= w->value == PROCESSES;
}

static void take_log(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	cb_yaml_sequence(y, value, "log", take_log_class, ctx);
}

static void take_on_violation(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	static const struct word words[] = {
		{ "deny", CB_ON_VIOLATION_DENY },
		{ "collect", CB_ON_VIOLATION_COLLECT },
		{ "stop", CB_ON_VIOLATION_STOP },
		{ NULL, 0 },
	};
	const struct word *w = pick(y, value, "on-violation", words);

	if (w)
		((struct loading *)ctx)->policy->settings.on_violation = w->value;
}

static void take_leftovers(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	static const struct word words[] = { { "kill", 0 }, { "wait", 1 }, { NULL, 0 } };
	const struct word *w = pick(y, value, "leftovers", words);

	if (w)
		((struct loading *)ctx)->policy->settings.wait_leftovers = w->value;
}

static void take_deny_errno(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	static const struct word words[] = {
		{ "EACCES", EACCES }, { "EPERM", EPERM }, { "EROFS", EROFS }, { NULL, 0 },
	};
	const struct word *w = pick(y, value, "deny-errno", words);

	if (w)
		((struct loading *)ctx)->policy->settings.deny_errno = w->value;
}

static void take_sanitizers(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	static const struct word words[] = { { "as-is", 0 }, { "lsan-off", 1 }, { NULL, 0 } };
	const struct word *w = pick(y, value, "sanitizers", words);

	if (w)
		((struct loading *)ctx)->policy->settings.no_leak_checks = w->value;
}

static void take_engine(struct cb_yaml *y, struct fy_node *value, void *ctx)
{
	static const struct word words[] = {
		{ "ptrace", CB_ENGINE_PTRACE }, { "auto", CB_ENGINE_AUTO },
		{ "notify", CB_ENGINE_NOTIFY }, { NULL, 0 },
	};
	const struct word *w = pick(y, value, "engine", words);

	if (w)
		((struct loading *)ctx)->policy->settings.engine = (enum cb_engine_name)w->value;
}

/* What was parsed, into the policy; takes the document over. */
static int take_document(struct cb_yaml *y, struct cb_policy *policy,
			 bool (*known)(const char *name), struct cb_buf *complaints,
			 struct cb_error *err)
{
	static const struct cb_yaml_key keys[] = {
		{ "write", take_write, false },
		{ "read", take_read, false },
		{ "net", take_net, false },
		{ "system", take_system, false },
		{ "fake", take_fake, false },
		{ "fake-compat", take_fake_compat, false },
		{ "log", take_log, false },
		{ "on-violation", take_on_violation, false },
		{ "leftovers", take_leftovers, false },
		{ "deny-errno", take_deny_errno, false },
		{ "engine", take_engine, false },
		{ "sanitizers", take_sanitizers, false },
		{ NULL, NULL, false },
	};
	struct loading l = { .policy = policy, .known = known };
	int rc = 0;

	if (y->doc)
		cb_yaml_mapping(y, fy_document_root(y->doc), "a policy", keys, &l);
	cb_buf_adds(complaints, y->complaints.data ? y->complaints.data : "");
	if (y->errors)
		rc = cb_error(err, EINVAL, "%s: %d error%s in the policy", y->name, y->errors,
			      y->errors == 1 ? "" : "s");
	cb_yaml_destroy(y);
	return rc;
}

int cb_policy_load(struct cb_policy *policy, const char *path, bool (*known)(const char *name),
		   struct cb_buf *complaints, struct cb_error *err)
{
	struct cb_yaml y = CB_YAML_INIT;
	int rc = cb_yaml_load(&y, path, err);

	if (rc)
		cb_yaml_destroy(&y);
	return rc ? rc : take_document(&y, policy, known, complaints, err);
}

int cb_policy_parse(struct cb_policy *policy, const char *name, const char *text, size_t len,
		    bool (*known)(const char *name), struct cb_buf *complaints,
		    struct cb_error *err)
{
	struct cb_yaml y = CB_YAML_INIT;

	cb_yaml_parse(&y, name, text, len);
	return take_document(&y, policy, known, complaints, err);
}
