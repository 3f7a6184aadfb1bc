/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A stand-in udevd: it keeps the files of DRM nodes in /run/udev/data and does so at once. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model.h"

void udev_update(const struct part *p, bool present)
{
	char *path;
	int fd;

	if (strcmp(p->subsystem, "drm") || !p->major)
		return;
	path = text_of("/run/udev/data/c%u:%u", p->major, p->minor);
	if (present) {
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
		if (fd >= 0) {
			dprintf(fd, "I:1\nE:ID_SEAT=seat0\nG:seat\nQ:seat\nV:1\n");
			close(fd);
		}
	} else {
		unlink(path);
	}
	free(path);
}
