/* SPDX-License-Identifier: MIT */
/* Events as callers of the library see them. */
#include "api/internal.h"

#include <jansson.h>

const char *catbox_event_text(const catbox_event *event, const char *key)
{
	return json_string_value(json_object_get((const json_t *)event, key));
}

long long catbox_event_number(const catbox_event *event, const char *key, long long otherwise)
{
	const json_t *value = json_object_get((const json_t *)event, key);

	return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

char *catbox_event_json(const catbox_event *event)
{
	return json_dumps((const json_t *)event, JSON_COMPACT | JSON_REAL_PRECISION(9));
}
