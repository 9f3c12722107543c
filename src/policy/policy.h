/* SPDX-License-Identifier: MIT */
/* A policy: rules in order, the last match wins. Setters only record; after
 * cb_policy_freeze nothing changes any more and decide may be called from
 * several threads, each with a scratch of its own. */
#ifndef CB_POLICY_POLICY_H
#define CB_POLICY_POLICY_H

#include "base/effect.h"
#include "base/error.h"
#include "policy/address.h"

#include <stdbool.h>
#include <stddef.h>

struct cb_policy;
struct cb_policy_scratch;

enum cb_verb { CB_VERB_ALLOW, CB_VERB_DENY, CB_VERB_EXPECT };
/* engine: what delivers judged calls; `auto` takes what is there. */
enum cb_engine_name { CB_ENGINE_PTRACE, CB_ENGINE_NOTIFY, CB_ENGINE_AUTO };

enum cb_on_violation { CB_ON_VIOLATION_DENY, CB_ON_VIOLATION_COLLECT, CB_ON_VIOLATION_STOP };

/* What a target is apart from its path; found out by whoever resolved it. */
enum cb_object {
	CB_OBJECT_UNNAMED = 1 << 0,    /* pipe, socket, memfd, anonymous inode */
	CB_OBJECT_OWN_PROC = 1 << 1,   /* what a process may always write about itself in /proc */
	CB_OBJECT_INHERITED = 1 << 2,  /* an inherited descriptor has it open for writing */
	CB_OBJECT_OWN_OUTPUT = 1 << 3, /* a file that catbox itself writes */
};

/* What is pretended: fake: of a policy. */
enum cb_fake_class {
	CB_FAKE_CLASS_IDS = 1 << 0,    /* who the processes are */
	CB_FAKE_CLASS_OWNER = 1 << 1,  /* owners of files */
	CB_FAKE_CLASS_MODE = 1 << 2,
	CB_FAKE_CLASS_DEVICE = 1 << 3,
	CB_FAKE_CLASS_XATTR = 1 << 4,
	CB_FAKE_CLASS_ALL = (1 << 5) - 1,
};

struct cb_settings {
	enum cb_on_violation on_violation;
	bool wait_leftovers;  /* leftovers: wait */
	int deny_errno;       /* EACCES, EPERM or EROFS */
	bool no_leak_checks;  /* sanitizers: lsan-off */
	enum cb_engine_name engine;
	unsigned fake;        /* enum cb_fake_class */
	bool fake_keep_bits;  /* fake-compat: fakeroot */
	bool real_owner;      /* files that nothing is pretended about show who has them */
	bool unconfined;      /* paths, signals and addresses are not judged: only pretended */
	bool log_reads;       /* files opened for reading or executed */
	bool log_exec;        /* the log: classes; violations always are */
	bool log_net;
	bool log_processes;
};

/* One thing that is acted on. */
struct cb_subject {
	const char *real;  /* canonical path, NUL-terminated; borrowed */
	size_t len;
	unsigned object;   /* enum cb_object */
};

struct cb_action {
	enum cb_effect effect;
	const char *name;   /* by which system: rules know it; borrowed */
	const char *group;  /* its second name; borrowed */
	int subjects;       /* 0 to 2 */
	bool moves_tree;    /* a rename of a directory: it takes along what is below */

	/* Of such a rename: does it move something that is called `below` (with its
	 * slash) under subject i? NULL: it may. */
	bool (*moves)(void *ctx, int i, const char *below);
	void *ctx;          /* for moves */
	struct cb_subject subject[2];
	const struct cb_address *address; /* of the net class; NULL: a family, in `family` */
	int family;
};

struct cb_verdict {
	bool deny;
	bool expected;    /* an expect: rule said so: denied, and no violation */
	int error;        /* positive errno of a denial */
	int refused;      /* index of the subject that was refused first */
	bool match_error; /* a regex ran into its limits, which counts against the action */
	const char *rule; /* who said so: "file:line", "option -w", "built-in", "no match" */
};

struct cb_policy *cb_policy_new(void);
void cb_policy_free(struct cb_policy *policy);

/* The value of ${NAME} in rules; before the environment's. Copies. */
void cb_policy_set(struct cb_policy *policy, const char *name, const char *value);
struct cb_settings *cb_policy_settings(struct cb_policy *policy);
const struct cb_settings *cb_policy_settings_of(const struct cb_policy *policy);

/* Adds a rule. `text` is as in a policy file, with ${NAME} not yet expanded;
 * `origin` (copied) is what a verdict names. Literal paths are canonicalised
 * here, as far as they exist. -EINVAL with a sentence that names the value. */
int cb_policy_add(struct cb_policy *policy, enum cb_class section, enum cb_verb verb,
		  const char *text, const char *origin, struct cb_error *err);

/* As an option -w: a path relative to the cwd (an existing directory means it
 * and all below), or ~REGEX. */
int cb_policy_add_writable(struct cb_policy *policy, const char *path, const char *origin,
			   struct cb_error *err);

/* The rules of a run without -p and -w: cwd, /tmp, /var/tmp, /dev/shm, $TMPDIR. */
int cb_policy_add_default(struct cb_policy *policy, struct cb_error *err);

/* net mode: "all", "loopback", "none". */
int cb_policy_add_net_mode(struct cb_policy *policy, const char *mode, struct cb_error *err);

/* What is pretended: names of classes with commas between them, "all", "none". */
int cb_policy_set_fake(struct cb_policy *policy, const char *list, struct cb_error *err);

/* No more rules; needed before the functions below. */
void cb_policy_freeze(struct cb_policy *policy);

struct cb_policy_scratch *cb_policy_scratch_new(const struct cb_policy *policy);
void cb_policy_scratch_free(struct cb_policy_scratch *scratch);

/* The judgement: pure, allocates nothing, cannot fail. */
void cb_policy_decide(const struct cb_policy *policy, struct cb_policy_scratch *scratch,
		      const struct cb_action *action, struct cb_verdict *verdict);

/* Whether a run must see reads, addresses, families at all. */
bool cb_policy_judges_reads(const struct cb_policy *policy);
bool cb_policy_judges_net(const struct cb_policy *policy);
bool cb_policy_judges_families(const struct cb_policy *policy);

/* Whether some address of IPv4 or IPv6 may be allowed. */
bool cb_policy_allows_inet(const struct cb_policy *policy);

/* Whether the system call of that name or group is allowed by name. */
bool cb_policy_allows_system(const struct cb_policy *policy, const char *name,
			     const char *group);

#endif
