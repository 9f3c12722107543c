/* SPDX-License-Identifier: MIT */
/* Policy files: each mistake gives one line with its place and its value. */
#include "unit.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "policy/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool known(const char *name)
{
	return !strcmp(name, "chroot");
}

/* Loads text as a file; complaints without the file's name in front. */
static int load(const char *text, struct cb_policy *policy, struct cb_buf *complaints)
{
	CB_AUTO_BUF struct cb_buf raw = CB_BUF_INIT;
	char path[] = "/tmp/catbox-unit-XXXXXX";
	int fd = mkstemp(path), rc;
	struct cb_error err;

	CU_ASSERT_EQUAL(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	cb_buf_clear(complaints);
	cb_buf_clear(&raw);
	rc = cb_policy_load(policy, path, known, &raw, &err);
	for (const char *line = raw.data; *line; line += strcspn(line, "\n") + 1) {
		size_t skip = strncmp(line, path, strlen(path)) ? 0 : strlen(path) + 1;

		cb_buf_add(complaints, line + skip, strcspn(line, "\n") + 1 - skip);
	}
	unlink(path);
	return rc;
}

static void mistakes_are_named(void)
{
	static const struct {
		const char *text, *complaint;
	} cases[] = {
		{ "wirte: []\n", "1:1: error: unknown key 'wirte' in a policy, did you mean 'write'?" },
		{ "write: []\nwrite: []\n", "2:1: error: duplicate key 'write' in a policy" },
		{ "write: yes\n", "1:8: error: write must be a list" },
		{ "write:\n  - allow: rel/\n", "2:12: error: the path is not absolute: 'rel/'" },
		{ "write:\n  - permit: /x\n", "2:5: error: unknown key 'permit' in a rule" },
		{ "write:\n  - allow: /x\n    deny: /y\n",
		  "2:5: error: a rule has one of allow, deny, expect" },
		{ "write:\n  - allow: ~a(\n",
		  "2:12: error: bad regex '~a(': missing closing parenthesis at character 3" },
		{ "write:\n  - allow: ${CATBOX_NO_SUCH}/\n",
		  "2:12: error: ${CATBOX_NO_SUCH} is not set" },
		{ "net:\n  - allow: 10.0.0.0/40\n",
		  "2:12: error: not an address: '10.0.0.0/40' (10.0.0.0/8:443, [fd00::]/8 and the "
		  "like)" },
		{ "system:\n  - allow: chrot\n",
		  "2:12: error: no system call or group is called 'chrot' (see: catbox syscalls)" },
		{ "fake: some\n",
		  "1:7: error: a class of fake cannot be 'some', did you mean 'mode'?" },
		{ "fake: [ids, owners]\n",
		  "1:13: error: a class of fake cannot be 'owners', did you mean 'owner'?" },
		{ "fake-compat: pseudo\n", "1:14: error: fake-compat cannot be 'pseudo'" },
		{ "log: [exces]\n",
		  "1:7: error: a class of log cannot be 'exces', did you mean 'exec'?" },
		{ "on-violation: panic\n", "1:15: error: on-violation cannot be 'panic'" },
		{ "leftovers: keep\n", "1:12: error: leftovers cannot be 'keep'" },
		{ "sanitizers: off\n", "1:13: error: sanitizers cannot be 'off'" },
		{ "deny-errno: ENOENT\n", "1:13: error: deny-errno cannot be 'ENOENT'" },
		{ "write: []\n# \xc3\xa9\xff\n", "2:4: error: the file is not UTF-8 here" },
		{ "%a \xed\xa0\x80\n", "1:4: error: the file is not UTF-8 here" },
		{ "- a\n- b\n", "1:3: error: a policy must be a mapping of keys to values" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		CB_AUTO_BUF struct cb_buf got = CB_BUF_INIT;
		struct cb_policy *policy = cb_policy_new();

		CU_ASSERT_EQUAL(load(cases[i].text, policy, &got), -EINVAL);
		if (got.len)
			cb_buf_truncate(&got, got.len - 1);
		CU_ASSERT_STRING_EQUAL(got.data, cases[i].complaint);
		cb_policy_free(policy);
	}
}

static void all_mistakes_at_once(void)
{
	CB_AUTO_BUF struct cb_buf got = CB_BUF_INIT;
	struct cb_policy *policy = cb_policy_new();
	size_t lines = 0;

	CU_ASSERT_EQUAL(load("write:\n  - allow: a\n  - deny: b\nnet:\n  - allow: c\nx: 1\n", policy,
			     &got), -EINVAL);
	for (size_t i = 0; i < got.len; i++)
		lines += got.data[i] == '\n';
	CU_ASSERT_EQUAL(lines, 4);
	cb_policy_free(policy);
}

static void settings_are_taken(void)
{
	CB_AUTO_BUF struct cb_buf got = CB_BUF_INIT;
	struct cb_policy *policy = cb_policy_new();
	const struct cb_settings *s = cb_policy_settings_of(policy);

	CU_ASSERT_EQUAL(load("on-violation: stop\nleftovers: wait\ndeny-errno: EROFS\nsanitizers: lsan-off\n"
			     "log: [exec, net]\nengine: auto\nfake: [ids, mode]\nfake-compat: fakeroot\n"
			     "system:\n  - allow: chroot\n", policy, &got), 0);
	CU_ASSERT_STRING_EQUAL(got.data, "");
	CU_ASSERT_EQUAL(s->on_violation, CB_ON_VIOLATION_STOP);
	CU_ASSERT_TRUE(s->no_leak_checks);
	CU_ASSERT_TRUE(s->wait_leftovers && s->log_exec && s->log_net && !s->log_processes);
	CU_ASSERT_EQUAL(s->deny_errno, EROFS);
	CU_ASSERT_EQUAL(s->fake, CB_FAKE_CLASS_IDS | CB_FAKE_CLASS_MODE);
	CU_ASSERT_TRUE(s->fake_keep_bits);
	CU_ASSERT_EQUAL(load("fake: all\nfake-compat: kernel\nlog: [faked]\n", policy, &got), 0);
	CU_ASSERT_EQUAL(s->fake, CB_FAKE_CLASS_ALL);
	CU_ASSERT_FALSE(s->fake_keep_bits);
	CU_ASSERT_EQUAL(load("fake: none\n", policy, &got), 0);
	CU_ASSERT_EQUAL(s->fake, 0);
	cb_policy_freeze(policy);
	CU_ASSERT_TRUE(cb_policy_allows_system(policy, "chroot", NULL));
	CU_ASSERT_FALSE(s->log_reads || cb_policy_judges_reads(policy));
	cb_policy_free(policy);
}

static void logged_reads_are_judged(void)
{
	CB_AUTO_BUF struct cb_buf got = CB_BUF_INIT;
	struct cb_policy *policy = cb_policy_new();

	CU_ASSERT_EQUAL(load("log: [reads]\n", policy, &got), 0);
	CU_ASSERT_TRUE(cb_policy_settings_of(policy)->log_reads);
	cb_policy_freeze(policy);
	CU_ASSERT_TRUE(cb_policy_judges_reads(policy));
	cb_policy_free(policy);
}

static void text_is_read_as_a_file_is(void)
{
	CB_AUTO_BUF struct cb_buf got = CB_BUF_INIT;
	struct cb_policy *policy = cb_policy_new();
	static const char wrong[] = "write:\n  - allow: a\n", right[] = "{\"write\": [{\"deny\": \"/a\"}]}";

	cb_buf_clear(&got);
	CU_ASSERT_EQUAL(cb_policy_parse(policy, "here", wrong, strlen(wrong), known, &got, NULL),
			-EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(got.data, "here:2:12: error: "));
	cb_buf_clear(&got);
	CU_ASSERT_EQUAL(cb_policy_parse(policy, "here", right, strlen(right), known, &got, NULL), 0);
	CU_ASSERT_EQUAL(got.len, 0);
	cb_policy_free(policy);
}

static void directory_without_slash_warns(void)
{
	CB_AUTO_BUF struct cb_buf got = CB_BUF_INIT;
	struct cb_policy *policy = cb_policy_new();

	CU_ASSERT_EQUAL(load("write:\n  - allow: /tmp\n", policy, &got), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(got.data, "2:12: warning: '/tmp' is a directory"));
	cb_policy_free(policy);
}

static void aliases_and_anchors(void)
{
	CB_AUTO_BUF struct cb_buf got = CB_BUF_INIT;
	struct cb_policy *policy = cb_policy_new();

	CU_ASSERT_EQUAL(load("write: &w\n  - allow: /x/\nread: *w\n", policy, &got), 0);
	cb_policy_free(policy);
	policy = cb_policy_new();
	CU_ASSERT_EQUAL(load("write: *nope\n", policy, &got), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(got.data, "error: invalid alias"));
	cb_policy_free(policy);
}

HN_UNIT_SUITE("policy_file", { "mistakes are named with their place", mistakes_are_named },
	   { "all mistakes of a file at once", all_mistakes_at_once },
	   { "settings are taken", settings_are_taken },
	   { "logged reads are judged", logged_reads_are_judged },
	   { "text is read as a file is", text_is_read_as_a_file_is },
	   { "a directory without its slash warns", directory_without_slash_warns },
	   { "aliases", aliases_and_anchors });
