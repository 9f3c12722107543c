/* SPDX-License-Identifier: MIT */
/* Whole directory trees: copied as they are, removed whatever they are. */
#ifndef HN_TREE_H
#define HN_TREE_H

#include "base/error.h"

/* Copies the content of directory `from` into the existing directory `to`:
 * files, directories, symlinks (as such) and FIFOs, with modes and times. */
int hn_tree_copy(const char *from, const char *to, struct cb_error *err);

/* Takes away what is mounted below the canonical `path`; returns how many mounts
 * those were. */
int hn_tree_unmount(const char *path);

/* Removes `path` and all below it: any depth, directories without permissions,
 * immutable files. Never follows a symlink and never enters a mount, which is then
 * an error. Fine if it does not exist. */
int hn_tree_remove(const char *path, struct cb_error *err);

#endif
