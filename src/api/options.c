/* SPDX-License-Identifier: MIT */
/* Options of callers that were compiled with an older or a newer header. */
#include "api/internal.h"

#include "trace/supervisors.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

/* What 0.1.0 had. */
#define SMALLEST (offsetof(struct catbox_options, event_ctx) + sizeof(void *))
#define SMALLEST_RESULT \
	(offsetof(struct catbox_result, leftovers) + sizeof(unsigned long long))

static bool rest_is_zero(const struct catbox_options *given)
{
	const unsigned char *bytes = (const unsigned char *)given;

	for (size_t i = sizeof *given; i < given->size; i++)
		if (bytes[i])
			return false;
	return true;
}

static int take_result_size(struct catbox_options *known, struct cb_error *err)
{
	if (!known->result_size)
		known->result_size = SMALLEST_RESULT;
	if (known->result_size < SMALLEST_RESULT)
		return cb_error(err, EINVAL, "the result of catbox_run cannot have %zu bytes (%zu at "
				"least)", known->result_size, SMALLEST_RESULT);
	if (known->result_size > sizeof(struct catbox_result))
		known->result_size = sizeof(struct catbox_result);
	return 0;
}

int catbox_options_take(struct catbox_options *known, const struct catbox_options *given,
			struct cb_error *err)
{
	if (given->size < SMALLEST)
		return cb_error(err, EINVAL, "the options of catbox_run cannot have %zu bytes (%zu at "
				"least): is `size` set?", given->size, SMALLEST);
	if (given->size > sizeof *known && !rest_is_zero(given))
		return cb_error(err, E2BIG, "the caller knows options that this library (%s) does "
				"not: %zu bytes, not %zu", CATBOX_VERSION, given->size, sizeof *known);
	memset(known, 0, sizeof *known);
	memcpy(known, given, given->size < sizeof *known ? given->size : sizeof *known);
	known->size = sizeof *known;
	if (!known->policy)
		return cb_error(err, EINVAL, "catbox_run needs a policy");
	if (known->supervisors > CB_SUPERVISORS_MAX)
		return cb_error(err, EINVAL, "a run cannot have %u supervisors (%d at most)",
				known->supervisors, CB_SUPERVISORS_MAX);
	if (!known->argv == !known->function || (known->argv && !known->argv[0]))
		return cb_error(err, EINVAL, "catbox_run needs a command or a function, one of them");
	return take_result_size(known, err);
}
