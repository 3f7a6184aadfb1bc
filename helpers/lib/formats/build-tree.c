/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/build-tree.h"

#include <stddef.h>
#include <string.h>

bool build_tree(const char *path)
{
	static const char *const below[] = {
		"/home/", "/root/", "/opt/", "/tmp/", "/var/tmp/", "/usr/src/", "/usr/local/src/"};
	static const char *const within[] = {"/edk2/", "/Build/"};

	for (size_t i = 0; i < sizeof(below) / sizeof(*below); i++)
		if (strncmp(path, below[i], strlen(below[i])) == 0)
			return true;
	/* /usr/share/edk2/ is Fedora's and Arch's own */
	if (strncmp(path, "/usr/", 5) == 0)
		return false;
	for (size_t i = 0; i < sizeof(within) / sizeof(*within); i++)
		if (strstr(path, within[i]))
			return true;
	return false;
}
