/* SPDX-License-Identifier: MIT */
/* Policy files: the text of one, then (each behind a NUL) paths that are judged
 * by it. */
#include "fuzz.h"

#include "base/cleanup.h"
#include "linux/syscalls.h"
#include "policy/file.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

struct judging {
	struct cb_policy *policy;
	struct cb_policy_scratch *scratch;
};

/* The same answer twice, and a whole one. */
static bool denied(struct judging *j, const struct cb_action *action)
{
	struct cb_verdict v, again;

	cb_policy_decide(j->policy, j->scratch, action, &v);
	cb_policy_decide(j->policy, j->scratch, action, &again);
	FZ_HOLDS(v.deny == again.deny && v.rule == again.rule && v.error == again.error);
	FZ_HOLDS(v.rule && *v.rule);
	FZ_HOLDS(v.deny ? v.error > 0 : !v.error && !v.expected);
	FZ_HOLDS(v.refused >= 0 && (!v.refused || v.refused < action->subjects));
	return v.deny;
}

/* What the filter does not stop must not be refused. */
static void judge_path(struct judging *j, const char *path)
{
	struct cb_subject subject = { path, strlen(path), 0 };

	for (int e = CB_EFFECT_READ; e < CB_EFFECT_COUNT; e++) {
		struct cb_action a = { .effect = (enum cb_effect)e, .name = "mknod", .group = "mknod",
				       .subjects = 1, .subject = { subject, subject } };
		bool deny;

		if (e == CB_EFFECT_CONNECT || e == CB_EFFECT_BIND)
			continue;
		if (e == CB_EFFECT_RENAME || e == CB_EFFECT_LINK)
			a.subjects = 2;
		a.moves_tree = e == CB_EFFECT_RENAME;
		deny = denied(j, &a);
		if (cb_effect_class(a.effect) == CB_CLASS_READ && deny)
			FZ_HOLDS(cb_policy_judges_reads(j->policy));
		a.subject[0].object = CB_OBJECT_OWN_OUTPUT;
		if (cb_effect_class(a.effect) == CB_CLASS_WRITE)
			FZ_HOLDS(denied(j, &a));
	}
}

static void judge_socket(struct judging *j, const char *path)
{
	struct cb_subject subject = { path, strlen(path), 0 };
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct cb_address address;
	struct cb_action a = { .effect = CB_EFFECT_CONNECT, .name = "connect", .group = "connect",
			       .address = &address };

	for (int abstract = 0; abstract < 2; abstract++) {
		size_t len = strnlen(path, sizeof un.sun_path - 1);

		memcpy(un.sun_path + abstract, path, len);
		FZ_HOLDS(!cb_address_decode(&address, &un, offsetof(struct sockaddr_un, sun_path) +
							   len + (size_t)abstract));
		a.subjects = address.kind == CB_ADDRESS_UNIX;
		a.subject[0] = subject;
		if (denied(j, &a))
			FZ_HOLDS(cb_policy_judges_net(j->policy));
		memset(un.sun_path, 0, sizeof un.sun_path);
	}
}

static void judge_addresses(struct judging *j)
{
	static const uint8_t raw[][28] = {
		{ AF_INET, 0, 0, 80, 127, 0, 0, 1 },
		{ AF_INET, 0, 1, 187, 10, 1, 2, 3 },
		{ AF_INET6, 0, 0, 80, [23] = 1 },
		{ AF_INET6, 0, 0, 80, [8] = 0xfd },
		{ AF_PACKET, 0 },
	};
	static const int families[] = { AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_PACKET };
	struct cb_address address;

	for (size_t i = 0; i < sizeof raw / sizeof *raw; i++) {
		struct cb_action a = { .name = "connect", .group = "connect", .address = &address };

		FZ_HOLDS(!cb_address_decode(&address, raw[i], sizeof raw[i]));
		for (int e = CB_EFFECT_CONNECT; e <= CB_EFFECT_BIND; e++) {
			a.effect = (enum cb_effect)e;
			if (denied(j, &a))
				FZ_HOLDS(cb_policy_judges_net(j->policy));
		}
		a = (struct cb_action){ .effect = CB_EFFECT_CONNECT, .name = "socket",
					.group = "socket", .family = families[i] };
		if (denied(j, &a))
			FZ_HOLDS(cb_policy_judges_families(j->policy));
	}
}

static void judge(struct cb_policy *policy, struct fz_input *in)
{
	static const char *const usual[] = { "/", "/dev/null", "/tmp/x", "/usr/share/fonts/a", "" };
	struct judging j = { policy, NULL };

	cb_policy_freeze(policy);
	j.scratch = cb_policy_scratch_new(policy);
	for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
		judge_path(&j, usual[i]);
		judge_socket(&j, usual[i]);
	}
	for (int more = 0; more < 8 && in->size; more++) {
		CB_AUTO_FREE char *path = fz_text(in);

		judge_path(&j, path);
		judge_socket(&j, path);
	}
	judge_addresses(&j);
	cb_policy_allows_system(policy, "mount", "mount");
	cb_policy_scratch_free(j.scratch);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fz_enter_scratch();
	clearenv();
	setenv("HOME", "/home/a+b", 1);
	setenv("EMPTY", "", 1);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fz_input in = { data, size };
	CB_AUTO_FREE char *text = fz_text(&in);
	CB_AUTO_BUF struct cb_buf complaints = CB_BUF_INIT;
	struct cb_policy *policy = cb_policy_new();
	struct cb_error err;
	int rc;

	rc = cb_policy_load(policy, fz_file(text, strlen(text)), cb_syscall_is_system_name,
			    &complaints, &err);
	FZ_HOLDS(rc <= 0 && (!rc || complaints.len));
	if (!rc)
		judge(policy, &in);
	cb_policy_free(policy);
	return 0;
}
