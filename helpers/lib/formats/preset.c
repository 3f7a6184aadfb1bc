/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/preset.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* The line after LINE; NULL after the last. */
static const char *next_line(const char *line)
{
	const char *end = strchr(line, '\n');

	return end && end[1] ? end + 1 : NULL;
}

/* What TEXT assigns to PRESETS last, up to the end of its line; "" if nothing. */
static const char *names_of(const char *text)
{
	const char *names = "";

	for (const char *line = text; line; line = next_line(line)) {
		const char *at = line + strspn(line, " \t");

		if (strncmp(at, "PRESETS=", 8) == 0)
			names = at + 8;
	}
	return names;
}

static bool is_name(const char *names, const char *name, size_t length)
{
	while (*names && *names != '\n') {
		size_t word = strcspn(names, "()'\" \t\n");

		if (word == length && memcmp(names, name, length) == 0)
			return true;
		names += word + (names[word] && names[word] != '\n');
	}
	return false;
}

/* Does the name of LENGTH bytes end with one of SUFFIXES? Then without it, or 0. */
static size_t stem(const char *name, size_t length, const char *const *suffixes)
{
	for (; *suffixes; suffixes++) {
		size_t n = strlen(*suffixes);

		if (length > n && memcmp(name + length - n, *suffixes, n) == 0)
			return length - n;
	}
	return 0;
}

/* Calls FOUND for each path that is assigned to the name of a preset, or to COMMON, and a suffix.
 */
static void each_path(const char *text, const char *common, const char *const *suffixes,
	void (*found)(const char *path, void *argument), void *argument)
{
	const char *names = names_of(text);

	for (const char *line = text; line; line = next_line(line)) {
		const char *name = line + strspn(line, " \t"), *value;
		size_t length = strcspn(name, "=\n");
		char path[PATH_MAX];

		if (name[length] != '=')
			continue;
		value = name + length + 1;
		length = stem(name, length, suffixes);
		value += strspn(value, "\"'");
		if (length == 0 || *value != '/' ||
			!(is_name(names, name, length) || is_name(common, name, length)) ||
			snprintf(path, sizeof(path), "%.*s", (int)strcspn(value, "\"'# \t\n"),
				value) >= (int)sizeof(path) ||
			strpbrk(path, "$`\\*?["))
			continue;
		found(path, argument);
	}
}

void preset_images(
	const char *text, void (*found)(const char *path, void *argument), void *argument)
{
	static const char *const suffixes[] = {"_image", "_uki", NULL};

	each_path(text, "", suffixes, found, argument);
}

void preset_configs(
	const char *text, void (*found)(const char *path, void *argument), void *argument)
{
	static const char *const suffixes[] = {"_config", NULL};

	each_path(text, "ALL", suffixes, found, argument);
}
