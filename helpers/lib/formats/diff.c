/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/diff.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONTEXT = 3, CELLS_MAX = 4 << 20 };

struct line {
	const char *text;
	size_t length; /* with its newline, which the last line may lack */
	bool changed; /* is deleted, or inserted */
};

struct lines {
	size_t count;
	struct line *line;
};

/* What is left to compare, between what both have in common at their ends. */
struct range {
	struct line *line;
	size_t count;
};

static int split(const char *text, struct lines *out)
{
	size_t count = 0;

	for (const char *p = text; *p; count++) {
		const char *end = strchr(p, '\n');

		p = end ? end + 1 : p + strlen(p);
	}
	out->line = calloc(count ? count : 1, sizeof(*out->line));
	if (!out->line)
		return -ENOMEM;
	for (out->count = 0; out->count < count; out->count++) {
		const char *end = strchr(text, '\n');
		struct line *line = &out->line[out->count];

		line->text = text;
		line->length = end ? (size_t)(end - text) + 1 : strlen(text);
		text += line->length;
	}
	return 0;
}

static bool same(const struct line *a, const struct line *b)
{
	return a->length == b->length && memcmp(a->text, b->text, a->length) == 0;
}

/* Marks the lines that are not in the longest common subsequence. */
static int compare(struct range from, struct range to)
{
	size_t wide = to.count + 1, i = 0, j = 0;
	uint32_t *longest; /* of from[i...] and to[j...], at i * wide + j */

	if (from.count == 0 || to.count == 0 || from.count > CELLS_MAX / to.count) {
		for (i = 0; i < from.count; i++)
			from.line[i].changed = true;
		for (j = 0; j < to.count; j++)
			to.line[j].changed = true;
		return 0;
	}
	longest = calloc((from.count + 1) * wide, sizeof(*longest));
	if (!longest)
		return -ENOMEM;
	for (i = from.count; i-- > 0;)
		for (j = to.count; j-- > 0;) {
			uint32_t *cell = longest + i * wide + j;

			if (same(&from.line[i], &to.line[j]))
				*cell = cell[wide + 1] + 1;
			else
				*cell = cell[wide] > cell[1] ? cell[wide] : cell[1];
		}
	for (i = j = 0; i < from.count || j < to.count;) {
		const uint32_t *cell = longest + i * wide + j;

		if (i < from.count && j < to.count && same(&from.line[i], &to.line[j])) {
			i++;
			j++;
		} else if (j == to.count || (i < from.count && cell[wide] >= cell[1])) {
			from.line[i++].changed = true;
		} else {
			to.line[j++].changed = true;
		}
	}
	free(longest);
	return 0;
}

static int mark(const struct lines *from, const struct lines *to)
{
	size_t head = 0, tail = 0;

	while (head < from->count && head < to->count && same(&from->line[head], &to->line[head]))
		head++;
	while (tail < from->count - head && tail < to->count - head &&
		same(&from->line[from->count - tail - 1], &to->line[to->count - tail - 1]))
		tail++;
	return compare((struct range){from->line + head, from->count - head - tail},
		(struct range){to->line + head, to->count - head - tail});
}

static void print_line(FILE *out, char sign, const struct line *line)
{
	fputc(sign, out);
	fwrite(line->text, 1, line->length, out);
	if (line->text[line->length - 1] != '\n')
		fputs("\n\\ No newline at end of file\n", out);
}

/* START counts from 0. A hunk without a line of a file names the line before it. */
static void print_range(FILE *out, char sign, size_t start, size_t count)
{
	fprintf(out, "%c%zu", sign, count ? start + 1 : start);
	if (count != 1)
		fprintf(out, ",%zu", count);
}

static void print_hunk(
	FILE *out, const struct lines *from, const struct lines *to, const size_t at[4])
{
	size_t i = at[0], j = at[2];

	fputs("@@ ", out);
	print_range(out, '-', i, at[1] - i);
	fputc(' ', out);
	print_range(out, '+', j, at[3] - j);
	fputs(" @@\n", out);
	while (i < at[1] || j < at[3])
		if (i < at[1] && from->line[i].changed) {
			print_line(out, '-', &from->line[i++]);
		} else if (j < at[3] && to->line[j].changed) {
			print_line(out, '+', &to->line[j++]);
		} else {
			print_line(out, ' ', &from->line[i++]);
			j++;
		}
}

/* Goes over changed lines and those between that are too few to end the hunk; the ends into AT. */
static void find_end(const struct lines *from, const struct lines *to, size_t at[4])
{
	size_t i = at[0], j = at[2], kept = 0;

	while ((i < from->count || j < to->count) && kept <= 2 * CONTEXT) {
		bool gone = i < from->count && from->line[i].changed;
		bool come = j < to->count && to->line[j].changed;

		kept = gone || come ? 0 : kept + 1;
		i += !come || gone;
		j += !gone && (come || !gone);
	}
	at[1] = i - (kept > CONTEXT ? kept - CONTEXT : 0);
	at[3] = j - (kept > CONTEXT ? kept - CONTEXT : 0);
}

static void print_hunks(FILE *out, const struct lines *from, const struct lines *to)
{
	size_t i = 0, j = 0;

	while (i < from->count || j < to->count) {
		bool changed = (i < from->count && from->line[i].changed) ||
			       (j < to->count && to->line[j].changed);
		size_t before = i < j ? i : j, at[4];

		if (!changed) {
			i++;
			j++;
			continue;
		}
		before = before < CONTEXT ? before : CONTEXT;
		at[0] = i - before;
		at[2] = j - before;
		find_end(from, to, at);
		print_hunk(out, from, to, at);
		i = at[1];
		j = at[3];
	}
}

int diff_unified(const char *path, const char *from, const char *to, char **out)
{
	struct lines old = {0}, new = {0};
	char *text = NULL;
	size_t length;
	FILE *stream;
	int err = -ENOMEM;

	if (split(from ? from : "", &old) < 0 || split(to ? to : "", &new) < 0 ||
		mark(&old, &new) < 0)
		goto free_lines;
	stream = open_memstream(&text, &length);
	if (!stream)
		goto free_lines;
	if (!from != !to || (from && strcmp(from, to) != 0)) {
		fprintf(stream, "--- %s\n", from ? path : "/dev/null");
		fprintf(stream, "+++ %s\n", to ? path : "/dev/null");
		print_hunks(stream, &old, &new);
	}
	err = ferror(stream) ? -ENOMEM : 0;
	if (fclose(stream) != 0 || !text)
		err = -ENOMEM;
	if (err)
		free(text);
	else
		*out = text;
free_lines:
	free(new.line);
	free(old.line);
	return err;
}
