/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whose an object is, from the bytes of the undo files: no noun is needed for that. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "handoff/undo.h"

/* Has TEXT a line "NOUN OBJECT ..."? A line that is settled is one of #, and an unterminated one
 * never ran. */
static bool has_line(const char *text, const char *object)
{
	const char *end;

	for (; (end = strchr(text, '\n')); text = end + 1) {
		size_t noun = strcspn(text, " \n");

		if (text[noun] == ' ' && *text != '#' &&
			strncmp(text + noun + 1, object, strlen(object)) == 0 &&
			text[noun + 1 + strlen(object)] == ' ')
			return true;
	}
	return false;
}

/* Does the file of UUID name OBJECT? 1, 0 (also if it is gone), or -errno with WHY set. */
static int file_names(int dir, const char *uuid, const char *object, struct msg *why)
{
	char name[36 + sizeof(UNDO_SUFFIX)], path[sizeof(UNDO_DIR) + sizeof(name)];
	char *text = NULL;
	size_t length;
	int fd, err;

	snprintf(name, sizeof(name), "%.36s" UNDO_SUFFIX, uuid);
	snprintf(path, sizeof(path), UNDO_DIR "/%s", name);
	fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0
				       : msg_fail(why, errno, "%s cannot be opened: %s", path,
						 strerror(errno));
	err = undo_check(fd, S_IFREG, path, why);
	if (err == 0 && (err = file_slurp(fd, UNDO_BYTES_MAX, &text, &length)) < 0)
		msg_fail(why, -err, "%s cannot be read: %s", path, strerror(-err));
	close(fd);
	if (err < 0)
		return err;
	err = text && has_line(text, object);
	free(text);
	return err;
}

int undo_names(const char *object, struct msg *why)
{
	char(*uuids)[37];
	int dir = undo_dir(false, why), n, found = 0;

	if (dir < 0)
		return dir == -ENOENT ? 0 : dir;
	n = undo_list(dir, &uuids);
	if (n < 0)
		msg_fail(why, -n, UNDO_DIR " cannot be read: %s", strerror(-n));
	for (int i = 0; i < n && found == 0; i++)
		found = file_names(dir, uuids[i], object, why);
	if (n >= 0)
		free(uuids);
	close(dir);
	return n < 0 ? n : found;
}
