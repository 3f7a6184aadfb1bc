/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>
#include <time.h>

#include "boot/tree.h"

/*
 * A change of one whole file: what it was and what it shall be; NULL is no file. Its inverse swaps
 * the two, so that what was done is taken back by doing the inverses, newest first. The texts are
 * somebody else's.
 */
struct change {
	const char *path;
	const char *from, *to;
	/* how old the file is, and made: one that is put back is no newer than it was */
	struct timespec from_time, to_time; /* tv_nsec UTIME_NOW: now */
};

struct change change_inverse(const struct change *change);

/*
 * Brings the file to TO, with the directories above it. One that is there already is left alone.
 * Returns 0, -ESTALE if it is neither FROM nor TO: somebody else has changed it meanwhile, or
 * -errno; with WHY set.
 */
int change_do(const struct tree *tree, const struct change *change, struct msg *why);
