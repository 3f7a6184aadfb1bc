/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "boot/booster.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY "modules_force_load:"

/* One module of a list with commas between: where it begins, and its length. */
struct item {
	const char *text;
	size_t length;
};

/* What follows KEY in its line of TEXT; "" if there is none. */
static const char *list_of(const char *text)
{
	for (const char *line = text; line && *line;) {
		const char *end = strchr(line, '\n');

		if (strncmp(line, KEY, sizeof(KEY) - 1) == 0)
			return line + sizeof(KEY) - 1;
		line = end ? end + 1 : NULL;
	}
	return "";
}

static bool next(const char **at, struct item *out)
{
	const char *text = *at + strspn(*at, " \t\"',");

	out->text = text;
	out->length = strcspn(text, " \t\"',#\n");
	*at = text + out->length;
	return out->length > 0;
}

static bool has(const char *list, const struct item *wanted)
{
	struct item item;

	while (next(&list, &item))
		if (item.length == wanted->length &&
			memcmp(item.text, wanted->text, item.length) == 0)
			return true;
	return false;
}

bool booster_serves(const char *have, const char *wanted)
{
	const char *list = list_of(wanted);
	struct item item;

	while (next(&list, &item))
		if (!has(list_of(have), &item))
			return false;
	return true;
}

int booster_line(const char *have, const char *wanted, char **out)
{
	const char *there = list_of(have), *missing = list_of(wanted), *between = " ";
	struct item item;
	char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	if (!stream)
		return -ENOMEM;
	fputs(KEY, stream);
	for (const char *at = there; next(&at, &item); between = ",")
		fprintf(stream, "%s%.*s", between, (int)item.length, item.text);
	while (next(&missing, &item))
		if (!has(there, &item)) {
			fprintf(stream, "%s%.*s", between, (int)item.length, item.text);
			between = ",";
		}
	if (fclose(stream) != 0 || !text) {
		free(text);
		return -ENOMEM;
	}
	*out = text;
	return 0;
}
