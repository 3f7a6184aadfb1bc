/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Applies a unified diff strictly: every line, place and count must be right. */

struct patch {
	const char *from; /* what is left of the text */
	const char *diff; /* what is left of the diff */
	char *out;
	size_t length;
	unsigned long line; /* of the text, from 1 */
	unsigned long made; /* lines put out */
	bool reverse;
};

static size_t patch_line(const char *text)
{
	const char *end = strchr(text, '\n');

	return end ? (size_t)(end - text) + 1 : strlen(text);
}

static void patch_put(struct patch *p, const char *text, size_t length)
{
	memcpy(p->out + p->length, text, length);
	p->length += length;
	p->made++;
}

static bool patch_copy(struct patch *p)
{
	size_t length = patch_line(p->from);

	if (length == 0)
		return false;
	patch_put(p, p->from, length);
	p->from += length;
	p->line++;
	return true;
}

/* One line of a hunk: its text without the sign, and without a newline that it says is not there.
 */
static bool patch_body(struct patch *p, unsigned long left[2])
{
	char sign = *p->diff;
	size_t length = patch_line(p->diff);
	const char *text = p->diff + 1;
	size_t size = length ? length - 1 : 0;

	if (length < 2 || !strchr(" -+", sign))
		return false;
	p->diff += length;
	if (*p->diff == '\\') {
		p->diff += patch_line(p->diff);
		size--;
	}
	if (sign != '+' && left[0]-- == 0)
		return false;
	if (sign != '-' && left[1]-- == 0)
		return false;
	if (sign != ' ' && p->reverse)
		sign = sign == '+' ? '-' : '+';
	if (sign == '+') {
		patch_put(p, text, size);
		return true;
	}
	if (patch_line(p->from) != size || memcmp(p->from, text, size) != 0)
		return false;
	if (sign == ' ')
		return patch_copy(p);
	p->from += size;
	p->line++;
	return true;
}

/* "START,COUNT" after SIGN; a count of 1 is left out. */
static bool patch_range(const char **at, char sign, unsigned long out[2])
{
	char *end;

	if (*(*at)++ != sign)
		return false;
	out[0] = strtoul(*at, &end, 10);
	out[1] = 1;
	if (*end == ',')
		out[1] = strtoul(end + 1, &end, 10);
	*at = end;
	return true;
}

static bool patch_hunk(struct patch *p)
{
	unsigned long old[2], new[2], left[2], start, made;
	const char *at = p->diff + 3;

	if (strncmp(p->diff, "@@ ", 3) != 0 || !patch_range(&at, '-', old) || *at++ != ' ' ||
		!patch_range(&at, '+', new) || strncmp(at, " @@\n", 4) != 0)
		return false;
	p->diff = at + 4;
	left[0] = old[1];
	left[1] = new[1];
	/* a range without lines names the line before it */
	start = p->reverse ? new[0] + (new[1] == 0) : old[0] + (old[1] == 0);
	made = p->reverse ? old[0] + (old[1] == 0) : new[0] + (new[1] == 0);
	while (p->line < start)
		if (!patch_copy(p))
			return false;
	if (p->line != start || p->made + 1 != made)
		return false;
	while (left[0] > 0 || left[1] > 0)
		if (!patch_body(p, left))
			return false;
	return true;
}

/* What DIFF makes of FROM, for the caller to free; with REVERSE, what it made FROM of. NULL if it
 * does not fit. */
static char *patch(const char *from, const char *diff, bool reverse)
{
	struct patch p = {.from = from, .diff = diff, .line = 1, .reverse = reverse};

	p.out = malloc(strlen(from) + strlen(diff) + 1);
	if (!p.out)
		abort();
	if (*p.diff) {
		bool heads = strncmp(p.diff, "--- ", 4) == 0;

		p.diff += patch_line(p.diff);
		heads = heads && strncmp(p.diff, "+++ ", 4) == 0;
		p.diff += patch_line(p.diff);
		while (heads && *p.diff)
			heads = patch_hunk(&p);
		if (!heads) {
			free(p.out);
			return NULL;
		}
	}
	while (patch_copy(&p))
		;
	p.out[p.length] = '\0';
	return p.out;
}
