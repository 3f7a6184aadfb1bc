/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "handoff/undo.h"

enum { FILES_MAX = 4096 };

/* Ours and closed to others? What stands in these files is done as root. */
int undo_check(int fd, mode_t type, const char *what, struct msg *why)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return msg_fail(why, errno, "%s: %s", what, strerror(errno));
	if ((st.st_mode & S_IFMT) != type || st.st_uid != 0 || (st.st_mode & 022) ||
		(type == S_IFREG && st.st_nlink > 1))
		return msg_fail(why, EPERM,
			"%s is not root's own or others may write it; nothing was done: remove it "
			"if you do not know it",
			what);
	return 0;
}

int undo_dir(bool create, struct msg *why)
{
	int fd, err;

	if (create && mkdir(UNDO_DIR, 0700) < 0 && errno != EEXIST)
		return msg_fail(
			why, errno, UNDO_DIR " cannot be made: %s; see df /run", strerror(errno));
	fd = open(UNDO_DIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return -ENOENT;
	if (fd < 0)
		return msg_fail(why, errno,
			UNDO_DIR " cannot be opened: %s; it must be a directory of root",
			strerror(errno));
	err = undo_check(fd, S_IFDIR, UNDO_DIR, why);
	if (err == 0)
		return fd;
	close(fd);
	return err;
}

int undo_lock(int dir, struct deadline deadline, struct msg *why)
{
	int err = file_lock(dir, deadline);

	if (err == -ETIMEDOUT)
		return msg_fail(why, ETIMEDOUT,
			"another hand-off has held the lock of " UNDO_DIR
			" for too long; see what gpu-handoff-take and gpu-handoff-give-back are "
			"doing (ps) and try again");
	return err < 0 ? msg_fail(why, -err, UNDO_DIR " cannot be locked: %s", strerror(-err)) : 0;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

int undo_list(int dir, char (**uuids)[37])
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), count = 0;
	char(*list)[37] = malloc(FILES_MAX * sizeof(*list));
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!d || !list) {
		int err = list ? errno : ENOMEM;

		if (d)
			closedir(d);
		else if (fd >= 0)
			close(fd);
		free(list);
		return -err;
	}
	while (count < FILES_MAX && (entry = readdir(d))) {
		char name[37];

		if (strlen(entry->d_name) != 36 + strlen(UNDO_SUFFIX) ||
			strcmp(entry->d_name + 36, UNDO_SUFFIX) != 0)
			continue;
		memcpy(name, entry->d_name, 36);
		name[36] = '\0';
		if (text_uuid(name, list[count]))
			count++;
	}
	closedir(d);
	qsort(list, (size_t)count, sizeof(*list), by_text);
	*uuids = list;
	return count;
}
