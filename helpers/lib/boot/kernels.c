/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "boot/kernels.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "nouns/kmodules.h"
#include "nouns/sysfs.h"

enum { DIRECTORIES_MAX = 4096 };

static int by_version(const void *a, const void *b)
{
	return strverscmp(a, b);
}

int kernels_list(const char *root, struct kernels *out, struct msg *why)
{
	struct kernels kernels = {0};
	char **names;
	int n = sysfs_list(&names, DIRECTORIES_MAX, "%s/lib/modules", root), err = 0;

	if (n < 0 && n != -ENOENT)
		return msg_fail(why, -n, "%s/lib/modules cannot be read: %s", root, strerror(-n));
	for (int i = 0; i < n && !err; i++) {
		if (!kmodules_there(root, names[i]))
			continue;
		if (kernels.count == KERNELS_MAX ||
			text_copy(kernels.version[kernels.count], KERNEL_NAME_SIZE, names[i]) < 0)
			err = msg_fail(why, E2BIG,
				"%s/lib/modules has more than %d kernels, or one with an "
				"overlong name; remove those that are not needed",
				root, KERNELS_MAX);
		else
			kernels.count++;
	}
	if (n >= 0)
		free(names);
	if (err)
		return err;
	qsort(kernels.version, kernels.count, sizeof(*kernels.version), by_version);
	*out = kernels;
	return 0;
}

/* What is asked for of a kernel's modules, and what comes of it. */
struct choice {
	struct kmodules *modules;
	struct kernel_module *out;
	int count;
};

/* Takes those of NAMES, which end with NULL, that are files. */
static int choose(struct choice *choice, const char *const *names, bool in_image)
{
	for (; *names; names++) {
		int kind = kmodules_find(choice->modules, *names);

		if (kind < 0)
			return kind;
		if (kind == KMODULE_FILE)
			choice->out[choice->count++] =
				(struct kernel_module){.name = *names, .in_image = in_image};
	}
	return 0;
}

/* vfio_virqfd is a part of vfio since Linux 6.2, vfio_mdev one of mdev since 5.19. */
int kernels_modules(const char *root, const char *version, const struct config *config,
	struct kernel_module out[static KERNEL_MODULES_MAX], struct msg *why)
{
	static const char *const vfio[] = {
		"vfio_pci", "vfio", "vfio_iommu_type1", "vfio_virqfd", NULL};
	static const char *const vgpu[] = {"kvmgt", "mdev", "vfio_mdev", NULL};
	struct choice choice = {.out = out};
	int err = kmodules_open(root, version, &choice.modules, why);

	if (err)
		return err;
	if (config_reserves(config)) {
		err = kmodules_find(choice.modules, "vfio_pci");
		if (err == KMODULE_ABSENT)
			err = msg_fail(why, ENOENT,
				"kernel %s has no vfio-pci, so that no GPU can be reserved under "
				"it; use one with CONFIG_VFIO_PCI",
				version);
		if (err >= 0)
			err = choose(&choice, vfio, true);
	}
	if (err >= 0 && config_wants_vgpus(config))
		err = choose(&choice, vgpu, false);
	kmodules_close(choice.modules);
	if (err == -ENOMEM)
		return msg_fail(why, ENOMEM, "out of memory");
	return err < 0 ? err : choice.count;
}
