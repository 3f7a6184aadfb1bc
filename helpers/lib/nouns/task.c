/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nouns/task.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"

int scan_excuse(struct scan *scan, int err)
{
	if (err == -EACCES || err == -EPERM) {
		scan->denied = true;
		return 0;
	}
	return err == -ENOENT || err == -ESRCH ? 0 : err;
}

void scan_command(int proc, pid_t pid, char *out, size_t size)
{
	char path[32], text[64];
	int n;

	snprintf(path, sizeof(path), "%d/comm", (int)pid);
	n = file_read(proc, path, text, sizeof(text));
	if (n < 0)
		n = 0;
	if (n > 0 && text[n - 1] == '\n')
		n--;
	text[n] = '\0';
	text_printable(text, out, size);
}

/* Notes that the process holds the node at INDEX of the list by LINK, relative to DIR. */
static void note(struct scan *scan, size_t index, int dir, const char *link)
{
	struct holder *holder = &scan->out->holder[scan->out->count];
	char path[PATH_MAX];
	ssize_t n;

	scan->seen[index] = scan->found = true;
	if (scan->out->count == HOLDERS_MAX) {
		scan->out->omitted++;
		return;
	}
	n = scan->mapped ? 0 : readlinkat(dir, link, path, sizeof(path) - 1);
	path[n > 0 ? n : 0] = '\0';
	holder->pid = scan->pid;
	holder->node = scan->nodes->node[index];
	text_printable(scan->mapped ? scan->mapped : path, holder->path, sizeof(holder->path));
	scan_command(scan->proc, scan->pid, holder->command, sizeof(holder->command));
	scan->out->count++;
}

static void compare(struct scan *scan, const struct statx *st, int dir, const char *link)
{
	bool block = S_ISBLK(st->stx_mode);

	if (!block && !S_ISCHR(st->stx_mode))
		return;
	for (size_t i = 0; i < scan->nodes->count; i++) {
		const struct node *node = &scan->nodes->node[i];

		if (node->block == block && major(node->rdev) == st->stx_rdev_major &&
			(node->any_minor || minor(node->rdev) == st->stx_rdev_minor) &&
			!scan->seen[i])
			note(scan, i, dir, link);
	}
}

int scan_look(struct scan *scan, int dir, const char *link)
{
	struct statx st;

	if (statx(dir, link, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_TYPE, &st) < 0)
		return -errno;
	compare(scan, &st, dir, link);
	return S_ISCHR(st.stx_mode) || S_ISBLK(st.stx_mode);
}

/* Looks at all descriptors of task ID. Returns whether there are any, or -errno. */
static int scan_descriptors(struct scan *scan, const char *id)
{
	const struct dirent64 *entry;
	char path[32];
	int any = 0, err;

	snprintf(path, sizeof(path), "%s/fd", id);
	err = directory_open(&scan->descriptors, scan->proc, path);
	if (err)
		return scan_excuse(scan, err);
	while ((entry = directory_next(&scan->descriptors))) {
		any = 1;
		err = scan_look(scan, scan->descriptors.fd, entry->d_name);
		if (err == -EACCES || err == -EPERM)
			scan->denied = true;
	}
	err = scan_excuse(scan, scan->descriptors.error);
	directory_close(&scan->descriptors);
	return err ? err : any;
}

int scan_task(struct scan *scan, const char *id)
{
	int descriptors = scan_descriptors(scan, id), mappings;

	if (descriptors < 0)
		return descriptors;
	mappings = scan_mappings(scan, id);
	return mappings < 0 ? mappings : descriptors || mappings;
}
