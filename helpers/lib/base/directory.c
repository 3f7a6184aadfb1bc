/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <unistd.h>

int directory_open(struct directory *directory, int dir, const char *path)
{
	int fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	directory->fd = fd;
	directory->error = 0;
	directory->at = directory->end = 0;
	return 0;
}

static bool fill(struct directory *directory)
{
	ssize_t n;

	do
		n = getdents64(directory->fd, directory->buffer, sizeof(directory->buffer));
	while (n < 0 && errno == EINTR);
	directory->error = n < 0 ? -errno : 0;
	directory->at = 0;
	directory->end = n > 0 ? (size_t)n : 0;
	return n > 0;
}

static bool is_dots(const char *name)
{
	return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

const struct dirent64 *directory_next(struct directory *directory)
{
	const struct dirent64 *entry;

	do {
		if (directory->at >= directory->end && !fill(directory))
			return NULL;
		entry = (const void *)(directory->buffer + directory->at);
		directory->at += entry->d_reclen;
	} while (is_dots(entry->d_name));
	return entry;
}

void directory_close(struct directory *directory)
{
	close(directory->fd);
	directory->fd = -1;
}
