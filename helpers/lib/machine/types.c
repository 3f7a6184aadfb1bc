/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "formats/vgpu-type.h"
#include "machine/parts.h"
#include "nouns/sysfs.h"

#define TYPES "/sys/class/mdev_bus/%s/mdev_supported_types"

static void describe(const char *parent, struct machine_type *type)
{
	struct vgpu_type told;
	char text[1024];

	if (sysfs_read(text, sizeof(text), TYPES "/%s/description", parent, type->name) < 0)
		return;
	vgpu_type_parse(text, &told);
	type->low_mb = told.low_mb;
	type->high_mb = told.high_mb;
	type->fence = told.fence;
	type->weight = told.weight;
	text_copy(type->resolution, sizeof(type->resolution), told.resolution);
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
