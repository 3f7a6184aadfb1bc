/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/cgroup.h"

#include <stddef.h>
#include <string.h>

/* The path of a line HIERARCHY:CONTROLLERS:PATH of LENGTH bytes if the hierarchy is systemd's. */
static const char *systemd_path(const char *line, size_t length)
{
	const char *end = line + length, *colon = memchr(line, ':', length), *second;
	size_t n;

	if (!colon)
		return NULL;
	second = memchr(colon + 1, ':', (size_t)(end - colon - 1));
	if (!second)
		return NULL;
	n = (size_t)(second - colon - 1);
	if (n == 0 ? colon - line == 1 && *line == '0'
		   : n == strlen("name=systemd") && memcmp(colon + 1, "name=systemd", n) == 0)
		return second + 1;
	return NULL;
}

static bool is_slice(const char *name, size_t length)
{
	return length > 6 && memcmp(name + length - 6, ".slice", 6) == 0;
}

static bool path_in_unit(const char *path, const char *end, const char *unit)
{
	const size_t unit_length = strlen(unit);

	while (path < end) {
		const char *slash = memchr(path, '/', (size_t)(end - path));
		size_t n = (size_t)((slash ? slash : end) - path);
		/* systemd puts a _ before a name that could be a file of the control group */
		size_t mark = n == unit_length + 1 && path[0] == '_';

		if (n == unit_length + mark && n > 0 && memcmp(path + mark, unit, unit_length) == 0)
			return true;
		if (n > 0 && !is_slice(path, n))
			return false;
		path += n + 1;
	}
	return false;
}

bool cgroup_in_unit(const char *text, const char *unit)
{
	while (*text) {
		size_t n = strcspn(text, "\n");
		const char *path = systemd_path(text, n);

		if (path && path_in_unit(path, text + n, unit))
			return true;
		text += n + (text[n] == '\n');
	}
	return false;
}
