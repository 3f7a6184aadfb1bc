/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The devices and nodes that drivers add below their functions. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "model.h"

/* Subsystems that are a bus; the others are classes. */
static const char *const buses[] = {"usb", "i2c", "hdaudio", "scsi"};

/* The directory that links to the devices of a subsystem. */
static struct node *links_of(const char *subsystem, struct node **subsystem_directory)
{
	char *path;
	bool bus = false;

	for (size_t i = 0; i < sizeof(buses) / sizeof(*buses); i++)
		bus |= !strcmp(buses[i], subsystem);
	path = text_of("%s/%s%s", bus ? "bus" : "class", subsystem, bus ? "/devices" : "");
	*subsystem_directory = tree_mkdirs(tree_sys, path);
	if (bus)
		*subsystem_directory = (*subsystem_directory)->parent;
	return tree_mkdirs(tree_sys, path);
}

static const char *name_of(const struct part *p)
{
	const char *slash = strrchr(p->path, '/');

	return slash ? slash + 1 : p->path;
}

static bool is_block(const struct part *p)
{
	return !strcmp(p->subsystem, "block");
}

static bool is_partition(const struct part *p)
{
	const struct node *above = tree_child(p->directory->parent, "subsystem");

	return is_block(p) && above && !strcmp(above->target->name, "block");
}

bool part_held(const struct part *p)
{
	return (p->directory || p->node) && (p->major || p->minor) &&
	       holds_any(makedev(p->major, p->minor));
}

static void show_dev(const struct node *node, FILE *out)
{
	const struct part *p = node->object;

	fprintf(out, "%u:%u\n", p->major, p->minor);
}

/* The path below /dev, "" if udev makes none. */
static char *node_path(const struct part *p)
{
	const char *name = name_of(p);

	if (!p->major && !p->minor)
		return text_of("%s", "");
	if (!strncmp(p->path, "/dev/", 5))
		return text_of("%s", p->path + 5);
	if (!strcmp(p->subsystem, "drm"))
		return text_of("dri/%s", name);
	if (!strcmp(p->subsystem, "sound"))
		return text_of("snd/%s", name);
	if (!strcmp(p->subsystem, "usb"))
		return text_of("bus/usb/%03u/%03u", p->minor / 128 + 1, p->minor % 128 + 1);
	return text_of("%s", name);
}

static void show_uevent(const struct node *node, FILE *out)
{
	const struct part *p = node->object;
	char *path = node_path(p);

	if (*path)
		fprintf(out, "MAJOR=%u\nMINOR=%u\nDEVNAME=%s\n", p->major, p->minor, path);
	free(path);
}

static int store_uevent(struct node *node, const char *text, size_t length)
{
	const struct part *p = node->object;

	(void)length;
	if (!strncmp(text, "remove", 6))
		udev_update(p, false);
	else if (!strncmp(text, "add", 3) || !strncmp(text, "change", 6))
		udev_update(p, true);
	else
		return -EINVAL;
	return 0;
}

/* The nearest device that DIRECTORY is below. */
static struct node *device_above(struct node *directory)
{
	do
		directory = directory->parent;
	while (!tree_child(directory, "subsystem"));
	return directory;
}

static void make_device(struct part *p)
{
	struct node *subsystem, *links = links_of(p->subsystem, &subsystem), *d;

	d = p->directory = tree_mkdirs(p->function->directory, p->path);
	tree_attribute(d, "uevent", show_uevent, store_uevent, p);
	tree_link(d, "subsystem", subsystem);
	tree_link(links, name_of(p), d);
	if (is_partition(p)) {
		tree_file(d, "partition", 0444, "1\n");
	} else if (links == subsystem) {
		tree_link(d, "device", device_above(d));
		if (is_block(p))
			tree_link(tree_mkdirs(tree_sys, "block"), name_of(p), d);
	}
	if (is_block(p))
		tree_mkdirs(d, "holders");
	if (p->major || p->minor) {
		struct node *numbers =
			tree_mkdirs(tree_sys, is_block(p) ? "dev/block" : "dev/char");
		char *number = text_of("%u:%u", p->major, p->minor);

		tree_attribute(d, "dev", show_dev, NULL, p);
		tree_drop_name(numbers, number);
		tree_link(numbers, number, d);
		free(number);
	}
}

static void make(struct part *p)
{
	char *path = node_path(p);

	if (*p->path != '/')
		make_device(p);
	if (*path)
		p->node = tree_device(tree_dev, path, is_block(p) ? S_IFBLK : S_IFCHR,
			makedev(p->major, p->minor));
	free(path);
	udev_update(p, true);
	nvidia_update(p, true);
}

static void drop_numbers(const struct part *p)
{
	struct node *numbers = tree_mkdirs(tree_sys, is_block(p) ? "dev/block" : "dev/char");

	for (struct node *link = numbers->first; link; link = link->next)
		if (link->target == p->directory) {
			tree_drop(link);
			return;
		}
}

static void drop(struct part *p)
{
	struct node *subsystem, *above;

	udev_update(p, false);
	nvidia_update(p, false);
	tree_drop(p->node);
	p->node = NULL;
	if (!p->directory)
		return;
	drop_numbers(p);
	tree_drop_name(links_of(p->subsystem, &subsystem), name_of(p));
	if (is_block(p))
		tree_drop_name(tree_mkdirs(tree_sys, "block"), name_of(p));
	above = p->directory->parent;
	tree_drop(p->directory);
	tree_prune(above, p->function->directory);
	p->directory = NULL;
}

static bool wanted(const struct part *p)
{
	if (p->function && (!p->function->driver || strcmp(p->function->driver->name, p->driver)))
		return false;
	return !p->module || module_live(p->module);
}

/* The last first. */
static void drop_unwanted(struct part *p)
{
	if (!p)
		return;
	drop_unwanted(p->next);
	if ((p->directory || p->node) && !wanted(p))
		drop(p);
}

void parts_update(void)
{
	unsigned int framebuffers = 0;

	drop_unwanted(machine.parts);
	for (struct part *p = machine.parts; p; p = p->next) {
		if (!p->directory && !p->node && wanted(p))
			make(p);
		framebuffers += p->directory && !strcmp(p->subsystem, "graphics");
	}
	console_framebuffers(framebuffers);
}

void parts_start(void)
{
	struct node *subsystem;

	tree_mkdirs(tree_sys, "block");
	tree_mkdirs(tree_sys, "dev/block");
	tree_mkdirs(tree_sys, "dev/char");
	for (struct part *p = machine.parts; p; p = p->next)
		if (*p->path != '/')
			links_of(p->subsystem, &subsystem);
}

void part_renumber(struct part *p, unsigned int major, unsigned int minor)
{
	drop(p);
	p->major = major;
	p->minor = minor;
	parts_update();
}
