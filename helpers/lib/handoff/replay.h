/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "base/deadline.h"
#include "handoff/undo.h"
#include "nouns/holders.h"

/* Running undo files: the only way back there is. */

/*
 * Runs UNDO's lines, newest first, cuts off each that is done or that is nobody's business any
 * more, and keeps those that failed or are stuck; says each of them once. Waits for moves cut off
 * earlier until PATIENCE and for each of its own TIMEOUT seconds. Removes the file when no line is
 * left and closes UNDO. Returns the number of lines that remain.
 */
size_t replay(struct undo *undo, struct deadline patience, unsigned int timeout);

/* Does somebody hold what the guest got (its vfio nodes)? Returns 1 and OUT, 0, or -errno. */
int replay_in_use(const struct undo *undo, struct holders *out);

/* May the file be run without being asked: nobody holds what the guest got, and its release has
 * begun or the daemon that started it is gone? */
bool replay_is_stale(const struct undo *undo);

/* Runs every stale file but that of guest EXCEPT ("" for none), not waiting for what is stuck.
 * Returns the number of lines that remain in them, or -errno with WHY set. */
int replay_all_stale(int dir, const char *except, unsigned int timeout, struct msg *why);
