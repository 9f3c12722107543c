/* SPDX-License-Identifier: MIT */
/* Reads YAML by tables of keys and collects complaints with positions. Knows
 * nothing of policies or suites. */
#include "base/yaml.h"

#include "base/cleanup.h"
#include "base/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#define YAML_FILE_MAX (16u << 20)

static void complain(struct cb_yaml *y, int line, int column, const char *kind,
		     const char *fmt, va_list ap) __attribute__((format(printf, 5, 0)));

static void complain(struct cb_yaml *y, int line, int column, const char *kind,
		     const char *fmt, va_list ap)
{
	cb_buf_addf(&y->complaints, "%s:%d:%d: %s: ", y->name, line, column, kind);
	cb_buf_addv(&y->complaints, fmt, ap);
	cb_buf_addc(&y->complaints, '\n');
}

void cb_yaml_error(struct cb_yaml *y, struct fy_node *at, const char *fmt, ...)
{
	int line, column;
	va_list ap;

	cb_yaml_position(at, &line, &column);
	va_start(ap, fmt);
	complain(y, line, column, "error", fmt, ap);
	va_end(ap);
	y->errors++;
}

void cb_yaml_warning(struct cb_yaml *y, struct fy_node *at, const char *fmt, ...)
{
	int line, column;
	va_list ap;

	cb_yaml_position(at, &line, &column);
	va_start(ap, fmt);
	complain(y, line, column, "warning", fmt, ap);
	va_end(ap);
	y->warnings++;
}

/* A collection has no token of its own: its first scalar says where it is. */
static struct fy_node *first_scalar(struct fy_node *node)
{
	while (node && !fy_node_is_scalar(node)) {
		if (fy_node_is_mapping(node)) {
			struct fy_node_pair *pair = fy_node_mapping_get_by_index(node, 0);

			node = pair ? fy_node_pair_key(pair) : NULL;
		} else {
			node = fy_node_sequence_get_by_index(node, 0);
		}
	}
	return node;
}

/* The key of the pair whose value the node is, or NULL. */
static struct fy_node *key_of(struct fy_node *node)
{
	struct fy_node *parent = fy_node_get_parent(node);
	struct fy_node_pair *pair;
	void *iter = NULL;

	while (parent && fy_node_is_mapping(parent) &&
	       (pair = fy_node_mapping_iterate(parent, &iter)))
		if (fy_node_pair_value(pair) == node)
			return fy_node_pair_key(pair);
	return NULL;
}

void cb_yaml_position(struct fy_node *node, int *line, int *column)
{
	struct fy_node *scalar = first_scalar(node);
	struct fy_token *token = scalar ? fy_node_get_scalar_token(scalar) : NULL;
	const struct fy_mark *mark = token ? fy_token_start_mark(token) : NULL;

	/* an empty value has no place: that of its key, or of what holds it, will do */
	while (!mark && node) {
		struct fy_node *key = key_of(node);

		node = key ? key : fy_node_get_parent(node);
		scalar = first_scalar(node);
		token = scalar ? fy_node_get_scalar_token(scalar) : NULL;
		mark = token ? fy_token_start_mark(token) : NULL;
	}
	*line = mark ? mark->line + 1 : 1;
	*column = mark ? mark->column + 1 : 1;
}

static void syntax_error(struct cb_yaml *y, int line, int column, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

static void syntax_error(struct cb_yaml *y, int line, int column, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	complain(y, line, column, "error", fmt, ap);
	va_end(ap);
	y->errors++;
}

static void take_diagnostics(struct cb_yaml *y, struct fy_diag *diag)
{
	struct fy_diag_error *e;
	void *iter = NULL;

	while ((e = fy_diag_errors_iterate(diag, &iter)))
		syntax_error(y, e->line > 0 ? e->line : 1, e->column > 0 ? e->column : 1,
			     "%s", e->msg);
}

/* Resolving also refuses duplicate keys, without saying where: we do that. */
static bool has_alias(struct fy_node *node)
{
	struct fy_node_pair *pair;
	struct fy_node *item;
	void *iter = NULL;

	if (!node || fy_node_is_scalar(node))
		return node && fy_node_is_alias(node);
	if (fy_node_is_sequence(node)) {
		while ((item = fy_node_sequence_iterate(node, &iter)))
			if (has_alias(item))
				return true;
		return false;
	}
	while ((pair = fy_node_mapping_iterate(node, &iter)))
		if (has_alias(fy_node_pair_value(pair)))
			return true;
	return false;
}

/* What is no text is not shown to libfyaml, which has no end (0.7.12) in a
 * directive that is not UTF-8. */
static bool is_text(struct cb_yaml *y)
{
	const unsigned char *s = (const unsigned char *)y->text.data;
	int line = 1, column = 1;

	for (size_t i = 0, n; i < y->text.len; i += n) {
		n = cb_utf8_length(s + i, y->text.len - i);
		if (!n || !s[i]) {
			syntax_error(y, line, column, n ? "the file holds a NUL byte" :
							  "the file is not UTF-8 here");
			return false;
		}
		line += s[i] == '\n';
		column = s[i] == '\n' ? 1 : column + 1;
	}
	return true;
}

static void parse(struct cb_yaml *y)
{
	struct fy_diag_cfg dcfg;
	struct fy_parse_cfg cfg = {
		.flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_ALLOW_DUPLICATE_KEYS |
			 FYPCF_JSON_NONE,
	};
	struct fy_diag *diag;
	bool unresolved;

	if (!is_text(y))
		return;
	fy_diag_cfg_default(&dcfg);
	dcfg.fp = NULL;
	diag = fy_diag_create(&dcfg);
	fy_diag_set_collect_errors(diag, true);
	cfg.diag = diag;
	y->doc = fy_document_build_from_string(&cfg, y->text.data, y->text.len);
	unresolved = y->doc && has_alias(fy_document_root(y->doc)) && fy_document_resolve(y->doc);
	take_diagnostics(y, diag);
	if (unresolved && !y->errors)
		syntax_error(y, 1, 1, "an alias does not resolve");
	if (!y->doc && !y->errors)
		syntax_error(y, 1, 1, "not a YAML document");
	else if (y->doc && !fy_document_root(y->doc) && !y->errors)
		syntax_error(y, 1, 1, "the file is empty");
	fy_diag_reset_error(diag); /* or libfyaml 0.7 leaks the collected ones */
	fy_diag_unref(diag);
	if (y->errors && y->doc) {
		fy_document_destroy(y->doc);
		y->doc = NULL;
	}
}

int cb_yaml_load(struct cb_yaml *y, const char *path, struct cb_error *err)
{
	int rc = cb_buf_read_file(&y->text, AT_FDCWD, path, YAML_FILE_MAX);

	if (rc) {
		errno = -rc;
		return cb_error_sys(err, "%s", path);
	}
	y->name = cb_strdup(path);
	parse(y);
	return 0;
}

void cb_yaml_parse(struct cb_yaml *y, const char *name, const char *text, size_t len)
{
	y->name = cb_strdup(name);
	cb_buf_clear(&y->text);
	cb_buf_add(&y->text, text, len);
	parse(y);
}

struct cb_yaml_replaced {
	struct cb_yaml_replaced *next;
	char *text; /* owned */
};

static void forget_replaced(struct cb_yaml *y)
{
	while (y->replaced) {
		struct cb_yaml_replaced *r = y->replaced;

		y->replaced = r->next;
		free(r->text);
		free(r);
	}
}

void cb_yaml_destroy(struct cb_yaml *y)
{
	forget_replaced(y);
	if (y->doc)
		fy_document_destroy(y->doc);
	free(y->name);
	cb_buf_destroy(&y->text);
	cb_buf_destroy(&y->complaints);
	*y = (struct cb_yaml)CB_YAML_INIT;
}

static const char *scalar0(struct fy_node *node)
{
	const char *s = fy_node_is_scalar(node) ? fy_node_get_scalar0(node) : NULL;

	return s ? s : "";
}

/* The word that ${...} at `text` names, or NULL. */
static const struct cb_yaml_word *word_at(const struct cb_yaml_word *words, const char *text)
{
	for (; words->name; words++) {
		size_t len = strlen(words->name);

		if (!strncmp(text + 2, words->name, len) && text[2 + len] == '}')
			return words;
	}
	return NULL;
}

/* The text with its words replaced; itself if there are none in it. */
static const char *replace_words(struct cb_yaml *y, const char *text)
{
	CB_AUTO_BUF struct cb_buf out = CB_BUF_INIT;
	struct cb_yaml_replaced *kept;
	const char *open, *from = text;

	for (const char *at = text; y->words && (open = strstr(at, "${")); ) {
		const struct cb_yaml_word *word = word_at(y->words, open);

		at = open + 2;
		if (!word)
			continue;
		at += strlen(word->name) + 1;
		cb_buf_add(&out, from, (size_t)(open - from));
		cb_buf_adds(&out, word->value);
		from = at;
	}
	if (from == text)
		return text;
	cb_buf_adds(&out, from);
	kept = cb_calloc(1, sizeof *kept);
	kept->next = y->replaced;
	kept->text = cb_buf_steal(&out);
	y->replaced = kept;
	return kept->text;
}

const char *cb_yaml_text(struct cb_yaml *y, struct fy_node *node, const char *what)
{
	size_t len = 0;
	const char *s;

	if (!node || !fy_node_is_scalar(node)) {
		cb_yaml_error(y, node, "%s must be a single value", what);
		return NULL;
	}
	s = fy_node_get_scalar(node, &len);
	if (s && memchr(s, '\0', len)) {
		cb_yaml_error(y, node, "%s holds a NUL byte", what);
		return NULL;
	}
	return replace_words(y, scalar0(node));
}

const char *cb_yaml_scalar(struct cb_yaml *y, struct fy_node *node, const char *what)
{
	const char *s = cb_yaml_text(y, node, what);

	if (s && !*s) {
		cb_yaml_error(y, node, "%s is empty", what);
		return NULL;
	}
	return s;
}

static void unknown_key(struct cb_yaml *y, struct fy_node *key, const char *what,
			const struct cb_yaml_key *keys)
{
	const char *names[64];
	const char *guess;
	size_t n = 0;

	for (const struct cb_yaml_key *k = keys; k->name && n < 63; k++)
		names[n++] = k->name;
	names[n] = NULL;
	guess = cb_suggest(scalar0(key), names);
	if (guess)
		cb_yaml_error(y, key, "unknown key '%s' in %s, did you mean '%s'?",
			      scalar0(key), what, guess);
	else
		cb_yaml_error(y, key, "unknown key '%s' in %s", scalar0(key), what);
}

void cb_yaml_mapping(struct cb_yaml *y, struct fy_node *node, const char *what,
		     const struct cb_yaml_key *keys, void *ctx)
{
	unsigned long long seen = 0;
	struct fy_node_pair *pair;
	void *iter = NULL;

	if (!node || !fy_node_is_mapping(node)) {
		cb_yaml_error(y, node, "%s must be a mapping of keys to values", what);
		return;
	}
	while ((pair = fy_node_mapping_iterate(node, &iter))) {
		struct fy_node *key = fy_node_pair_key(pair);
		const struct cb_yaml_key *k = keys;

		while (k->name && (!key || strcmp(k->name, scalar0(key))))
			k++;
		if (!k->name) {
			unknown_key(y, key ? key : node, what, keys);
			continue;
		}
		if (seen & (1ull << (k - keys))) {
			cb_yaml_error(y, key, "duplicate key '%s' in %s", k->name, what);
			continue;
		}
		seen |= 1ull << (k - keys);
		k->take(y, fy_node_pair_value(pair), ctx);
	}
	for (const struct cb_yaml_key *k = keys; k->name; k++)
		if (k->required && !(seen & (1ull << (k - keys))))
			cb_yaml_error(y, node, "%s has no '%s'", what, k->name);
}

void cb_yaml_sequence(struct cb_yaml *y, struct fy_node *node, const char *what,
		      void (*take)(struct cb_yaml *, struct fy_node *, void *), void *ctx)
{
	struct fy_node *item;
	void *iter = NULL;

	if (!node || !fy_node_is_sequence(node)) {
		cb_yaml_error(y, node, "%s must be a list", what);
		return;
	}
	while ((item = fy_node_sequence_iterate(node, &iter)))
		take(y, item, ctx);
}
