/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { ROUNDS_MAX = 2001 };

/* What one contender took, round by round. */
struct samples {
	const char *name;
	double time[ROUNDS_MAX], cpu[ROUNDS_MAX]; /* milliseconds */
	size_t rounds;
	long memory; /* kB, 0 if not measured */
	char failure[200]; /* why there is nothing to show; empty if there is */
};

/* The median of the first COUNT numbers; sorts them. */
double median(double *numbers, size_t count);

/* A title line, then one row a contender: medians, and how many times the first row's time. */
void table_part(const char *title, struct samples *const all[], size_t count);

/* Below a part: a goal, what it came to and whether that is good enough. */
void table_goal(const char *text, double value, const char *unit, bool met);
