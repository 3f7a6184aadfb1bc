/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <dirent.h>
#include <stdalign.h>
#include <stddef.h>

/* An open directory and what getdents64(2) last said of it; no allocation, one may sit in every
 * frame of a walk. */
struct directory {
	int fd;
	int error; /* -errno that ended the reading, or 0 */
	size_t at, end;
	alignas(8) char buffer[4096];
};

/* Opens PATH relative to DIR, symlinks in its last component not followed. Returns 0 or -errno. */
int directory_open(struct directory *directory, int dir, const char *path);

/* The next entry without "." and "..", good until the next call; NULL at the end or on an error. */
const struct dirent64 *directory_next(struct directory *directory);

void directory_close(struct directory *directory);
