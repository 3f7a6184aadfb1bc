/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* A directory of our own for what another program unpacks, and what is in it. */
enum { SCRATCH_SIZE = 64 };

/* Makes one that belongs to whom confine_call runs as, and to nobody else. Returns 0 or -errno. */
int scratch_make(char path[static SCRATCH_SIZE]);

/* Removes it with all that is in it; as confined as that was written. */
void scratch_remove(const char *path);

/* How many bytes the files below PATH take on the disk. */
uint64_t scratch_used(const char *path);

/*
 * Calls EACH for every regular file below PATH in the order of their names, with its name from
 * there on, until one returns an error. Returns that, 0, or -errno.
 */
int scratch_each(const char *path, int (*each)(void *context, const char *path, const char *name),
	void *context);
