/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "base/log.h"

/* What every program of ours does first and last. Exit codes of all of them: */
enum {
	EXIT_DONE = 0,
	EXIT_REFUSED = 1, /* refused or failed; stderr says what, why and what to do */
	EXIT_USAGE = 2,
};

/*
 * Names the program for messages, opens the standard descriptors if they are closed, ignores
 * SIGPIPE and SIGXFSZ (the write fails instead), and holds back signals that would end it in the
 * middle of a hand-off: what was begun is finished or taken back first.
 */
void program_start(const char *name);

/* Lets those signals end the program again (ALLOWED), or holds them back as before: around a wait
 * in which nothing is begun. */
void program_interruptible(bool allowed);

/* Has all that was printed on stdout arrived? Returns 0, or -errno with WHY set. */
int program_flush(struct msg *why);
