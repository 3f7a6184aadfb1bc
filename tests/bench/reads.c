/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* reads PATH COUNT: opens, reads and closes one attribute, so many times. */
#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	char text[4096];
	int fd;

	if (argc != 3)
		errx(2, "usage: reads PATH COUNT");
	for (long left = strtol(argv[2], NULL, 10); left > 0; left--) {
		fd = open(argv[1], O_RDONLY | O_CLOEXEC);
		if (fd < 0 || read(fd, text, sizeof(text)) < 0)
			err(1, "%s", argv[1]);
		close(fd);
	}
	return 0;
}
