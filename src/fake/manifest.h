/* SPDX-License-Identifier: MIT */
/* A directory tree as an mtree(5) manifest with what is pretended of each file, from
 * which `bsdtar -cf pkg.tar @manifest` makes the archive without root and without a
 * sandbox. Reads the disk and the state; changes neither. */
#ifndef CB_FAKE_MANIFEST_H
#define CB_FAKE_MANIFEST_H

#include "fake/show.h"

/* Appends the manifest of all below the directory `root` to `out`: names from "." on,
 * sorted within a directory; types, modes, ids and their names, times, sizes, devices,
 * link targets, and where on the disk the content is. Sockets are left out, as tar does.
 * Extended attributes have no word in mtree(5): *lost (may be NULL) counts the files of
 * which some are pretended. On failure `out` is as it was. */
int cb_fake_manifest(const char *root, const struct cb_fake_state *state,
		     const struct cb_fake_view *view, struct cb_buf *out, size_t *lost,
		     struct cb_error *err);

#endif
