/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GVT-g: types with one pool of graphics memory, and the vGPUs made of them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "writes.h"

struct type {
	const char *suffix, *resolution;
	unsigned int low, high, weight; /* MB */
};

static const struct type types[] = {
	{"8", "1024x768", 64, 384, 2},
	{"4", "1920x1200", 128, 512, 4},
	{"2", "1920x1200", 256, 1024, 8},
	{"1", "1920x1200", 512, 2048, 16},
};

enum { TYPES = sizeof(types) / sizeof(*types), FENCES = 4 };

struct vgpu {
	char uuid[37];
	const struct type *type;
	struct function *parent;
	struct node *directory;
	long group;
	struct vgpu *next;
};

/* A type in one parent. */
struct offer {
	const struct type *type;
	struct function *parent;
	struct node *directory;
};

static struct vgpu *vgpus;

static unsigned int min(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

/* How many more of TYPE fit; the host keeps 128 MB low, 384 MB high and 4 of 32 fences. */
static unsigned int available(const struct function *parent, const struct type *type)
{
	unsigned int low = 128, high = 384, fences = FENCES;

	for (const struct vgpu *v = vgpus; v; v = v->next)
		if (v->parent == parent) {
			low += v->type->low;
			high += v->type->high;
			fences += FENCES;
		}
	if (low > parent->aperture || high > 4096 - parent->aperture)
		return 0;
	return min(min((parent->aperture - low) / type->low,
			   (4096 - parent->aperture - high) / type->high),
		min((32 - fences) / FENCES, 7));
}

static void show_available(const struct node *node, FILE *out)
{
	const struct offer *offer = node->object;

	fprintf(out, "%u\n", available(offer->parent, offer->type));
}

static void drop(struct vgpu *v)
{
	for (struct vgpu **at = &vgpus; *at; at = &(*at)->next)
		if (*at == v) {
			*at = v->next;
			break;
		}
	vfio_leave(v->group);
	group_free(v->group);
	tree_drop_name(tree_find(tree_sys, "bus/mdev/devices"), v->uuid);
	tree_drop_name(tree_find(tree_sys, "bus/mdev/drivers/intel_vgpu_mdev"), v->uuid);
	for (struct node *type = tree_child(v->parent->directory, "mdev_supported_types")->first;
		type; type = type->next)
		tree_drop_name(tree_child(type, "devices"), v->uuid);
	tree_drop(v->directory);
	free(v);
}

static int store_remove(struct node *node, const char *text, size_t length)
{
	struct vgpu *v = node->object;
	char *end;
	unsigned long value = strtoul(text, &end, 0);

	(void)length;
	if (end == text || (*end && *end != '\n'))
		return -EINVAL;
	if (!value)
		return 0;
	if (writes_blocked() || vfio_held(v->group))
		return STORE_WAITS;
	drop(v);
	return 0;
}

static void make(struct vgpu *v, const struct offer *offer)
{
	struct node *d = v->directory = tree_mkdirs(v->parent->directory, v->uuid);

	tree_link(d, "subsystem", tree_find(tree_sys, "bus/mdev"));
	tree_link(d, "mdev_type", offer->directory);
	tree_link(d, "driver", tree_find(tree_sys, "bus/mdev/drivers/intel_vgpu_mdev"));
	tree_file(d, "uevent", 0644, "DRIVER=intel_vgpu_mdev\n");
	tree_file(tree_mkdirs(d, "power"), "control", 0644, "auto\n");
	tree_file(tree_mkdirs(d, "intel_vgpu"), "vgpu_id", 0444, "1\n");
	v->group = group_new(d, v->uuid);
	vfio_enter(v->group);
	tree_attribute(d, "remove", NULL, store_remove, v);
	tree_child(d, "remove")->blocks_inside = true;
	tree_child(d, "remove")->removes_itself = true;
	tree_link(tree_mkdirs(tree_sys, "bus/mdev/devices"), v->uuid, d);
	tree_link(tree_find(tree_sys, "bus/mdev/drivers/intel_vgpu_mdev"), v->uuid, d);
	tree_link(tree_child(offer->directory, "devices"), v->uuid, d);
}

static bool is_uuid(const char *text)
{
	for (int i = 0; i < 36; i++)
		if (i == 8 || i == 13 || i == 18 || i == 23
				? text[i] != '-'
				: !strchr("0123456789abcdefABCDEF", text[i]))
			return false;
	return true;
}

static int store_create(struct node *node, const char *text, size_t length)
{
	const struct offer *offer = node->object;
	struct vgpu *v;

	if ((length != 36 && length != 37) || strlen(text) != length || !is_uuid(text))
		return -EINVAL;
	for (v = vgpus; v; v = v->next)
		if (!strncasecmp(v->uuid, text, 36))
			return -EEXIST;
	if (!available(offer->parent, offer->type))
		return -ENOSPC;
	v = zalloc(sizeof(*v));
	for (int i = 0; i < 36; i++)
		v->uuid[i] = (char)(text[i] >= 'A' && text[i] <= 'F' ? text[i] + 32 : text[i]);
	v->type = offer->type;
	v->parent = offer->parent;
	make(v, offer);
	v->next = vgpus;
	vgpus = v;
	return 0;
}

static void make_type(struct function *f, struct node *directory, const struct type *type)
{
	char *name = text_of("i915-GVTg_%s_%s", f->gvt, type->suffix);
	struct offer *offer = zalloc(sizeof(*offer));
	struct node *d = tree_mkdirs(directory, name);

	*offer = (struct offer){type, f, d};
	tree_attribute(d, "create", NULL, store_create, offer);
	tree_attribute(d, "available_instances", show_available, NULL, offer);
	tree_file(d, "name", 0444, "%s\n", name + strlen("i915-"));
	tree_file(d, "device_api", 0444, "vfio-pci\n");
	tree_file(d, "description", 0444,
		"low_gm_size: %uMB\nhigh_gm_size: %uMB\nfence: %d\nresolution: %s\nweight: %u\n",
		type->low, type->high, FENCES, type->resolution, type->weight);
	tree_mkdirs(d, "devices");
	free(name);
}

void gvt_update(struct function *f)
{
	struct node *enable = tree_find(tree_sys, "module/i915/parameters/enable_gvt");
	struct node *directory = tree_child(f->directory, "mdev_supported_types");
	bool wanted = f->gvt && f->driver && !strcmp(f->driver->name, "i915") &&
		      module_live("kvmgt") && enable && *enable->text == 'Y';

	if (wanted == !!directory)
		return;
	if (wanted) {
		directory = tree_mkdirs(f->directory, "mdev_supported_types");
		for (int i = 0; i < TYPES; i++)
			if (available(f, &types[i]))
				make_type(f, directory, &types[i]);
		tree_link(tree_mkdirs(tree_sys, "class/mdev_bus"), f->address, f->directory);
		return;
	}
	for (struct vgpu *v = vgpus, *next; v; v = next) {
		next = v->next;
		if (v->parent == f)
			drop(v);
	}
	tree_drop_name(tree_find(tree_sys, "class/mdev_bus"), f->address);
	tree_drop(directory);
}
