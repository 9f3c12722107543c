/* SPDX-License-Identifier: MIT */
/* The matcher. Without `ordered` all entries stay open until they are full; with
 * it an entry is closed as soon as a later one has taken an event. */
#include "match.h"

#include "base/cleanup.h"
#include "events.h"
#include "pattern.h"

#include <stdlib.h>
#include <string.h>

#define DIFF_LINES_MAX 100

/* An entry at work. */
struct slot {
	const struct hn_entry *entry;
	struct hn_pattern *patterns; /* one a field; owned */
	long long taken;
};

static bool by_matches(const struct hn_pattern *pattern, const json_t *event)
{
	CB_AUTO_BUF struct cb_buf value = CB_BUF_INIT;
	const char *base;

	cb_buf_clear(&value);
	if (hn_event_text(&value, event, "comm") &&
	    hn_pattern_match(pattern, value.data, value.len))
		return true;
	cb_buf_clear(&value);
	if (!hn_event_text(&value, event, "exe"))
		return false;
	base = strrchr(value.data, '/');
	base = base ? base + 1 : value.data;
	return hn_pattern_match(pattern, base, strlen(base));
}

/* Modes are numbers: what the suite writes as 0755 an event may write as 755. */
static bool same_octal(const struct hn_pattern *pattern, const struct cb_buf *value)
{
	return value->len && !value->data[strspn(value->data, "01234567")] &&
	       strtoul(pattern->text, NULL, 8) == strtoul(value->data, NULL, 8);
}

static bool field_matches(const struct hn_field *field, const struct hn_pattern *pattern,
			  const json_t *event)
{
	const struct hn_field_kind *kind = &hn_fields[field->row];
	CB_AUTO_BUF struct cb_buf value = CB_BUF_INIT;

	cb_buf_clear(&value);
	switch (kind->form) {
	case HN_FORM_BY:
		return by_matches(pattern, event);
	case HN_FORM_OWNER:
		if (!hn_event_owner(&value, event))
			return false;
		break;
	case HN_FORM_OCTAL:
		if (!hn_event_text(&value, event, kind->event))
			return false;
		if (pattern->kind == HN_PATTERN_EXACT)
			return same_octal(pattern, &value);
		break;
	default:
		if (!hn_event_text(&value, event, kind->event))
			return false;
	}
	return hn_pattern_match(pattern, value.data, value.len);
}

static bool slot_matches(const struct slot *slot, const json_t *event)
{
	for (size_t f = 0; f < slot->entry->count; f++)
		if (!field_matches(&slot->entry->fields[f], &slot->patterns[f], event))
			return false;
	return true;
}

static void free_slots(struct slot *slots, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		for (size_t f = 0; f < slots[i].entry->count; f++)
			hn_pattern_destroy(&slots[i].patterns[f]);
		free(slots[i].patterns);
	}
	free(slots);
}

static int make_slots(struct slot *slots, const struct hn_list *list,
		      const struct hn_vars *vars, struct cb_error *err)
{
	int rc = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct hn_entry *e = &list->entries[i];

		slots[i].entry = e;
		slots[i].patterns = cb_calloc(e->count ? e->count : 1, sizeof(struct hn_pattern));
		for (size_t f = 0; f < e->count && !rc; f++)
			rc = hn_pattern_init(&slots[i].patterns[f], e->fields[f].value,
					     hn_fields[e->fields[f].row].form == HN_FORM_PATH,
					     vars, err);
	}
	return rc;
}

/* The slot that takes the event, or NULL. `*open` is the first one still open. */
static struct slot *place(struct slot *slots, const struct hn_list *list, const json_t *event,
			  size_t *open)
{
	for (size_t i = *open; i < list->count; i++) {
		struct slot *s = &slots[i];

		if (s->taken < s->entry->max && slot_matches(s, event)) {
			s->taken++;
			if (list->ordered)
				*open = i;
			return s;
		}
		if (list->ordered && s->taken < s->entry->min)
			return NULL; /* it must come before what stands behind it */
	}
	return NULL;
}

static void describe_entry(struct cb_buf *out, const struct slot *slot)
{
	const struct hn_entry *e = slot->entry;
	bool plain = e->min == 1 && e->max == 1;

	for (size_t f = 0; f < e->count; f++)
		cb_buf_addf(out, "%s%s: %s", f ? ", " : "", hn_fields[e->fields[f].row].key,
			    e->fields[f].value);
	if (!plain && e->min == e->max)
		cb_buf_addf(out, ", count: %lld", e->min);
	else if (!plain && e->max < 1000000000ll)
		cb_buf_addf(out, ", count: %lld..%lld", e->min, e->max);
	else if (!plain)
		cb_buf_adds(out, ", count: +");
	if (slot->taken && slot->taken < e->min)
		cb_buf_addf(out, " (only %lld)", slot->taken);
	cb_buf_addf(out, "   [line %d]\n", e->line);
}

static void add_extra(struct hn_match *out, const json_t *event)
{
	if (out->extra++ < DIFF_LINES_MAX) {
		cb_buf_adds(&out->diff, "+ ");
		hn_event_describe(&out->diff, event);
		cb_buf_addc(&out->diff, '\n');
	}
}

/* What no slot takes goes to `extra`. */
static void place_all(struct slot *slots, const struct hn_list *list, const json_t *events,
		      struct hn_match *extra)
{
	size_t open = 0;

	for (size_t i = 0; i < json_array_size(events); i++) {
		const json_t *event = json_array_get(events, i);

		if (!place(slots, list, event, &open))
			add_extra(extra, event);
	}
}

static void add_entries(struct hn_match *out, const struct slot *slots, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		bool filled = slots[i].taken >= slots[i].entry->min;

		cb_buf_adds(&out->diff, filled ? "  " : "- ");
		describe_entry(&out->diff, &slots[i]);
		if (filled)
			continue;
		if (!out->missing)
			out->line = slots[i].entry->line;
		out->missing += slots[i].entry->min - slots[i].taken;
	}
}

int hn_match_list(const struct hn_list *list, const json_t *events, const struct hn_vars *vars,
		  struct hn_match *out, struct cb_error *err)
{
	struct slot *slots = cb_calloc(list->count ? list->count : 1, sizeof *slots);
	struct hn_match extra = { .extra = 0 };
	int rc;

	*out = (struct hn_match){ .line = list->line };
	rc = make_slots(slots, list, vars, err);
	if (!rc) {
		place_all(slots, list, events, &extra);
		add_entries(out, slots, list->count);
		out->extra = extra.extra;
		cb_buf_adds(&out->diff, extra.diff.data ? extra.diff.data : "");
		if (out->extra > DIFF_LINES_MAX)
			cb_buf_addf(&out->diff, "+ ... and %zu more\n", out->extra - DIFF_LINES_MAX);
		rc = out->missing || out->extra;
	}
	cb_buf_destroy(&extra.diff);
	free_slots(slots, list->count);
	return rc;
}
