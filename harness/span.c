/* SPDX-License-Identifier: MIT */
/* Builds the spans from libfyaml's events, whose tokens have marks. A block
 * collection ends where the last thing in it does: its own end is only seen at the
 * next token, behind comments that are not its own. */
#include "span.h"

#include "base/buf.h"

#include <libfyaml.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 64

struct reader {
	struct fy_parser *parser;
	const char *text;
	size_t len;
	int depth;
	bool bad;
};

static void destroy(struct hn_span *s)
{
	for (size_t i = 0; i < s->count; i++)
		destroy(&s->children[i]);
	free(s->children);
	free(s->key);
}

void hn_spans_free(struct hn_span *root)
{
	if (root)
		destroy(root);
	free(root);
}

static void set_marks(struct hn_span *s, struct fy_token *token)
{
	const struct fy_mark *start = token ? fy_token_start_mark(token) : NULL;
	const struct fy_mark *end = token ? fy_token_end_mark(token) : NULL;

	s->start = start ? start->input_pos : 0;
	s->end = end ? end->input_pos : s->start;
}

/* Its marks are those of the content: the quotes, or what introduces a block, are
 * looked for before it. */
static void set_scalar(struct reader *r, struct hn_span *s, struct fy_token *token, size_t after)
{
	enum fy_scalar_style style = token ? fy_token_scalar_style(token) : FYSS_PLAIN;

	set_marks(s, token);
	if (style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED) {
		s->start -= s->start > 0;
		s->end += s->end < r->len;
	} else if (style == FYSS_LITERAL || style == FYSS_FOLDED) {
		s->start = after + strspn(r->text + after, ": ");
		while (s->end > s->start && strchr("\n ", r->text[s->end - 1]))
			s->end--;
	}
}

static void read_value(struct reader *r, struct fy_event *event, struct hn_span *s, size_t after);

static struct hn_span *add_child(struct hn_span *s)
{
	s->children = cb_realloc(s->children, (s->count + 1) * sizeof *s->children);
	s->children[s->count] = (struct hn_span){ .kind = HN_SPAN_SCALAR };
	return &s->children[s->count++];
}

/* The value behind a key that has been read. */
static void read_pair(struct reader *r, struct fy_event *key, struct hn_span *s)
{
	struct fy_token *token = key->type == FYET_SCALAR ? key->scalar.value : NULL;
	const char *name = token ? fy_token_get_text0(token) : NULL;
	struct hn_span *value = add_child(s), place = { .kind = HN_SPAN_SCALAR };
	struct fy_event *event;

	if (!token || !name) {
		r->bad = true; /* a key that is no plain word is no key of ours */
		return;
	}
	set_scalar(r, &place, token, 0);
	value->key = cb_strdup(name);
	value->key_start = place.start;
	event = fy_parser_parse(r->parser);
	read_value(r, event, value, place.end);
}

static void read_children(struct reader *r, struct hn_span *s, enum fy_event_type end)
{
	struct fy_event *event = NULL;
	struct fy_token *token = NULL;

	if (++r->depth > DEPTH_MAX)
		r->bad = true;
	while (!r->bad && (event = fy_parser_parse(r->parser)) && event->type != end) {
		if (s->kind == HN_SPAN_MAPPING) {
			read_pair(r, event, s);
			fy_parser_event_free(r->parser, event);
		} else {
			read_value(r, event, add_child(s), s->end);
		}
	}
	r->depth--;
	if (r->bad)
		return;
	if (!event) {
		r->bad = true;
		return;
	}
	token = end == FYET_MAPPING_END ? event->mapping_end.mapping_end :
					  event->sequence_end.sequence_end;
	if (s->flow)
		s->end = token && fy_token_end_mark(token) ? fy_token_end_mark(token)->input_pos :
							    s->end;
	else if (s->count)
		s->end = s->children[s->count - 1].end;
	fy_parser_event_free(r->parser, event);
}

/* Takes the event, and those of all that is in it. */
static void read_value(struct reader *r, struct fy_event *event, struct hn_span *s, size_t after)
{
	enum fy_event_type end = FYET_NONE;

	if (!event) {
		r->bad = true;
		return;
	}
	if (event->type == FYET_SCALAR) {
		s->anchored = event->scalar.anchor;
		set_scalar(r, s, event->scalar.value, after);
	} else if (event->type == FYET_MAPPING_START) {
		s->kind = HN_SPAN_MAPPING;
		s->anchored = event->mapping_start.anchor;
		set_marks(s, event->mapping_start.mapping_start);
		end = FYET_MAPPING_END;
	} else if (event->type == FYET_SEQUENCE_START) {
		s->kind = HN_SPAN_SEQUENCE;
		s->anchored = event->sequence_start.anchor;
		set_marks(s, event->sequence_start.sequence_start);
		end = FYET_SEQUENCE_END;
	} else {
		s->kind = HN_SPAN_ALIAS;
	}
	fy_parser_event_free(r->parser, event);
	if (end == FYET_NONE)
		return;
	s->flow = r->text[s->start] == '{' || r->text[s->start] == '[';
	read_children(r, s, end);
}

struct hn_span *hn_spans_read(const char *text, size_t len)
{
	struct fy_parse_cfg cfg = { .flags = FYPCF_QUIET | FYPCF_ALLOW_DUPLICATE_KEYS };
	struct reader r = { NULL, text, len, 0, false };
	struct hn_span *root = cb_calloc(1, sizeof *root);
	struct fy_diag_cfg quiet;
	struct fy_event *event;

	fy_diag_cfg_default(&quiet);
	quiet.fp = NULL;
	cfg.diag = fy_diag_create(&quiet);
	r.parser = fy_parser_create(&cfg);
	r.bad = !r.parser || fy_parser_set_string(r.parser, text, len);
	while (!r.bad && (event = fy_parser_parse(r.parser))) {
		if (event->type != FYET_STREAM_START && event->type != FYET_DOCUMENT_START) {
			read_value(&r, event, root, 0);
			break;
		}
		fy_parser_event_free(r.parser, event);
	}
	fy_parser_destroy(r.parser);
	fy_diag_unref(cfg.diag);
	if (!r.bad)
		return root;
	hn_spans_free(root);
	return NULL;
}

const struct hn_span *hn_span_of(const struct hn_span *mapping, const char *key)
{
	for (size_t i = 0; mapping && mapping->kind == HN_SPAN_MAPPING && i < mapping->count; i++)
		if (!strcmp(mapping->children[i].key, key))
			return &mapping->children[i];
	return NULL;
}

const struct hn_span *hn_span_item(const struct hn_span *sequence, size_t index)
{
	return sequence && sequence->kind == HN_SPAN_SEQUENCE && index < sequence->count ?
		&sequence->children[index] : NULL;
}
