/* SPDX-License-Identifier: MIT */
/* What is kept of a case when its directories are gone: the events that catbox
 * logged, and what the work directory held. For reports, and to compare two
 * runs of a case; the case's own directories stand as ${BUILD_DIR} and so on. */
#ifndef HN_RECORD_H
#define HN_RECORD_H

#include "text.h"

#include <jansson.h>

/* All events of a log, in its order; what is no event is left out. The array is
 * the caller's, as is the next. */
json_t *hn_record_events(const char *log, const struct hn_vars *vars);

/* Each file below `dir`: its path, and as text its type, mode, size and a hash of
 * the content, or where it leads; both of what is said with the names above. */
json_t *hn_record_files(const char *dir, const struct hn_vars *vars);

#endif
