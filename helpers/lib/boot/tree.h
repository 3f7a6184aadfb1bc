/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <time.h>

#include "base/log.h"

/*
 * The installation that is worked on: everything below one directory, which symbolic links do not
 * lead out of (openat2(2) with RESOLVE_IN_ROOT). Paths are absolute as seen from inside.
 */
struct tree {
	int fd;
	bool running; /* it is the running system's */
	char root[PATH_MAX]; /* what stands before a path as seen from outside; "" for / */
};

enum { TREE_TEXT_MAX = 1 << 20 };

/* Returns 0 (tree_close) or -errno with WHY set. */
int tree_open(const char *root, struct tree *out, struct msg *why);

void tree_close(struct tree *tree);

/* Is there a file or directory PATH, where links lead? */
bool tree_exists(const struct tree *tree, const char *path);

/* Opens PATH as openat2 does with FLAGS and O_CLOEXEC. Returns the descriptor or -errno. */
int tree_resolve(const struct tree *tree, const char *path, int flags);

/* Does the file PATH, where links lead, contain TEXT in its first MiB? */
bool tree_contains(const struct tree *tree, const char *path, const char *text);

/*
 * The text of PATH, which must be a regular file and no link. Returns 0 and *OUT, which the caller
 * frees, -ENOENT if there is none, -ELOOP for anything but a regular file, -EFBIG, or -errno (OUT
 * untouched). TIME, if not NULL, gets when it was last changed.
 */
int tree_read(const struct tree *tree, const char *path, char **out, struct timespec *time);

/*
 * Makes PATH a file of TEXT, root's and of mode 0644, by renaming a file of a fixed name beside it
 * over it; what an earlier attempt left of that is replaced. With TIME the file is that old.
 * Returns 0 or -errno: then nothing has changed and nothing is left.
 */
int tree_publish(
	const struct tree *tree, const char *path, const char *text, const struct timespec *time);

/* Returns 0, also if there is none, or -errno. */
int tree_remove(const struct tree *tree, const char *path);

/* Removes what a killed tree_publish of PATH may have left. */
void tree_clean(const struct tree *tree, const char *path);

/* The highest directory above PATH that is missing, into OUT; "" if none is. */
void tree_missing(const struct tree *tree, const char *path, char out[static PATH_MAX]);

/* Makes the directories above PATH, mode 0755. Returns 0 or -errno. */
int tree_make_parents(const struct tree *tree, const char *path);

/* Removes the empty directory PATH. Returns 0, -ENOTEMPTY or -errno. */
int tree_remove_directory(const struct tree *tree, const char *path);

/* Renames FROM over TO in the same directory, both on disk then. Returns 0 or -errno. */
int tree_replace(const struct tree *tree, const char *from, const char *to);
