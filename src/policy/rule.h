/* SPDX-License-Identifier: MIT */
/* A single rule: what it matches and what it says. Internal to policy. */
#ifndef CB_POLICY_RULE_H
#define CB_POLICY_RULE_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include "policy/policy.h"

#include <pcre2.h>

enum cb_match {
	CB_MATCH_PATH,     /* that one path */
	CB_MATCH_TREE,     /* a directory and all below */
	CB_MATCH_REGEX,    /* PCRE2 search on the canonical path */
	CB_MATCH_OBJECT,   /* by what the target is */
	CB_MATCH_ALL,      /* any address */
	CB_MATCH_LOOPBACK,
	CB_MATCH_NETWORK,
	CB_MATCH_UNIX,     /* a path socket; the path as in PATH, TREE, REGEX */
	CB_MATCH_ABSTRACT, /* an abstract socket of that name, or ~REGEX */
	CB_MATCH_NAME,     /* a system call by name or group */
};

struct cb_rule {
	enum cb_class section;
	enum cb_verb verb;
	enum cb_match match;
	enum cb_match path_match; /* of CB_MATCH_UNIX, CB_MATCH_ABSTRACT: how its text matches */
	unsigned effects;         /* bit per effect that it speaks about; 0 = all of its section */
	unsigned object;          /* of CB_MATCH_OBJECT */
	char *text;               /* path without final '/', regex without '~', or name; owned */
	size_t len;
	struct cb_network network;
	pcre2_code *regex;        /* owned */
	char *origin;             /* owned */
};

struct cb_policy {
	struct cb_rule *rules; /* owned */
	size_t count;
	struct { char *name, *value; } *vars; /* owned, of cb_policy_set */
	size_t var_count;
	struct cb_settings settings;
	bool frozen;
	bool inet_possible;    /* some address of AF_INET or AF_INET6 may be allowed */
	bool other_possible;   /* so of the remaining families */
};

struct cb_policy_scratch {
	pcre2_match_data *data;
	pcre2_match_context *limits;
};

/* Expands ${NAME} of text into out; `quote`: values are quoted for a regex. */
int cb_policy_expand(const struct cb_policy *policy, const char *text, bool quote,
		     struct cb_buf *out, struct cb_error *err);

/* Fills rule->match and what belongs to it from the expanded text. */
int cb_rule_parse(struct cb_rule *rule, const char *text, struct cb_error *err);
void cb_rule_destroy(struct cb_rule *rule);

/* Canonical form of an absolute path: its longest existing prefix resolved,
 * the rest kept (with . and .. taken out). Keeps no final slash but of "/". */
void cb_canonical_literal(const char *path, struct cb_buf *out);

/* Appends an empty rule. */
struct cb_rule *cb_policy_append(struct cb_policy *policy, enum cb_class section,
				 enum cb_verb verb, const char *origin);

#endif
