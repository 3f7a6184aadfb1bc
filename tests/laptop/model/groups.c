/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IOMMU groups, and the vfio nodes of those with a device on vfio. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "model.h"

enum { VFIO_MAJOR = 243 };

struct group {
	long number;
	struct node *directory; /* /sys/kernel/iommu_groups/N */
	unsigned int vfio; /* devices on vfio */
	struct node *device, *link, *node; /* while VFIO is not 0 */
	struct group *next;
};

static struct group *groups;
static long last;

static struct group *group_of(long number)
{
	struct group *g;

	for (g = groups; g; g = g->next)
		if (g->number == number)
			return g;
	g = zalloc(sizeof(*g));
	g->number = number;
	g->next = groups;
	groups = g;
	if (number > last)
		last = number;
	return g;
}

static void member_add(struct group *g, const char *name, struct node *member)
{
	char *path = text_of("kernel/iommu_groups/%ld", g->number);

	if (!g->directory) {
		g->directory = tree_mkdirs(tree_sys, path);
		tree_mkdirs(g->directory, "devices");
		tree_file(g->directory, "type", 0444, "DMA\n");
		tree_file(g->directory, "reserved_regions", 0444,
			"0x00000000fee00000 0x00000000feefffff msi\n");
	}
	tree_link(tree_child(g->directory, "devices"), name, member);
	tree_link(member, "iommu_group", g->directory);
	free(path);
}

/* The firmware's table of IOMMUs: Intel's, AMD's. */
static void make_table(void)
{
	struct node *tables = tree_mkdirs(tree_sys, "firmware/acpi/tables");

	tree_file(tables, "DSDT", 0400, "%s", "");
	if (machine.iommu)
		tree_file(tables, strncmp(machine.iommu, "dmar", 4) ? "IVRS" : "DMAR", 0400, "%s",
			"");
}

void groups_start(void)
{
	tree_mkdirs(tree_sys, "kernel/iommu_groups");
	make_table();
	if (machine.iommu)
		tree_mkdirs(tree_mkdirs(tree_sys, "class/iommu"), machine.iommu);
}

void group_join(struct function *f)
{
	if (f->group >= 0)
		member_add(group_of(f->group), f->address, f->directory);
}

static void member_drop(struct group *g, const char *name, struct node *member)
{
	struct node *devices = tree_child(g->directory, "devices");

	tree_drop_name(devices, name);
	tree_drop_name(member, "iommu_group");
	if (devices->first)
		return;
	tree_drop(g->directory);
	g->directory = NULL;
}

void group_leave(struct function *f)
{
	if (f->group >= 0)
		member_drop(group_of(f->group), f->address, f->directory);
	f->group = -1;
}

void group_make_unsafe(struct function *f)
{
	f->group = last + 1;
	group_join(f);
	tree_file(group_of(f->group)->directory, "name", 0444, "vfio-noiommu\n");
}

bool group_is_unsafe(const struct function *f)
{
	return f->group >= 0 && tree_child(group_of(f->group)->directory, "name");
}

static void show_dev(const struct node *node, FILE *out)
{
	const struct group *g = node->object;

	fprintf(out, "%d:%ld\n", VFIO_MAJOR, g->number);
}

void vfio_enter(long number)
{
	struct group *g = group_of(number);
	char *name = text_of("%ld", number);
	struct node *class = tree_mkdirs(tree_sys, "class/vfio");

	if (!g->vfio++) {
		g->device = tree_mkdirs(tree_mkdirs(tree_sys, "devices/virtual/vfio"), name);
		tree_attribute(g->device, "dev", show_dev, NULL, g);
		tree_link(g->device, "subsystem", class);
		tree_file(g->device, "uevent", 0444, "MAJOR=%d\nMINOR=%ld\nDEVNAME=vfio/%ld\n",
			VFIO_MAJOR, number, number);
		g->link = tree_link(class, name, g->device);
		g->node = tree_device(
			tree_mkdirs(tree_dev, "vfio"), name, S_IFCHR, makedev(VFIO_MAJOR, number));
	}
	free(name);
}

void vfio_leave(long number)
{
	struct group *g = group_of(number);
	struct node *above;

	if (--g->vfio)
		return;
	above = g->device->parent;
	tree_drop(g->link);
	tree_drop(g->node);
	tree_drop(g->device);
	tree_prune(above, tree_find(tree_sys, "devices/virtual"));
}

bool vfio_held(long number)
{
	return group_of(number)->vfio && holds_any(makedev(VFIO_MAJOR, number));
}

long group_new(struct node *member, const char *name)
{
	struct group *g = group_of(last + 1);

	member_add(g, name, member);
	return g->number;
}

void group_free(long number)
{
	struct group *g = group_of(number);

	tree_drop(g->directory);
	g->directory = NULL;
}

void groups_remove(void)
{
	for (struct function *f = machine.functions; f; f = f->next)
		if (!f->gone && !(f->driver && f->driver->vfio))
			group_leave(f);
	tree_drop(tree_find(tree_sys, "class/iommu"));
}
