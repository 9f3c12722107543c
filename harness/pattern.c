/* SPDX-License-Identifier: MIT */
/* Exact texts, path prefixes and regexes behind one match function. */
#define PCRE2_CODE_UNIT_WIDTH 8

#include "pattern.h"

#include "base/cleanup.h"

#include <errno.h>
#include <pcre2.h>
#include <string.h>

static int compile(pcre2_code **code, const char *regex, struct cb_error *err)
{
	PCRE2_UCHAR message[160];
	PCRE2_SIZE offset;
	int number;

	*code = pcre2_compile((PCRE2_SPTR)regex, PCRE2_ZERO_TERMINATED,
			      PCRE2_DOTALL | PCRE2_DOLLAR_ENDONLY, &number, &offset, NULL);
	if (*code)
		return 0;
	pcre2_get_error_message(number, message, sizeof message);
	return cb_error(err, EINVAL, "bad regex '%s': %s at character %zu", regex,
			(const char *)message, (size_t)offset + 1);
}

/* Drops "." and ".." of an absolute path, as text: in a suite they stand for
 * places beside the work directory, where no symlinks are. */
static void normalise(struct cb_buf *out, const char *path)
{
	size_t start = out->len;
	bool below = path[strlen(path) - 1] == '/';

	while (*path) {
		size_t len;

		path += strspn(path, "/");
		len = strcspn(path, "/");
		if (len == 2 && !strncmp(path, "..", 2)) {
			while (out->len > start && out->data[--out->len] != '/')
				;
			cb_buf_add(out, "", 0);
		} else if (len && !(len == 1 && *path == '.')) {
			cb_buf_addc(out, '/');
			cb_buf_add(out, path, len);
		}
		path += len;
	}
	if (out->len == start || below)
		cb_buf_addc(out, '/');
}

int hn_path_resolve(struct cb_buf *out, const char *path, const struct hn_vars *vars,
		    struct cb_error *err)
{
	CB_AUTO_BUF struct cb_buf full = CB_BUF_INIT;
	int rc;

	cb_buf_clear(&full);
	rc = hn_expand(&full, path, vars, HN_EXPAND_STRICT, err);
	if (rc)
		return rc;
	if (*full.data != '/') {
		char *relative = cb_buf_steal(&full);

		cb_buf_addf(&full, "%s/%s", vars->value[HN_VAR_BUILD_DIR], relative);
		free(relative);
	}
	normalise(out, full.data);
	return 0;
}

int hn_pattern_init(struct hn_pattern *p, const char *value, bool is_path,
		    const struct hn_vars *vars, struct cb_error *err)
{
	CB_AUTO_BUF struct cb_buf text = CB_BUF_INIT;
	unsigned int strict = is_path ? HN_EXPAND_STRICT : 0;
	pcre2_code *code = NULL;
	int rc;

	cb_buf_clear(&text);
	*p = (struct hn_pattern){ HN_PATTERN_EXACT, NULL, NULL };
	if (*value == '~') {
		p->kind = HN_PATTERN_REGEX;
		rc = hn_expand(&text, value + 1, vars, strict | HN_EXPAND_QUOTED, err);
		if (!rc)
			rc = compile(&code, text.data, err);
	} else if (is_path) {
		rc = hn_path_resolve(&text, value, vars, err);
		if (!rc && text.data[text.len - 1] == '/') {
			p->kind = HN_PATTERN_BELOW;
			cb_buf_truncate(&text, text.len - 1);
		}
	} else {
		rc = hn_expand(&text, value, vars, 0, err);
	}
	if (rc)
		return rc;
	p->text = cb_buf_steal(&text);
	p->code = code;
	return 0;
}

int hn_pattern_check(const char *value, bool is_path, struct cb_error *err)
{
	static const struct hn_vars anything = { { "/b", "/h", "/t", "/f", "/p" } };
	struct hn_pattern p;
	int rc = hn_pattern_init(&p, value, is_path, &anything, err);

	hn_pattern_destroy(&p);
	return rc;
}

void hn_pattern_destroy(struct hn_pattern *p)
{
	free(p->text);
	pcre2_code_free(p->code);
	*p = (struct hn_pattern){ HN_PATTERN_EXACT, NULL, NULL };
}

static bool search(const struct hn_pattern *p, const char *subject, size_t len)
{
	pcre2_match_data *data = pcre2_match_data_create(1, NULL);
	int rc;

	if (!data)
		return false;
	rc = pcre2_match(p->code, (PCRE2_SPTR)subject, len, 0, 0, data, NULL);
	pcre2_match_data_free(data);
	return rc >= 0;
}

bool hn_pattern_match(const struct hn_pattern *p, const char *subject, size_t len)
{
	size_t own = strlen(p->text);

	switch (p->kind) {
	case HN_PATTERN_REGEX:
		return search(p, subject, len);
	case HN_PATTERN_BELOW:
		return len >= own && !memcmp(subject, p->text, own) &&
		       (len == own || subject[own] == '/');
	case HN_PATTERN_EXACT:
		break;
	}
	return len == own && !memcmp(subject, p->text, len);
}
