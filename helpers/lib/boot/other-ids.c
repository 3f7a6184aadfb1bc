/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "boot/other-ids.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/directory.h"
#include "boot/files.h"
#include "boot/tree.h"

/* Is the next word of the line at *AT this one? Then *AT is behind it. */
static bool take(const char **at, const char *word)
{
	const char *begin = *at + strspn(*at, " \t");
	size_t length = strcspn(begin, " \t\n");

	if (length != strlen(word) || memcmp(begin, word, length) != 0)
		return false;
	*at = begin + length;
	return true;
}

/* "options vfio-pci ... ids=..." */
static bool gives_ids(const char *line)
{
	if (!take(&line, "options") || !(take(&line, "vfio-pci") || take(&line, "vfio_pci")))
		return false;
	while (*line == ' ' || *line == '\t') {
		line += strspn(line, " \t");
		if (strncmp(line, "ids=", 4) == 0)
			return true;
		line += strcspn(line, " \t\n");
	}
	return false;
}

static bool file_gives_ids(const struct tree *tree, const char *path)
{
	char *text;
	bool found = false;

	if (strcmp(path, BOOT_MODPROBE) == 0 || tree_read(tree, path, &text, NULL) < 0)
		return false;
	for (const char *line = text; line && !found; line = strchr(line, '\n')) {
		line += *line == '\n';
		found = gives_ids(line);
	}
	free(text);
	return found;
}

static bool find_in(const struct tree *tree, const char *place, char path[static PATH_MAX])
{
	int fd = tree_resolve(tree, place, O_RDONLY | O_DIRECTORY);
	const struct dirent64 *entry;
	struct directory directory;
	bool found = false;

	if (fd < 0)
		return false;
	if (directory_open(&directory, fd, ".") == 0) {
		while (!found && (entry = directory_next(&directory))) {
			const char *end = strrchr(entry->d_name, '.');

			snprintf(path, PATH_MAX, "%s/%s", place, entry->d_name);
			found = end && strcmp(end, ".conf") == 0 && file_gives_ids(tree, path);
		}
		directory_close(&directory);
	}
	close(fd);
	return found;
}

bool other_ids(const struct tree *tree, char path[static PATH_MAX])
{
	static const char *const places[] = {"/etc/modprobe.d", "/run/modprobe.d",
		"/usr/local/lib/modprobe.d", "/usr/lib/modprobe.d", "/lib/modprobe.d"};

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		if (find_in(tree, places[i], path))
			return true;
	return false;
}
