/* SPDX-License-Identifier: MIT */
/* Parses the text of one rule: a path, a regex, an address or a name. */
#include "policy/rule.h"

#include "base/cleanup.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static int parse_regex(struct cb_rule *rule, const char *pattern, struct cb_error *err)
{
	PCRE2_UCHAR text[128];
	PCRE2_SIZE at;
	int code;

	rule->regex = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
				    PCRE2_DOTALL | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_UTF, &code,
				    &at, NULL);
	if (!rule->regex) {
		pcre2_get_error_message(code, text, sizeof text);
		return cb_error(err, EINVAL, "bad regex '~%s': %s at character %zu", pattern,
				(const char *)text, (size_t)at + 1);
	}
	pcre2_jit_compile(rule->regex, PCRE2_JIT_COMPLETE); /* without JIT it is only slower */
	rule->text = cb_strdup(pattern);
	rule->len = strlen(pattern);
	return 0;
}

/* Is the path before the first symlink of its tail an existing directory that
 * realpath knows; the rest is appended as it stands. */
void cb_canonical_literal(const char *path, struct cb_buf *out)
{
	CB_AUTO_FREE char *prefix = cb_strdup(path);
	size_t len = strlen(prefix);
	char resolved[PATH_MAX];
	const char *rest;

	while (len > 1 && prefix[len - 1] == '/')
		prefix[--len] = '\0';
	while (len > 1 && !realpath(prefix, resolved)) {
		while (len > 1 && prefix[len - 1] != '/')
			len--;
		while (len > 1 && prefix[len - 1] == '/')
			len--;
		prefix[len] = '\0';
	}
	cb_buf_sets(out, len > 1 ? resolved : "/");
	for (rest = path + (len > 1 ? len : 0); *rest;) {
		size_t n;

		rest += strspn(rest, "/");
		n = strcspn(rest, "/");
		if (n == 2 && !memcmp(rest, "..", 2)) {
			const char *slash = strrchr(out->data, '/');

			cb_buf_truncate(out, slash == out->data ? 1 : (size_t)(slash - out->data));
		} else if (n && !(n == 1 && *rest == '.')) {
			if (out->len > 1)
				cb_buf_addc(out, '/');
			cb_buf_add(out, rest, n);
		}
		rest += n;
	}
}

static int parse_path(struct cb_rule *rule, enum cb_match *match, const char *text,
		      struct cb_error *err)
{
	CB_AUTO_BUF struct cb_buf real = CB_BUF_INIT;

	if (*text == '~') {
		*match = CB_MATCH_REGEX;
		return parse_regex(rule, text + 1, err);
	}
	if (*text != '/')
		return cb_error(err, EINVAL, "the path is not absolute: '%s'", text);
	*match = text[strlen(text) - 1] == '/' ? CB_MATCH_TREE : CB_MATCH_PATH;
	cb_canonical_literal(text, &real);
	rule->len = real.len;
	rule->text = cb_buf_steal(&real);
	return 0;
}

static int parse_net(struct cb_rule *rule, const char *text, struct cb_error *err)
{
	if (!strcmp(text, "all")) {
		rule->match = CB_MATCH_ALL;
		return 0;
	}
	if (!strcmp(text, "loopback")) {
		rule->match = CB_MATCH_LOOPBACK;
		return 0;
	}
	if (!strncmp(text, "unix:", 5)) {
		rule->match = CB_MATCH_UNIX;
		return parse_path(rule, &rule->path_match, text + 5, err);
	}
	if (!strncmp(text, "abstract:", 9)) {
		rule->match = CB_MATCH_ABSTRACT;
		rule->path_match = text[9] == '~' ? CB_MATCH_REGEX : CB_MATCH_PATH;
		if (text[9] == '~')
			return parse_regex(rule, text + 10, err);
		rule->text = cb_strdup(text + 9);
		rule->len = strlen(rule->text);
		return 0;
	}
	rule->match = CB_MATCH_NETWORK;
	return cb_network_parse(&rule->network, text, err);
}

int cb_rule_parse(struct cb_rule *rule, const char *text, struct cb_error *err)
{
	switch (rule->section) {
	case CB_CLASS_WRITE:
	case CB_CLASS_READ:
		return parse_path(rule, &rule->match, text, err);
	case CB_CLASS_NET:
		return parse_net(rule, text, err);
	default:
		rule->match = CB_MATCH_NAME;
		rule->text = cb_strdup(text);
		rule->len = strlen(text);
		return 0;
	}
}

void cb_rule_destroy(struct cb_rule *rule)
{
	free(rule->text);
	free(rule->origin);
	pcre2_code_free(rule->regex);
}
