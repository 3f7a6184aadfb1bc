/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/publish.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

static int write_all(int fd, const char *bytes, size_t length, mode_t mode)
{
	int err = file_fill(fd, bytes, length);

	if (err < 0)
		return err;
	return fchmod(fd, mode) < 0 || fsync(fd) < 0 ? -errno : 0;
}

/* Not every file system can rename without replacing, but then it can link. */
static int move(const char *from, const char *to, bool replace)
{
	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, replace ? 0 : RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL || replace)
		return -errno;
	if (link(from, to) < 0)
		return -errno;
	unlink(from);
	return 0;
}

int publish(const char *path, const void *bytes, size_t length, mode_t mode, bool replace)
{
	char temporary[PATH_MAX];
	const char *slash = strrchr(path, '/');
	int n = snprintf(temporary, sizeof(temporary), "%.*s.gpu-handoff-XXXXXX",
		slash ? (int)(slash + 1 - path) : 0, path);
	int fd, err;

	if (n < 0 || (size_t)n >= sizeof(temporary))
		return -ENAMETOOLONG;
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = write_all(fd, bytes, length, mode);
	if (close(fd) < 0 && err == 0)
		err = -errno;
	if (err == 0)
		err = move(temporary, path, replace);
	if (err < 0)
		unlink(temporary);
	return err;
}
