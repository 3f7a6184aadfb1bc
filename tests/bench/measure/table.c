/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "table.h"

#include <stdio.h>
#include <stdlib.h>

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double median(double *numbers, size_t count)
{
	qsort(numbers, count, sizeof(*numbers), compare);
	return count % 2 ? numbers[count / 2] : (numbers[count / 2 - 1] + numbers[count / 2]) / 2;
}

static void row(struct samples *s, double reference)
{
	char memory[32] = "-";
	double time;

	if (*s->failure) {
		printf("  %-42s could not run: %s\n", s->name, s->failure);
		return;
	}
	time = median(s->time, s->rounds);
	if (s->memory > 0)
		snprintf(memory, sizeof(memory), "%ld kB", s->memory);
	printf("  %-42s %10.3f ms %10.3f ms %11s %8.2f\n", s->name, time, median(s->cpu, s->rounds),
		memory, time / reference);
}

void table_part(const char *title, struct samples *const all[], size_t count)
{
	printf("%s, %zu rounds\n", title, all[0]->rounds);
	for (size_t i = 0; i < count; i++)
		row(all[i], median(all[0]->time, all[0]->rounds));
}

void table_goal(const char *text, double value, const char *unit, bool met)
{
	printf("  goal: %s: %.2f%s, %s\n", text, value, unit, met ? "met" : "MISSED");
}
