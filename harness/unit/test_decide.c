/* SPDX-License-Identifier: MIT */
/* Verdicts as tables: rules, an action, and what is expected of it. */
#include "unit.h"

#include "base/buf.h"
#include "policy/policy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define RULES_MAX 6

struct rule {
	enum cb_class section;
	enum cb_verb verb;
	const char *text;
};

#define W(verb, text) { CB_CLASS_WRITE, CB_VERB_##verb, text }
#define R(verb, text) { CB_CLASS_READ, CB_VERB_##verb, text }
#define N(verb, text) { CB_CLASS_NET, CB_VERB_##verb, text }
#define S(verb, text) { CB_CLASS_SYSTEM, CB_VERB_##verb, text }

static struct cb_policy *policy_of(const struct rule *rules)
{
	struct cb_policy *policy = cb_policy_new();

	cb_policy_set(policy, "DIR", "/srv/a.b");
	for (int i = 0; i < RULES_MAX && rules[i].text; i++) {
		struct cb_error err = { 0 };
		char origin[8];

		snprintf(origin, sizeof origin, "r%d", i);
		CU_ASSERT_EQUAL(cb_policy_add(policy, rules[i].section, rules[i].verb,
					      rules[i].text, origin, &err), 0);
	}
	cb_policy_freeze(policy);
	return policy;
}

static void check(const struct rule *rules, struct cb_action *action, const char *verdict,
		  const char *rule)
{
	struct cb_policy *policy = policy_of(rules);
	struct cb_policy_scratch *scratch = cb_policy_scratch_new(policy);
	struct cb_verdict v;

	cb_policy_decide(policy, scratch, action, &v);
	CU_ASSERT_STRING_EQUAL(v.deny ? v.expected ? "expect" : strerrorname_np(v.error) : "allow",
			       verdict);
	CU_ASSERT_STRING_EQUAL(v.rule, rule);
	cb_policy_scratch_free(scratch);
	cb_policy_free(policy);
}

static void paths(void)
{
	static const struct {
		struct rule rules[RULES_MAX];
		enum cb_effect effect;
		const char *path;
		unsigned object;
		const char *verdict, *rule;
	} cases[] = {
		{ { { 0 } }, CB_EFFECT_CREATE, "/x", 0, "EACCES", "no match" },
		{ { { 0 } }, CB_EFFECT_READ, "/x", 0, "allow", "no match" },
		{ { W(ALLOW, "/nope/a/") }, CB_EFFECT_CREATE, "/nope/a/b", 0, "allow", "r0" },
		{ { W(ALLOW, "/nope/a/") }, CB_EFFECT_CREATE, "/nope/a", 0, "allow", "r0" },
		{ { W(ALLOW, "/nope/a/") }, CB_EFFECT_REMOVE, "/nope/a", 0, "EACCES", "no match" },
		{ { W(ALLOW, "/nope/a/") }, CB_EFFECT_RENAME, "/nope/a", 0, "EACCES", "no match" },
		{ { W(ALLOW, "/nope/a/") }, CB_EFFECT_MODE, "/nope/a", 0, "allow", "r0" },
		{ { W(ALLOW, "/nope/a/") }, CB_EFFECT_WRITE, "/nope/ab", 0, "EACCES", "no match" },
		{ { W(ALLOW, "/nope/a") }, CB_EFFECT_WRITE, "/nope/a", 0, "allow", "r0" },
		{ { W(ALLOW, "/nope/a") }, CB_EFFECT_REMOVE, "/nope/a", 0, "allow", "r0" },
		{ { W(ALLOW, "/nope/a") }, CB_EFFECT_WRITE, "/nope/a/b", 0, "EACCES", "no match" },
		{ { W(ALLOW, "/") }, CB_EFFECT_WRITE, "/anything", 0, "allow", "r0" },
		{ { W(ALLOW, "/nope/./a/../b/") }, CB_EFFECT_WRITE, "/nope/b/c", 0, "allow", "r0" },
		{ { W(ALLOW, "/nope/"), W(DENY, "/nope/.git/") }, CB_EFFECT_WRITE,
		  "/nope/.git/x", 0, "EACCES", "r1" },
		{ { W(ALLOW, "/nope/"), W(DENY, "/nope/.git/") }, CB_EFFECT_REMOVE,
		  "/nope/.git", 0, "EACCES", "r1" },
		{ { W(DENY, "/nope/.git/"), W(ALLOW, "/nope/") }, CB_EFFECT_WRITE,
		  "/nope/.git/x", 0, "allow", "r1" },
		{ { W(EXPECT, "/nope/f/") }, CB_EFFECT_WRITE, "/nope/f/x", 0, "expect", "r0" },
		{ { W(ALLOW, "~^/nope/cc[a-z]{3}\\.") }, CB_EFFECT_CREATE, "/nope/ccabc.s", 0,
		  "allow", "r0" },
		{ { W(ALLOW, "~^/nope/cc[a-z]{3}\\.") }, CB_EFFECT_CREATE, "/nope/ccab.s", 0,
		  "EACCES", "no match" },
		{ { W(ALLOW, "~^/nope/.*x$") }, CB_EFFECT_CREATE, "/nope/a\nx", 0, "allow", "r0" },
		{ { W(ALLOW, "~^/nope/x$") }, CB_EFFECT_CREATE, "/nope/x\n", 0, "EACCES", "no match" },
		{ { W(ALLOW, "~^${DIR}/") }, CB_EFFECT_CREATE, "/srv/a.b/c", 0, "allow", "r0" },
		{ { W(ALLOW, "~^${DIR}/") }, CB_EFFECT_CREATE, "/srv/aXb/c", 0, "EACCES", "no match" },
		{ { W(ALLOW, "~\xff") }, CB_EFFECT_CREATE, "/n/\xff", 0, "allow", "r0" },
		{ { { 0 } }, CB_EFFECT_WRITE, "/dev/null", 0, "allow", "built-in" },
		{ { { 0 } }, CB_EFFECT_TIME, "/dev/null", 0, "allow", "built-in" },
		{ { { 0 } }, CB_EFFECT_REMOVE, "/dev/null", 0, "EACCES", "no match" },
		{ { { 0 } }, CB_EFFECT_WRITE, "/dev/pts/3", 0, "allow", "built-in" },
		{ { W(DENY, "/dev/null") }, CB_EFFECT_WRITE, "/dev/null", 0, "EACCES", "r0" },
		{ { { 0 } }, CB_EFFECT_WRITE, "pipe:[1]", CB_OBJECT_UNNAMED, "allow", "built-in" },
		{ { { 0 } }, CB_EFFECT_MODE, "pipe:[1]", CB_OBJECT_UNNAMED, "allow", "built-in" },
		{ { { 0 } }, CB_EFFECT_WRITE, "/l", CB_OBJECT_INHERITED, "allow", "built-in" },
		{ { { 0 } }, CB_EFFECT_REMOVE, "/l", CB_OBJECT_INHERITED, "EACCES", "no match" },
		{ { { 0 } }, CB_EFFECT_WRITE, "/proc/5/comm", CB_OBJECT_OWN_PROC, "allow", "built-in" },
		{ { W(ALLOW, "/") }, CB_EFFECT_WRITE, "/log", CB_OBJECT_OWN_OUTPUT, "EACCES", "built-in" },
		{ { R(DENY, "/home/") }, CB_EFFECT_READ, "/home/x", 0, "EACCES", "r0" },
		{ { R(DENY, "/home/") }, CB_EFFECT_EXEC, "/home/x", 0, "EACCES", "r0" },
		{ { R(DENY, "/home/") }, CB_EFFECT_WRITE, "/home/x", 0, "EACCES", "no match" },
		{ { R(DENY, "/home/"), R(ALLOW, "/home/me/") }, CB_EFFECT_READ, "/home/me/x", 0,
		  "allow", "r1" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct cb_action a = { .effect = cases[i].effect, .name = "x", .subjects = 1 };

		a.subject[0] = (struct cb_subject){ cases[i].path, strlen(cases[i].path),
						    cases[i].object };
		check(cases[i].rules, &a, cases[i].verdict, cases[i].rule);
	}
}

static void addresses(void)
{
	static const struct {
		struct rule rules[RULES_MAX];
		enum cb_effect effect;
		struct cb_address address;
		const char *verdict, *rule;
	} cases[] = {
#define V4(a, b, c, d, p) { .kind = CB_ADDRESS_INET, .family = AF_INET, .ip = { a, b, c, d }, .port = p }
		{ { { 0 } }, CB_EFFECT_CONNECT, V4(192, 0, 2, 1, 80), "allow", "no match" },
		{ { N(DENY, "all") }, CB_EFFECT_CONNECT, V4(127, 0, 0, 1, 80), "EACCES", "r0" },
		{ { N(DENY, "all"), N(ALLOW, "loopback") }, CB_EFFECT_CONNECT,
		  V4(127, 3, 0, 1, 80), "allow", "r1" },
		{ { N(DENY, "all"), N(ALLOW, "loopback") }, CB_EFFECT_CONNECT, V4(0, 0, 0, 0, 80),
		  "allow", "r1" },
		{ { N(DENY, "all"), N(ALLOW, "loopback") }, CB_EFFECT_BIND, V4(0, 0, 0, 0, 80),
		  "EACCES", "r0" },
		{ { N(DENY, "all"), N(ALLOW, "10.0.0.0/8:443") }, CB_EFFECT_CONNECT,
		  V4(10, 1, 1, 1, 443), "allow", "r1" },
		{ { N(DENY, "all"), N(ALLOW, "10.0.0.0/8:443") }, CB_EFFECT_CONNECT,
		  V4(10, 1, 1, 1, 80), "EACCES", "r0" },
		{ { N(EXPECT, "192.0.2.1") }, CB_EFFECT_CONNECT, V4(192, 0, 2, 1, 1), "expect", "r0" },
		{ { N(DENY, "all") }, CB_EFFECT_CONNECT,
		  { .kind = CB_ADDRESS_ABSTRACT, .name = "x", .name_len = 1 }, "allow", "no match" },
		{ { N(DENY, "abstract:x") }, CB_EFFECT_CONNECT,
		  { .kind = CB_ADDRESS_ABSTRACT, .name = "x", .name_len = 1 }, "EACCES", "r0" },
		{ { N(DENY, "abstract:x") }, CB_EFFECT_CONNECT,
		  { .kind = CB_ADDRESS_ABSTRACT, .name = "xy", .name_len = 2 }, "allow", "no match" },
		{ { N(DENY, "abstract:~.") }, CB_EFFECT_CONNECT,
		  { .kind = CB_ADDRESS_ABSTRACT, .name = "xy", .name_len = 2 }, "EACCES", "r0" },
		{ { N(DENY, "all") }, CB_EFFECT_CONNECT, { .kind = CB_ADDRESS_NETLINK }, "allow", "no match" },
		{ { N(DENY, "all") }, CB_EFFECT_CONNECT, { .kind = CB_ADDRESS_NONE }, "allow", "no match" },
		{ { N(DENY, "all") }, CB_EFFECT_CONNECT, { .kind = CB_ADDRESS_OTHER, .family = 17 },
		  "EACCES", "r0" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct cb_action a = { .effect = cases[i].effect, .name = "connect",
				       .address = &cases[i].address };

		check(cases[i].rules, &a, cases[i].verdict, cases[i].rule);
	}
}

static void families(void)
{
	static const struct {
		struct rule rules[RULES_MAX];
		int family;
		const char *verdict, *rule;
	} cases[] = {
		{ { { 0 } }, AF_INET, "allow", "no match" },
		{ { N(DENY, "all") }, AF_INET, "EACCES", "r0" },
		{ { N(DENY, "all") }, AF_INET6, "EACCES", "r0" },
		{ { N(DENY, "all") }, AF_PACKET, "EACCES", "r0" },
		{ { N(DENY, "all") }, AF_UNIX, "allow", "no match" },
		{ { N(DENY, "all") }, AF_NETLINK, "allow", "no match" },
		{ { N(DENY, "all"), N(ALLOW, "loopback") }, AF_INET, "allow", "no match" },
		{ { N(DENY, "all"), N(ALLOW, "loopback") }, AF_PACKET, "EACCES", "r0" },
		{ { N(DENY, "all"), N(ALLOW, "10.0.0.0/8") }, AF_INET, "allow", "no match" },
		{ { N(DENY, "all"), N(ALLOW, "all") }, AF_PACKET, "allow", "no match" },
		{ { N(EXPECT, "all") }, AF_INET, "expect", "r0" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct cb_action a = { .effect = CB_EFFECT_CONNECT, .name = "socket",
				       .family = cases[i].family };

		check(cases[i].rules, &a, cases[i].verdict, cases[i].rule);
	}
}

static void system_calls(void)
{
	static const struct {
		struct rule rules[RULES_MAX];
		const char *verdict, *rule;
	} cases[] = {
		{ { { 0 } }, "EPERM", "no match" },
		{ { S(ALLOW, "fsopen") }, "allow", "r0" },
		{ { S(ALLOW, "mount") }, "allow", "r0" },
		{ { S(ALLOW, "chroot") }, "EPERM", "no match" },
		{ { S(ALLOW, "mount"), S(DENY, "fsopen") }, "EPERM", "r1" },
		{ { S(EXPECT, "fsopen") }, "expect", "r0" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct cb_action a = { .effect = CB_EFFECT_MOUNT, .name = "fsopen", .group = "mount" };

		check(cases[i].rules, &a, cases[i].verdict, cases[i].rule);
	}
}

static bool has_only(void *ctx, int i, const char *below)
{
	(void)i;
	return !strcmp(below, ctx);
}

/* A directory is renamed in which `there` is all there is; NULL: that is not known. */
static struct cb_verdict rename_tree(const struct rule *rules, const char *from, const char *to,
				     const char *there)
{
	struct cb_policy *policy = policy_of(rules);
	struct cb_policy_scratch *scratch = cb_policy_scratch_new(policy);
	struct cb_action a = { .effect = CB_EFFECT_RENAME, .name = "rename", .subjects = 2,
			       .subject = { { from, strlen(from), 0 }, { to, strlen(to), 0 } },
			       .moves_tree = true, .moves = there ? has_only : NULL,
			       .ctx = (void *)there };
	struct cb_verdict v;

	cb_policy_decide(policy, scratch, &a, &v);
	v.rule = NULL; /* it was the policy's */
	cb_policy_scratch_free(scratch);
	cb_policy_free(policy);
	return v;
}

static const char *word_of(const struct cb_verdict *v)
{
	return !v->deny ? "allow" : v->expected ? "expect" : strerrorname_np(v->error);
}

/* Both ends count: the first refused one is named, a violation outweighs an
 * expected denial. */
static void two_subjects(void)
{
	static const struct rule rules[RULES_MAX] = {
		W(ALLOW, "/nope/in/"), W(EXPECT, "/nope/ex/"), W(DENY, "/nope/in/deep/a/.git/"),
		W(DENY, "/nope/in/again/x"), W(ALLOW, "/nope/in/again/"),
	};
	static const struct {
		const char *from, *to, *verdict;
		int refused;
	} cases[] = {
		{ "/nope/in/a", "/nope/in/b", "allow", 0 },
		{ "/nope/in/a", "/nope/b", "EACCES", 1 },
		{ "/nope/a", "/nope/in/b", "EACCES", 0 },
		{ "/nope/a", "/nope/b", "EACCES", 0 },
		{ "/nope/ex/a", "/nope/in/b", "expect", 0 },
		{ "/nope/ex/a", "/nope/b", "EACCES", 1 },
		{ "/nope/in/deep", "/nope/in/b", "EACCES", 0 }, /* takes a denied one along */
		{ "/nope/in/b", "/nope/in/deep", "EACCES", 1 }, /* brings one where it is denied */
		{ "/nope/in/deeper", "/nope/in/b", "allow", 0 },
		{ "/nope/in/again", "/nope/in/b", "allow", 0 }, /* its denial was lifted later */
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct cb_verdict v = rename_tree(rules, cases[i].from, cases[i].to, NULL);

		CU_ASSERT_STRING_EQUAL(word_of(&v), cases[i].verdict);
		CU_ASSERT_EQUAL(v.refused, cases[i].refused);
	}
}

/* Whoever knows what is there is asked whether it is moved. */
static void literals_below_a_rename(void)
{
	static const struct rule rules[RULES_MAX] = { W(ALLOW, "/nope/"), W(DENY, "/nope/a/deep/") };
	static const struct {
		const char *from, *to, *there, *verdict;
	} cases[] = {
		{ "/nope/a", "/nope/b", "/deep", "EACCES" },
		{ "/nope/a", "/nope/b", "/other", "allow" },
		{ "/nope/b", "/nope/a", "/deep", "EACCES" },
		{ "/nope/b", "/nope/a", "", "allow" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct cb_verdict v =
			rename_tree(rules, cases[i].from, cases[i].to, cases[i].there);

		CU_ASSERT_STRING_EQUAL(word_of(&v), cases[i].verdict);
	}
}

/* Renaming a directory whose name is part of what a regex refuses. */
static void regexes_below_a_rename(void)
{
	static const struct rule rules[RULES_MAX] = {
		W(ALLOW, "/nope/"), W(DENY, "~^/nope/secret/"), W(DENY, "~/key$"),
		W(DENY, "~^/nope/back/x"), W(ALLOW, "/nope/back/"), W(DENY, "~vault/gold"),
	};
	static const struct {
		const char *from, *to, *verdict;
	} cases[] = {
		{ "/nope/secret", "/nope/b", "EACCES" },
		{ "/nope/b", "/nope/secret", "EACCES" },
		{ "/nope/secrets", "/nope/b", "allow" },
		{ "/nope/a", "/nope/b", "allow" }, /* a key below is denied here and there */
		{ "/nope/vault", "/nope/b", "EACCES" },
		{ "/nope/back", "/nope/b", "allow" }, /* all below was allowed again */
		{ "/nope/back/x2", "/nope/b", "allow" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct cb_verdict v = rename_tree(rules, cases[i].from, cases[i].to, NULL);

		CU_ASSERT_STRING_EQUAL(word_of(&v), cases[i].verdict);
	}
}

static void devices_need_both(void)
{
	static const struct {
		struct rule rules[RULES_MAX];
		const char *verdict;
	} cases[] = {
		{ { W(ALLOW, "/nope/") }, "EPERM" },
		{ { W(ALLOW, "/nope/"), S(ALLOW, "mknod") }, "allow" },
		{ { S(ALLOW, "mknod") }, "EACCES" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct cb_policy *policy = policy_of(cases[i].rules);
		struct cb_policy_scratch *scratch = cb_policy_scratch_new(policy);
		struct cb_action a = { .effect = CB_EFFECT_DEVICE, .name = "mknodat",
				       .group = "mknod", .subjects = 1 };
		struct cb_verdict v;

		a.subject[0] = (struct cb_subject){ "/nope/d", 7, 0 };
		cb_policy_decide(policy, scratch, &a, &v);
		CU_ASSERT_STRING_EQUAL(v.deny ? strerrorname_np(v.error) : "allow", cases[i].verdict);
		cb_policy_scratch_free(scratch);
		cb_policy_free(policy);
	}
}

/* A regex that runs into its limits counts against the action. */
static void match_errors_deny(void)
{
	static const struct rule allows[RULES_MAX] = { W(ALLOW, "~^(a+)+$") };
	static const struct rule denies[RULES_MAX] = { W(ALLOW, "/"), W(DENY, "~^/(a+)+$") };
	char path[200] = "/";
	struct cb_action a = { .effect = CB_EFFECT_WRITE, .name = "x", .subjects = 1 };

	memset(path + 1, 'a', 60);
	strcpy(path + 61, "!");
	a.subject[0] = (struct cb_subject){ path, strlen(path), 0 };
	check(allows, &a, "EACCES", "no match");
	check(denies, &a, "EACCES", "r1");
}

HN_UNIT_SUITE("decide", { "paths", paths }, { "addresses", addresses }, { "socket families", families },
	   { "system calls by name and group", system_calls }, { "two subjects", two_subjects },
	   { "device nodes need both sections", devices_need_both },
	   { "literals below a rename", literals_below_a_rename },
	   { "regexes below a rename", regexes_below_a_rename },
	   { "a match error counts against the action", match_errors_deny });
