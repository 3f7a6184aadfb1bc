/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "handoff/undo.h"

/* Field 22 of /proc/PID/stat; the command in field 2 may hold anything, so count from its end. */
static int start_time(pid_t pid, unsigned long long *out)
{
	char path[64], text[1024], *p;
	int err;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	err = file_read(AT_FDCWD, path, text, sizeof(text));
	if (err < 0)
		return err;
	p = strrchr(text, ')');
	for (int field = 2; p && field < 22; field++)
		p = strchr(p + 1, ' ');
	if (!p)
		return -EINVAL;
	*out = strtoull(p + 1, NULL, 10);
	return 0;
}

struct undo_owner undo_owner_of(pid_t parent)
{
	struct undo_owner owner = {.pid = parent};

	if (parent <= 1 || start_time(parent, &owner.start) < 0)
		return (struct undo_owner){.pid = 0};
	return owner;
}

bool undo_owner_gone(const struct undo *undo)
{
	unsigned long long start;

	if (undo->owner.by_hand)
		return false;
	return start_time(undo->owner.pid, &start) < 0 || start != undo->owner.start;
}
