/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "handoff/config-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

static int open_config(struct msg *why)
{
	int fd = open(CONFIG_FILE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	struct stat st;

	if (fd < 0 && errno == ENOENT)
		return -ENOENT;
	if (fd < 0 && errno == ELOOP)
		return msg_fail(why, EPERM, CONFIG_FILE " is a symbolic link; make it a file");
	if (fd < 0 || fstat(fd, &st) < 0) {
		int err = errno;

		if (fd >= 0)
			close(fd);
		return msg_fail(why, err, CONFIG_FILE " cannot be opened: %s", strerror(err));
	}
	if (S_ISREG(st.st_mode) && st.st_uid == 0 && !(st.st_mode & 022))
		return fd;
	close(fd);
	return msg_fail(why, EPERM,
		CONFIG_FILE " must be a regular file of root that only root may write; run chown "
			    "root: and chmod 644 on it");
}

int config_load(struct config **out, struct msg *why)
{
	int fd = open_config(why), err;
	struct msg reason;
	size_t length;
	char *text;

	if (fd == -ENOENT)
		return config_parse("", 0, out, why);
	if (fd < 0)
		return fd;
	err = file_slurp(fd, CONFIG_BYTES_MAX, &text, &length);
	close(fd);
	if (err < 0)
		return msg_fail(why, -err, CONFIG_FILE " cannot be read: %s",
			err == -EFBIG ? "it is larger than 64 KiB" : strerror(-err));
	err = config_parse(text, length, out, &reason);
	free(text);
	return err < 0 ? msg_fail(why, -err, CONFIG_FILE ", %s", reason.text) : 0;
}
