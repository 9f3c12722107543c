/* SPDX-License-Identifier: MIT */
/* Reads `matrix:` of a case: keys with the values that each takes in turn. The
 * last key changes fastest. */
#include "suite_load.h"

#include "base/cleanup.h"

#include <stdlib.h>
#include <string.h>

#define CELLS_MAX 10000

/* Lower case, so that no key hides a name of the environment such as ${HOME}. */
static bool is_key(const char *text)
{
	size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz_0123456789");

	return !text[len] && *text >= 'a' && *text <= 'z';
}

static void take_value(struct cb_yaml *y, struct fy_node *item, void *ctx)
{
	struct hn_axis *axis = ctx;
	const char *text = cb_yaml_scalar(y, item, "a value of a matrix");

	if (!text)
		return;
	if (hn_strings_have(&axis->values, text))
		cb_yaml_error(y, item, "duplicate value '%s' in the matrix", text);
	hn_strings_add(&axis->values, text);
}

static bool has_axis(const struct hn_matrix *m, const char *name)
{
	for (size_t i = 0; i < m->count; i++)
		if (!strcmp(m->axes[i].name, name))
			return true;
	return false;
}

static void load_axis(struct cb_yaml *y, struct fy_node *key, struct fy_node *value,
		      struct hn_matrix *m)
{
	const char *name = cb_yaml_scalar(y, key, "a key of a matrix");
	struct hn_axis axis = { NULL, { NULL, 0 } };

	if (!name)
		return;
	if (!is_key(name))
		cb_yaml_error(y, key, "a key of a matrix has only lower case letters, digits and "
			      "'_', not '%s'", name);
	if (has_axis(m, name))
		cb_yaml_error(y, key, "duplicate key '%s' in the matrix", name);
	cb_yaml_sequence(y, value, "values of a matrix", take_value, &axis);
	if (value && fy_node_is_sequence(value) && fy_node_sequence_is_empty(value))
		cb_yaml_error(y, value, "'%s' needs at least one value", name);
	axis.name = cb_strdup(name);
	m->axes = cb_realloc(m->axes, (m->count + 1) * sizeof *m->axes);
	m->axes[m->count++] = axis;
}

void hn_matrix_load(struct cb_yaml *y, struct fy_node *node, struct hn_matrix *m)
{
	struct fy_node_pair *pair;
	void *iter = NULL;

	*m = (struct hn_matrix){ NULL, 0, 1 };
	if (!node)
		return;
	if (!fy_node_is_mapping(node) || fy_node_mapping_is_empty(node)) {
		cb_yaml_error(y, node, "a matrix must be a mapping like {as: [raw, libc]}");
		m->cells = 0;
		return;
	}
	while ((pair = fy_node_mapping_iterate(node, &iter)))
		load_axis(y, fy_node_pair_key(pair), fy_node_pair_value(pair), m);
	for (size_t i = 0; i < m->count && m->cells <= CELLS_MAX; i++)
		m->cells *= m->axes[i].values.count;
	if (m->cells > CELLS_MAX) {
		cb_yaml_error(y, node, "the matrix makes more than %d cases", CELLS_MAX);
		m->cells = 0;
	}
}

/* Else the names of its cases would be the same. */
void hn_matrix_check_name(struct cb_yaml *y, struct fy_node *name, const struct hn_matrix *m)
{
	const char *text = name && fy_node_is_scalar(name) ? fy_node_get_scalar0(name) : NULL;

	for (size_t i = 0; text && i < m->count; i++) {
		CB_AUTO_BUF struct cb_buf mention = CB_BUF_INIT;

		cb_buf_addf(&mention, "${%s}", m->axes[i].name);
		if (!strstr(text, mention.data))
			cb_yaml_error(y, name, "the name must have %s in it, a key of the matrix",
				      mention.data);
	}
}

struct cb_yaml_word *hn_matrix_words(const struct hn_matrix *m, size_t cell)
{
	struct cb_yaml_word *words = cb_calloc(m->count + 1, sizeof *words);

	for (size_t i = m->count; i-- > 0; ) {
		const struct hn_axis *axis = &m->axes[i];

		words[i].name = axis->name;
		words[i].value = axis->values.items[cell % axis->values.count];
		cell /= axis->values.count;
	}
	return words;
}

void hn_matrix_destroy(struct hn_matrix *m)
{
	for (size_t i = 0; i < m->count; i++) {
		free(m->axes[i].name);
		hn_strings_destroy(&m->axes[i].values);
	}
	free(m->axes);
}
