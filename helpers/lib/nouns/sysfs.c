/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nouns/sysfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"

/* Declares PATH from the caller's FORMAT and arguments, or returns FAILURE. */
#define PATH_FROM_FORMAT(path, format, failure)                                                    \
	char path[PATH_MAX];                                                                       \
	va_list ap;                                                                                \
	int path_length;                                                                           \
	va_start(ap, format);                                                                      \
	path_length = vsnprintf(path, sizeof(path), format, ap);                                   \
	va_end(ap);                                                                                \
	if (path_length < 0 || (size_t)path_length >= sizeof(path))                                \
	return failure

int sysfs_read_at(int dir, const char *path, char *out, size_t size)
{
	char text[4096 + 1];
	ssize_t n;
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return -errno;
	do
		n = read(fd, text, sizeof(text) - 1);
	while (n < 0 && errno == EINTR);
	if (n < 0) {
		int err = errno;

		close(fd);
		return -err;
	}
	close(fd);
	if (n > 0 && text[n - 1] == '\n')
		n--;
	text[n] = '\0';
	return text_copy(out, size, text) < 0 ? -EFBIG : 0;
}

int sysfs_read(char *out, size_t size, const char *format, ...)
{
	PATH_FROM_FORMAT(path, format, -ENAMETOOLONG);
	return sysfs_read_at(AT_FDCWD, path, out, size);
}

int sysfs_number_at(int dir, const char *path, unsigned long long *out)
{
	char text[32], *end;
	unsigned long long value;
	int err = sysfs_read_at(dir, path, text, sizeof(text));

	if (err < 0)
		return err;
	errno = 0;
	value = strtoull(text, &end, strncmp(text, "0x", 2) == 0 ? 16 : 10);
	if (end == text || *end || errno)
		return -EINVAL;
	*out = value;
	return 0;
}

int sysfs_number(unsigned long long *out, const char *format, ...)
{
	PATH_FROM_FORMAT(path, format, -ENAMETOOLONG);
	return sysfs_number_at(AT_FDCWD, path, out);
}

int sysfs_write(const char *text, const char *format, ...)
{
	PATH_FROM_FORMAT(path, format, -ENAMETOOLONG);
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW), err;

	if (fd < 0)
		return -errno;
	err = file_write_all(fd, text, strlen(text));
	close(fd);
	return err;
}

int sysfs_link_at(int dir, const char *path, char *out, size_t size)
{
	char target[PATH_MAX];
	const char *last;
	ssize_t n = readlinkat(dir, path, target, sizeof(target) - 1);

	if (n < 0)
		return -errno;
	target[n] = '\0';
	last = strrchr(target, '/');
	return text_copy(out, size, last ? last + 1 : target);
}

int sysfs_link(char *out, size_t size, const char *format, ...)
{
	PATH_FROM_FORMAT(path, format, -ENAMETOOLONG);
	return sysfs_link_at(AT_FDCWD, path, out, size);
}

bool sysfs_exists(const char *format, ...)
{
	PATH_FROM_FORMAT(path, format, false);
	return faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* One allocation: COUNT pointers and then the texts they point at. */
static char **pack(char *const text, size_t length, size_t count)
{
	char **names = malloc(count * sizeof(*names) + length + 1), *copy;

	if (!names)
		return NULL;
	copy = (char *)(names + count);
	memcpy(copy, text, length);
	for (size_t i = 0; i < count; i++) {
		names[i] = copy;
		copy += strlen(copy) + 1;
	}
	qsort(names, count, sizeof(*names), by_name);
	return names;
}

int sysfs_list(char ***names, size_t max, const char *format, ...)
{
	PATH_FROM_FORMAT(path, format, -ENAMETOOLONG);
	char *text = NULL, **packed;
	size_t length = 0, size = 0, count = 0;
	struct dirent *entry;
	DIR *dir = opendir(path);
	int err = 0;

	if (!dir)
		return -errno;
	while (!err && (errno = 0, entry = readdir(dir))) {
		size_t n = strlen(entry->d_name) + 1;

		if (entry->d_name[0] == '.')
			continue;
		if (++count > max) {
			err = -E2BIG;
		} else if (length + n > size) {
			char *more = realloc(text, size * 2 + 4096);

			err = more ? 0 : -ENOMEM;
			text = more ? more : text;
			size = size * 2 + 4096;
		}
		if (!err)
			memcpy(text + length, entry->d_name, n);
		length += n;
	}
	if (!err && errno)
		err = -errno;
	closedir(dir);
	packed = err ? NULL : pack(text ? text : path, text ? length : 0, count);
	free(text);
	if (!packed)
		return err ? err : -ENOMEM;
	*names = packed;
	return (int)count;
}
