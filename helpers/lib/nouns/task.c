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

/*
 * The number comes from the inode that the kernel has: AT_STATX_DONT_SYNC keeps the scan from
 * asking (and waiting for) a file server that some process has a file of.
 */
static int look(struct scan *scan, int dir, const char *link)
{
	struct statx st;

	if (statx(dir, link, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_TYPE, &st) < 0)
		return -errno;
	compare(scan, &st, dir, link);
	return 0;
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
		err = look(scan, scan->descriptors.fd, entry->d_name);
		if (err == -EACCES || err == -EPERM)
			scan->denied = true;
	}
	err = scan_excuse(scan, scan->descriptors.error);
	directory_close(&scan->descriptors);
	return err ? err : any;
}

/*
 * Looks at the file of one line of maps: by its link in map_files (its name has no leading zeros),
 * which is the mapped file itself but asks for CAP_CHECKPOINT_RESTORE, else by its path.
 */
static void look_at_mapping(struct scan *scan, const char *id, const char *line, const char *file)
{
	char link[PATH_MAX + 32];
	unsigned long long start, end;

	if (sscanf(line, "%llx-%llx", &start, &end) != 2)
		return;
	scan->mapped = file;
	snprintf(link, sizeof(link), "%s/map_files/%llx-%llx", id, start, end);
	if (look(scan, scan->proc, link) < 0) {
		snprintf(link, sizeof(link), "%s/root%s", id, file);
		look(scan, scan->proc, link);
	}
	scan->mapped = NULL;
}

/*
 * One line of maps, ended with a NUL at END, "START-END PERMS OFFSET DEV INODE PATH". A private
 * mapping is looked at only if its path is in /dev: libraries are too many, and drivers refuse
 * private mappings of devices.
 */
static void scan_mapping(struct scan *scan, const char *id, const char *line, const char *end)
{
	const char *perms = memchr(line, ' ', (size_t)(end - line)), *path, *key;

	if (!perms || end - perms < 6)
		return;
	path = memchr(perms, '/', (size_t)(end - perms));
	if (!path || (perms[4] != 's' && strncmp(path, "/dev/", 5) != 0))
		return;
	/* a GPU's client maps the same node many times in a row */
	key = memchr(perms + 6, ' ', (size_t)(end - perms - 6));
	if (!key || strcmp(key, scan->last) == 0)
		return;
	look_at_mapping(scan, id, line, path);
	text_copy(scan->last, sizeof(scan->last), key);
}

/* Takes the whole lines off the N bytes in the buffer; returns what is left at its start. */
static size_t scan_lines(struct scan *scan, const char *id, size_t n)
{
	char *line = scan->maps, *end;

	while ((end = memchr(line, '\n', n - (size_t)(line - scan->maps)))) {
		*end = '\0';
		scan_mapping(scan, id, line, end);
		line = end + 1;
	}
	n -= (size_t)(line - scan->maps);
	if (n == sizeof(scan->maps)) /* longer than four times PATH_MAX: not a line of maps */
		return 0;
	memmove(scan->maps, line, n);
	return n;
}

/* Looks at the shared mappings of task ID. Returns whether it has any mapping, or -errno. */
static int scan_mappings(struct scan *scan, const char *id)
{
	size_t have = 0;
	char path[32];
	int fd, any = 0;
	ssize_t n;

	snprintf(path, sizeof(path), "%s/maps", id);
	fd = openat(scan->proc, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return scan_excuse(scan, -errno);
	scan->last[0] = '\0';
	do {
		n = read(fd, scan->maps + have, sizeof(scan->maps) - have);
		if (n > 0) {
			any = 1;
			have = scan_lines(scan, id, have + (size_t)n);
		}
	} while (n > 0 || (n < 0 && errno == EINTR));
	n = n < 0 ? scan_excuse(scan, -errno) : 0;
	close(fd);
	return n < 0 ? (int)n : any;
}

/* Returns whether task ID has anything that can hold a device, or -errno. */
int scan_task(struct scan *scan, const char *id)
{
	int descriptors = scan_descriptors(scan, id), mappings;

	if (descriptors < 0)
		return descriptors;
	mappings = scan_mappings(scan, id);
	return mappings < 0 ? mappings : descriptors || mappings;
}
