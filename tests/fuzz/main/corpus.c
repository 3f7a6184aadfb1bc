/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Gives a fuzz target every file named on the command line, and every file of the directories
 * named there, once each: a corpus as a plain test. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

enum { INPUT_MAX = 32 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void die(const char *path, int err)
{
	fprintf(stderr, "%s: %s\n", path, strerror(err));
	exit(1);
}

/* Feeds the file PATH of the directory DIR and returns 1; 0 if it is a directory. */
static unsigned int feed_file(int dir, const char *path)
{
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	uint8_t *exact;
	size_t length;
	char *text;
	int err;

	if (fd < 0 || fstat(fd, &st) < 0)
		die(path, errno);
	if (S_ISDIR(st.st_mode)) {
		close(fd);
		return 0;
	}
	err = file_slurp(fd, INPUT_MAX, &text, &length);
	close(fd);
	if (err)
		die(path, -err);
	/* without the NUL after it, so that a sanitizer sees a read past the end */
	exact = malloc(length ? length : 1);
	if (!exact)
		die(path, ENOMEM);
	memcpy(exact, text, length);
	free(text);
	LLVMFuzzerTestOneInput(exact, length);
	free(exact);
	return 1;
}

static unsigned int feed(const char *path)
{
	struct dirent **entries;
	unsigned int fed = 0;
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), n;

	if (dir < 0 && errno == ENOTDIR)
		return feed_file(AT_FDCWD, path);
	if (dir < 0)
		die(path, errno);
	n = scandir(path, &entries, NULL, alphasort);
	if (n < 0)
		die(path, errno);
	for (int i = 0; i < n; i++) {
		fed += feed_file(dir, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	close(dir);
	return fed;
}

int main(int argc, char *argv[])
{
	unsigned int fed = 0;

	for (int i = 1; i < argc; i++)
		fed += feed(argv[i]);
	printf("%s: %u inputs\n", argv[0], fed);
	if (fed == 0)
		fprintf(stderr, "%s: no inputs; name the files or directories of a corpus\n",
			argv[0]);
	return fed == 0;
}
