/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* /dev: places for the host's harmless devices; drivers add their own nodes. */
#include <string.h>
#include <sys/stat.h>

#include "model.h"

const char *const dev_host[DEV_HOST_COUNT] = {
	"null", "zero", "full", "random", "urandom", "tty", "fuse", "pts", "shm"};

void dev_start(void)
{
	static const char *const links[][2] = {{"fd", "/proc/self/fd"},
		{"stdin", "/proc/self/fd/0"}, {"stdout", "/proc/self/fd/1"},
		{"stderr", "/proc/self/fd/2"}, {"ptmx", "pts/ptmx"}};

	for (size_t i = 0; i < DEV_HOST_COUNT; i++)
		if (!strcmp(dev_host[i], "pts") || !strcmp(dev_host[i], "shm"))
			tree_mkdirs(tree_dev, dev_host[i]);
		else
			tree_file(tree_dev, dev_host[i], 0666, "%s", "");
	for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++)
		tree_file(tree_dev, links[i][0], 0, "%s", links[i][1])->mode = S_IFLNK | 0777;
}
