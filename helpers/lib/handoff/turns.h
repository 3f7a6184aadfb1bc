/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "base/deadline.h"
#include "base/log.h"

enum { TURNS_MAX = 64 }; /* guests at once; further ones have their turn later */

/* Whose turn it is to be given back, of all guests that have an undo file. Begins as zeros. */
struct turns {
	size_t count;
	struct turn {
		char uuid[37];
		ino_t seen; /* the undo file whose guest has been seen running */
		unsigned int starting; /* looks at one that may be starting */
		struct deadline not_before; /* a minute after it had its turn */
	} turn[TURNS_MAX];
};

/*
 * Waits, for as long as it takes, until nobody has the GPU of some guest open that did not have its
 * turn within the last minute. A guest that may be starting, and has not been seen running, is
 * waited for up to a minute. An undo file that cannot be read has its turn as well. Returns 1 and
 * UUID, 0 if no undo file is left, or -errno with WHY set (UUID untouched).
 */
int turns_next(struct turns *turns, char uuid[static 37], struct msg *why);
