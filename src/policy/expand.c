/* SPDX-License-Identifier: MIT */
/* ${NAME} in rules: from --set, then the environment, then BUILD_DIR = cwd. */
#include "policy/rule.h"

#include "base/cleanup.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void add_value(struct cb_buf *out, const char *value, bool quote)
{
	for (; *value; value++) {
		/* backslash before a non-alphanumeric is that character (pcre2pattern(3)) */
		if (quote && !isalnum((unsigned char)*value) && !((unsigned char)*value & 0x80))
			cb_buf_addc(out, '\\');
		cb_buf_addc(out, *value);
	}
}

static const char *lookup(const struct cb_policy *policy, const char *name)
{
	for (size_t i = policy->var_count; i-- > 0;)
		if (!strcmp(policy->vars[i].name, name))
			return policy->vars[i].value;
	return getenv(name);
}

static int add_variable(const struct cb_policy *policy, const char *name, bool quote,
			struct cb_buf *out, struct cb_error *err)
{
	CB_AUTO_FREE char *cwd = NULL;
	const char *value = lookup(policy, name);

	if (!value && !strcmp(name, "BUILD_DIR")) {
		cwd = getcwd(NULL, 0);
		if (!cwd)
			return cb_error_sys(err, "${BUILD_DIR}: no current directory");
		value = cwd;
	}
	if (!value)
		return cb_error(err, EINVAL, "${%s} is not set", name);
	if (!*value)
		return cb_error(err, EINVAL, "${%s} is empty", name);
	add_value(out, value, quote);
	return 0;
}

int cb_policy_expand(const struct cb_policy *policy, const char *text, bool quote,
		     struct cb_buf *out, struct cb_error *err)
{
	cb_buf_clear(out);
	while (*text) {
		const char *start = strstr(text, "${"), *end;
		char name[128];
		size_t n;
		int rc;

		if (!start) {
			cb_buf_adds(out, text);
			return 0;
		}
		cb_buf_add(out, text, (size_t)(start - text));
		end = strchr(start, '}');
		n = end ? (size_t)(end - start - 2) : 0;
		if (!end || !n || n >= sizeof name)
			return cb_error(err, EINVAL, "bad ${NAME} in '%s'", text);
		memcpy(name, start + 2, n);
		name[n] = '\0';
		rc = add_variable(policy, name, quote, out, err);
		if (rc)
			return rc;
		text = end + 1;
	}
	return 0;
}
