/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "machine/parts.h"
#include "nouns/sysfs.h"

#define TYPES "/sys/class/mdev_bus/%s/mdev_supported_types"

/* "KEY: NUMBER…" in a line of GVT-g's description (drivers/gpu/drm/i915/gvt/kvmgt.c) */
static unsigned int number(const char *text, const char *key)
{
	const char *at = strstr(text, key);

	return at ? (unsigned int)strtoul(at + strlen(key), NULL, 10) : 0;
}

static void describe(const char *parent, struct machine_type *type)
{
	static const char resolution[] = "resolution: ";
	char text[1024], *at;

	if (sysfs_read(text, sizeof(text), TYPES "/%s/description", parent, type->name) < 0)
		return;
	type->low_mb = number(text, "low_gm_size: ");
	type->high_mb = number(text, "high_gm_size: ");
	type->fence = number(text, "fence: ");
	type->weight = number(text, "weight: ");
	at = strstr(text, resolution);
	if (at) {
		at += strlen(resolution);
		at[strcspn(at, "\n")] = '\0';
		text_printable(at, type->resolution, sizeof(type->resolution));
	}
}

int machine_types(struct machine_gpu *gpu)
{
	char **names;
	int n = sysfs_list(&names, MDEV_TYPES_MAX, TYPES, gpu->pci.address);

	if (n <= 0) {
		if (n == 0)
			free(names);
		return n == -ENOMEM ? n : 0;
	}
	gpu->type = calloc((size_t)n, sizeof(*gpu->type));
	for (int i = 0; gpu->type && i < n; i++) {
		struct machine_type *type = &gpu->type[gpu->types];
		long available = mdev_available(gpu->pci.address, names[i]);

		if (!mdev_name(names[i]) || text_copy(type->name, sizeof(type->name), names[i]) < 0)
			continue;
		type->available = available < 0 ? -1 : available;
		type->pci = mdev_is_pci(gpu->pci.address, names[i]);
		describe(gpu->pci.address, type);
		gpu->types++;
	}
	free(names);
	return gpu->type ? 0 : -ENOMEM;
}
