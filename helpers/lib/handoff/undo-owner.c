/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "handoff/undo.h"

enum { ANCESTORS_MAX = 16 };

/* Of /proc/PID/stat (proc(5)) */
struct stat_line {
	char command[32];
	pid_t parent;
	unsigned long long start;
};

static int read_stat(pid_t pid, struct stat_line *out)
{
	char path[64], text[1024], *open, *close, *field;
	int err;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	err = file_read(AT_FDCWD, path, text, sizeof(text));
	if (err < 0)
		return err;
	/* the command may hold anything, parentheses too: it ends at the last one */
	open = strchr(text, '(');
	close = strrchr(text, ')');
	if (!open || !close || close < open)
		return -EINVAL;
	snprintf(out->command, sizeof(out->command), "%.*s", (int)(close - open - 1), open + 1);
	field = close;
	for (int number = 2; field && number < 22; number++) {
		field = strchr(field + 1, ' ');
		if (field && number == 3)
			out->parent = (pid_t)strtol(field + 1, NULL, 10);
	}
	if (!field)
		return -EINVAL;
	out->start = strtoull(field + 1, NULL, 10);
	return 0;
}

static bool is_daemon(const char *command)
{
	if (strncmp(command, "lt-", 3) == 0) /* as libtool runs it in a build tree */
		command += 3;
	return strcmp(command, "libvirtd") == 0 || strcmp(command, "virtqemud") == 0;
}

struct undo_owner undo_owner_of(pid_t parent)
{
	struct stat_line line, above;
	pid_t pid = parent;

	if (parent <= 1 || read_stat(parent, &line) < 0)
		return (struct undo_owner){.pid = 0};
	above = line;
	for (int i = 0; i < ANCESTORS_MAX && pid > 1; i++) {
		if (is_daemon(above.command))
			return (struct undo_owner){.pid = pid, .start = above.start};
		pid = above.parent;
		if (read_stat(pid, &above) < 0)
			break;
	}
	return (struct undo_owner){.pid = parent, .start = line.start};
}

bool undo_owner_gone(const struct undo *undo)
{
	struct stat_line line;
	int err;

	if (undo->owner.by_hand)
		return false;
	err = read_stat(undo->owner.pid, &line);
	/* only what is sure: a descriptor table that is full is no sign of death */
	return err == -ENOENT || err == -ESRCH || (err == 0 && line.start != undo->owner.start);
}

bool undo_may_be_starting(const struct undo *undo)
{
	return !undo->released && !undo->owner.by_hand && !undo_owner_gone(undo);
}

bool undo_is_of_another(const struct undo *undo, const struct undo_owner *mine)
{
	struct stat_line line;

	return !undo->owner.by_hand && undo->owner.pid != mine->pid &&
	       read_stat(undo->owner.pid, &line) == 0 && line.start == undo->owner.start &&
	       is_daemon(line.command);
}
