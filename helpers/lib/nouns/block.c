/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nouns/block.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/directory.h"
#include "base/file.h"
#include "nouns/nodes.h"

enum { TABLE_MAX = 16 << 20 };

/* What the host uses, read when the first block device is met. */
struct uses {
	char *mounts, *swaps;
	struct msg *why;
};

static int read_table(const char *path, char **out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err;
	size_t length;

	if (fd < 0)
		return -errno;
	err = file_slurp(fd, TABLE_MAX, out, &length);
	close(fd);
	return err;
}

static bool is_octal(char c)
{
	return c >= '0' && c <= '7';
}

/* Copies the field at FROM, which ends at a blank, with the kernel's \ooo escapes undone. */
static void copy_field(const char *from, char *out, size_t size)
{
	size_t at = 0;

	while (*from && !isspace((unsigned char)*from) && at + 1 < size) {
		if (*from == '\\' && is_octal(from[1]) && is_octal(from[2]) && is_octal(from[3])) {
			out[at++] = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 |
					   (from[3] - '0'));
			from += 4;
		} else {
			out[at++] = *from++;
		}
	}
	out[at] = '\0';
}

/* Is the file at PATH (a field of a table) the block device RDEV? */
static bool is_node(const char *field, dev_t rdev)
{
	char path[4096];
	struct statx st;

	copy_field(field, path, sizeof(path));
	return path[0] == '/' &&
	       statx(AT_FDCWD, path, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_TYPE, &st) == 0 &&
	       S_ISBLK(st.stx_mode) && makedev(st.stx_rdev_major, st.stx_rdev_minor) == rdev;
}

/*
 * Is a line of mountinfo, "ID PARENT MAJOR:MINOR ROOT POINT OPTIONS ... - TYPE SOURCE ...", of
 * RDEV? btrfs and the like have a device number that is no device's (major 0): there the source
 * tells.
 */
static bool is_mount(const char *line, dev_t rdev, const char **point)
{
	unsigned int high, low;
	const char *source;
	int at = 0;

	if (sscanf(line, "%*d %*d %u:%u %*s %n", &high, &low, &at) != 2 || at == 0)
		return false;
	*point = line + at;
	if (high != 0)
		return makedev(high, low) == rdev;
	source = strstr(line + at, " - ");
	source = source ? strchr(source + 3, ' ') : NULL;
	return source && is_node(source + 1, rdev);
}

/* Calls for each line of TABLE until MATCHES says yes; returns what it found in the line, or NULL.
 */
static const char *find(
	char *table, dev_t rdev, bool (*matches)(const char *, dev_t, const char **))
{
	const char *found = NULL;

	for (char *line = table, *end; *line; line = end) {
		size_t n = strcspn(line, "\n");
		char kept = line[n];
		bool match;

		end = line + n + (kept != '\0');
		line[n] = '\0';
		match = matches(line, rdev, &found);
		line[n] = kept;
		if (match)
			return found;
	}
	return NULL;
}

static bool is_swap(const char *line, dev_t rdev, const char **path)
{
	*path = line;
	return is_node(line, rdev);
}

/* The name of an entry of DIR's directory PATH (any), empty if there is none. */
static void first_entry(int dir, const char *path, char *out, size_t size)
{
	const struct dirent64 *entry;
	struct directory directory;

	out[0] = '\0';
	if (directory_open(&directory, dir, path))
		return;
	entry = directory_next(&directory);
	if (entry)
		snprintf(out, size, "%s", entry->d_name);
	directory_close(&directory);
}

/* Of a btrfs on several devices mountinfo names one; /sys/fs/btrfs/UUID/devices has them all. */
static bool is_in_btrfs(const char *name)
{
	const struct dirent64 *entry;
	struct directory directory;
	bool found = false;
	char path[600];

	if (directory_open(&directory, AT_FDCWD, "/sys/fs/btrfs"))
		return false;
	while (!found && (entry = directory_next(&directory))) {
		snprintf(path, sizeof(path), "%s/devices/%s", entry->d_name, name);
		found = faccessat(directory.fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
	}
	directory_close(&directory);
	return found;
}

static int check(int dir, const char *name, const struct node *node, void *argument)
{
	struct uses *uses = argument;
	char text[4096], device[256];
	const char *found;
	int err = 0;

	if (!node->block)
		return 0;
	if (!uses->mounts)
		err = read_table("/proc/self/mountinfo", &uses->mounts);
	if (!err && !uses->swaps)
		err = read_table("/proc/swaps", &uses->swaps);
	if (err == -ENOENT) { /* a kernel without swap */
		uses->swaps = calloc(1, 1);
		err = 0;
	}
	if (err || !uses->mounts || !uses->swaps)
		return err;
	snprintf(device, sizeof(device), "/dev/%s", name);
	for (char *c = device; *c; c++)
		if (*c == '!') /* sysfs's spelling of a / in a device's name */
			*c = '/';
	found = find(uses->mounts, node->rdev, is_mount);
	if (found) {
		copy_field(found, text, sizeof(text));
		return msg_fail(
			uses->why, EBUSY, "%s is mounted on %s; unmount it first", device, text);
	}
	if (find(uses->swaps, node->rdev, is_swap))
		return msg_fail(
			uses->why, EBUSY, "%s is swap space; run swapoff on it first", device);
	first_entry(dir, "holders", text, sizeof(text));
	if (text[0])
		return msg_fail(
			uses->why, EBUSY, "%s is held by /dev/%s; end that first", device, text);
	if (is_in_btrfs(name))
		return msg_fail(uses->why, EBUSY, "%s is part of a mounted btrfs; unmount it first",
			device);
	return 0;
}

int block_in_use(const char *path, struct msg *why)
{
	struct uses uses = {.why = why};
	int err = nodes_walk(path, check, &uses);

	free(uses.mounts);
	free(uses.swaps);
	return err;
}
