/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "base/progress.h"

/*
 * What a program prints on our terminal, taken by way of a pseudo-terminal of its own, so that a
 * progress can get out of its way. Every byte comes out as it went in.
 */
struct relay {
	int from; /* our end; -1 when all that had the other have closed it */
	int to; /* the program's end */
	bool in_line; /* what it printed last does not end a line: no place for ours */
};

/* Returns 0 (relay_close), or -errno. */
int relay_open(struct relay *relay);

/* Closes the program's end in us, who have given it away. */
void relay_given(struct relay *relay);

/* Prints on stderr what there is to be read, without the line of PROGRESS before it. Waits no
 * longer than PROGRESS_EVERY for a terminal that is stopped. */
void relay_pass(struct relay *relay, struct progress *progress);

/* The program has ended: prints what is left, and an end of the line where it has none. */
void relay_close(struct relay *relay, struct progress *progress);
