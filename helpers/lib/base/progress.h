/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * One line at the end of what stderr shows, which says how far long work has come and is written
 * anew in its place. It is for a terminal that can do so (TERM, not dumb) and for whoever has it in
 * the foreground; elsewhere nothing is ever printed. Whoever prints something else wipes it before.
 */
struct progress {
	bool on; /* there is such a terminal; false: nothing is printed */
	bool shown; /* the cursor is behind our line */
	uint64_t began, drawn; /* milliseconds of CLOCK_BOOTTIME */
};

enum { PROGRESS_EVERY = 250 /* milliseconds from one line to the next */ };

/* The work begins. */
void progress_begin(struct progress *progress);

/*
 * Shows the text and the seconds since progress_begin, "TEXT, N s", if the work has lasted for half
 * a second and the last line for PROGRESS_EVERY. Control characters and bytes that are not UTF-8
 * are written as \xNN; the text is cut where the line would not fit into the terminal's width or 80
 * columns.
 */
void progress_show(struct progress *progress, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Takes the line away, at the end of the work as well. */
void progress_wipe(struct progress *progress);
