/* SPDX-License-Identifier: MIT */
/* Looks at which files a case has read. */
#include "check.h"

#include "base/cleanup.h"
#include "pattern.h"

#include <string.h>

#define SHOWN 20 /* files of one failure */

/* Appends the first of the files that match; how many do, negative if the regex
 * cannot be used. */
static int find(const struct hn_observed *seen, const struct hn_value *path, struct cb_buf *found,
		struct cb_error *err)
{
	struct hn_pattern p;
	const char *file;
	json_t *unused;
	int rc = hn_pattern_init(&p, path->text, true, seen->vars, err), count = 0;

	json_object_foreach(seen->events->reads, file, unused) {
		if (rc || !hn_pattern_match(&p, file, strlen(file)))
			continue;
		if (count++ < SHOWN)
			cb_buf_addf(found, "+ %s\n", file);
	}
	if (count > SHOWN)
		cb_buf_addf(found, "+ ... and %d more\n", count - SHOWN);
	hn_pattern_destroy(&p);
	return rc ? rc : count;
}

static void check_path(const struct hn_observed *seen, struct hn_result *result,
		       const struct hn_value *path, bool wanted)
{
	CB_AUTO_BUF struct cb_buf found = CB_BUF_INIT, message = CB_BUF_INIT;
	struct cb_error err;
	int count = find(seen, path, &found, &err);

	if (count >= 0 && wanted == (count > 0))
		return;
	if (count < 0)
		cb_buf_addf(&message, "reads: %s", err.message);
	else if (wanted)
		cb_buf_addf(&message, "reads: not read: %s (of %zu files)", path->text,
			    json_object_size(seen->events->reads));
	else
		cb_buf_addf(&message, "reads: %d file%s read that %s excluded: %s", count,
			    count == 1 ? "" : "s", count == 1 ? "is" : "are", path->text);
	hn_check_fail(seen, result, count < 0 ? HN_PROBLEM_SETUP : HN_PROBLEM_READS, path->line,
		      message.data, found.data);
}

void hn_check_reads(const struct hn_observed *seen, struct hn_result *result)
{
	const struct hn_reads *r = &seen->expect->reads;

	for (size_t i = 0; i < r->include_count; i++)
		check_path(seen, result, &r->includes[i], true);
	for (size_t i = 0; i < r->exclude_count; i++)
		check_path(seen, result, &r->excludes[i], false);
}
