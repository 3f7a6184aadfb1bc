/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nouns/nodes.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/directory.h"
#include "base/file.h"

enum { LEVELS_MAX = 32, NVIDIA_MAJOR = 195, NVIDIACTL = 255, NVIDIA_MODESET = 254 };

static int add(struct nodes *nodes, const struct node *node)
{
	for (size_t i = 0; i < nodes->count; i++) {
		const struct node *have = &nodes->node[i];

		if (have->rdev == node->rdev && have->block == node->block &&
			have->any_minor == node->any_minor)
			return 0;
	}
	if (nodes->count == NODES_MAX)
		return -E2BIG;
	nodes->node[nodes->count++] = *node;
	return 0;
}

/* The number in the file PATH ("MAJOR:MINOR"): 1 if there is one, 0 if none, or -errno. */
static int read_number(int dir, const char *path, dev_t *out)
{
	char text[32], *colon, *end;
	unsigned long high, low;
	int n = file_read(dir, path, text, sizeof(text));

	if (n == -ENOENT || n == -ENODEV || n == -EFBIG)
		return 0;
	if (n < 0)
		return n;
	high = strtoul(text, &colon, 10);
	if (!isdigit((unsigned char)text[0]) || *colon != ':' || !isdigit((unsigned char)colon[1]))
		return 0;
	low = strtoul(colon + 1, &end, 10);
	if ((*end && *end != '\n') || high > 0xfff || low > 0xfffff)
		return 0;
	*out = makedev((unsigned int)high, (unsigned int)low);
	return 1;
}

static bool gone(int err)
{
	return err == -ENOENT || err == -ENODEV;
}

static void classify(int dir, const char *name, struct node *node)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(dir, "subsystem", target, sizeof(target) - 1);
	const char *subsystem = target;

	if (n < 0)
		return;
	target[n] = '\0';
	if (strrchr(target, '/'))
		subsystem = strrchr(target, '/') + 1;
	node->block = strcmp(subsystem, "block") == 0;
	node->drm = strcmp(subsystem, "drm") == 0;
	node->notify = strcmp(subsystem, "sound") == 0 &&
		       strncmp(name, "controlC", strlen("controlC")) == 0;
}

/*
 * Directories that never hold a device with a number, left out because a walk costs an open and a
 * read for each. Every device has power; the others are attribute groups, or glue directories of
 * classes without numbers, that a GPU, a sound card, a USB controller or a disk has.
 */
static bool is_barren(const char *name)
{
	static const char *const barren[] = {"power", "wakeup", "msi_irqs", "link", "statistics",
		"mdev_supported_types", "hwmon", "engine", "gt", "queue", "queues", "mq",
		"integrity", "trace", "leds"};

	for (size_t i = 0; i < sizeof(barren) / sizeof(*barren); i++)
		if (strcmp(name, barren[i]) == 0)
			return true;
	return false;
}

static bool is_directory(int dir, const struct dirent64 *entry)
{
	struct stat st;

	if (entry->d_type != DT_UNKNOWN)
		return entry->d_type == DT_DIR;
	return fstatat(dir, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

struct walk {
	int (*visit)(int dir, const char *name, const struct node *node, void *argument);
	void *argument;
	unsigned int level;
};

static int visit_number(struct walk *walk, int dir, const char *name)
{
	struct node node = {.rdev = 0};
	int found = read_number(dir, "dev", &node.rdev);

	if (found <= 0)
		return found;
	classify(dir, name, &node);
	return walk->visit(dir, name, &node, walk->argument);
}

static int walk_directory(struct walk *walk, int at, const char *path, const char *name)
{
	const struct dirent64 *entry;
	struct directory directory;
	int err;

	if (walk->level == LEVELS_MAX)
		return -E2BIG;
	err = directory_open(&directory, at, path);
	if (err)
		return err;
	walk->level++;
	while (!err && (entry = directory_next(&directory))) {
		bool is_dev = strcmp(entry->d_name, "dev") == 0;

		if (!is_directory(directory.fd, entry)) {
			if (is_dev)
				err = visit_number(walk, directory.fd, name);
		} else if (!is_barren(entry->d_name)) {
			err = walk_directory(walk, directory.fd, entry->d_name, entry->d_name);
			if (gone(err))
				err = 0;
		}
	}
	if (!err && !gone(directory.error))
		err = directory.error;
	walk->level--;
	directory_close(&directory);
	return err;
}

int nodes_walk(const char *path,
	int (*visit)(int dir, const char *name, const struct node *node, void *argument),
	void *argument)
{
	struct walk walk = {.visit = visit, .argument = argument};
	char target[PATH_MAX], directory[PATH_MAX];
	ssize_t n = readlink(path, target, sizeof(target) - 1);
	const char *slash;

	/* PATH may be one of the links in /sys/bus; its own name is the device's */
	if (n < 0 && errno != EINVAL)
		return -errno;
	if (n >= 0)
		target[n] = '\0';
	if ((size_t)snprintf(directory, sizeof(directory), "%s/.", path) >= sizeof(directory))
		return -ENAMETOOLONG;
	slash = strrchr(n >= 0 ? target : path, '/');
	return walk_directory(&walk, AT_FDCWD, directory, slash ? slash + 1 : path);
}

static int add_visited(int dir, const char *name, const struct node *node, void *argument)
{
	(void)dir;
	(void)name;
	return add(argument, node);
}

int nodes_below(const char *path, struct nodes *nodes)
{
	return nodes_walk(path, add_visited, nodes);
}

static int add_nvidia_minor(struct nodes *nodes, unsigned int number)
{
	return add(nodes, &(struct node){.rdev = makedev(NVIDIA_MAJOR, number)});
}

/* Adds the majors of the character devices that belong to no single GPU. */
static int add_nvidia_majors(struct nodes *nodes)
{
	static const char *const names[] = {
		"nvidia-uvm", "nvidia-caps", "nvidia-caps-imex-channels"};
	char text[16384], *rest = text, *line;
	int err = file_read(AT_FDCWD, "/proc/devices", text, sizeof(text));

	if (err < 0)
		return err;
	err = 0;
	while (!err && (line = strsep(&rest, "\n")) && strcmp(line, "Block devices:") != 0) {
		char *name;
		unsigned long number = strtoul(line, &name, 10);

		if (name == line || *name++ != ' ')
			continue;
		for (size_t i = 0; !err && i < sizeof(names) / sizeof(*names); i++)
			if (strcmp(name, names[i]) == 0)
				err = add(nodes, &(struct node){.any_minor = true,
							 .rdev = makedev((unsigned int)number, 0)});
	}
	return err;
}

int nodes_nvidia(const char *address, bool shared, struct nodes *nodes)
{
	static const char label[] = "Device Minor:";
	char path[128], text[4096], *at;
	int err;

	if ((size_t)snprintf(path, sizeof(path), "/proc/driver/nvidia/gpus/%s/information",
		    address) >= sizeof(path))
		return -ENAMETOOLONG;
	err = file_read(AT_FDCWD, path, text, sizeof(text));
	if (err < 0 && err != -ENOENT)
		return err;
	at = err > 0 ? strstr(text, label) : NULL;
	err = at ? add_nvidia_minor(nodes, (unsigned int)strtoul(at + strlen(label), NULL, 10)) : 0;
	if (err || !shared || access("/proc/driver/nvidia", F_OK) < 0)
		return err;
	err = add_nvidia_minor(nodes, NVIDIACTL);
	if (!err)
		err = add_nvidia_minor(nodes, NVIDIA_MODESET);
	return err ? err : add_nvidia_majors(nodes);
}

int nodes_vfio(long group, struct nodes *nodes)
{
	struct node node = {.rdev = 0};
	char path[64];
	int found;

	snprintf(path, sizeof(path), "/sys/class/vfio/%ld/dev", group);
	found = read_number(AT_FDCWD, path, &node.rdev);
	return found > 0 ? add(nodes, &node) : found;
}
