/* SPDX-License-Identifier: MIT */
/* Writes an inline policy as a policy file. Flow style may break lines
 * anywhere, so each word can be put on the line where the suite has it, and
 * what catbox says of line N of the policy is true of the suite. */
#include "suite_load.h"

struct emitter {
	struct cb_buf *out;
	int line;          /* where the next byte goes, from 1 */
	size_t line_start; /* offset of the current line in out */
};

/* A column before the first is the first. */
static void move_to(struct emitter *e, int line, int column)
{
	while (e->line < line) {
		cb_buf_addc(e->out, '\n');
		e->line++;
		e->line_start = e->out->len;
	}
	while ((long long)(e->out->len - e->line_start) + 1 < column)
		cb_buf_addc(e->out, ' ');
}

static void emit_scalar(struct emitter *e, struct fy_node *node)
{
	size_t len = 0;
	const char *s = fy_node_get_scalar(node, &len);
	int line, column;

	if (s && len) {
		cb_yaml_position(node, &line, &column);
		move_to(e, line, column - 1);
	}
	cb_buf_addc(e->out, '"');
	for (size_t i = 0; s && i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c == '"' || c == '\\')
			cb_buf_addf(e->out, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			cb_buf_addf(e->out, "\\x%02x", c);
		else
			cb_buf_addc(e->out, (char)c);
	}
	cb_buf_addc(e->out, '"');
}

static void emit(struct emitter *e, struct fy_node *node)
{
	struct fy_node_pair *pair;
	struct fy_node *item;
	void *iter = NULL;
	const char *comma = "";

	if (!node || fy_node_is_scalar(node)) {
		if (node)
			emit_scalar(e, node);
		else
			cb_buf_adds(e->out, "\"\"");
	} else if (fy_node_is_mapping(node)) {
		cb_buf_addc(e->out, '{');
		while ((pair = fy_node_mapping_iterate(node, &iter))) {
			cb_buf_adds(e->out, comma);
			emit(e, fy_node_pair_key(pair));
			cb_buf_adds(e->out, ": ");
			emit(e, fy_node_pair_value(pair));
			comma = ", ";
		}
		cb_buf_addc(e->out, '}');
	} else {
		cb_buf_addc(e->out, '[');
		while ((item = fy_node_sequence_iterate(node, &iter))) {
			cb_buf_adds(e->out, comma);
			emit(e, item);
			comma = ", ";
		}
		cb_buf_addc(e->out, ']');
	}
}

void hn_policy_extract(struct cb_buf *out, struct fy_node *node)
{
	struct emitter e = { out, 1, out->len };
	int line, column;

	cb_yaml_position(node, &line, &column);
	move_to(&e, line, column - 2);
	emit(&e, node);
	cb_buf_addc(out, '\n');
}
