/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/log.h"
#include "formats/config.h"

enum { KERNELS_MAX = 64, KERNEL_MODULES_MAX = 16, KERNEL_NAME_SIZE = 128 };

/* Installed kernels: those that have a module tree, ROOT/lib/modules/VERSION/modules.dep.bin, in
 * strverscmp(3) order. ROOT is "" for the running system. */
struct kernels {
	size_t count;
	char version[KERNELS_MAX][KERNEL_NAME_SIZE];
};

/* Returns 0, also for none, or -errno with WHY set. */
int kernels_list(const char *root, struct kernels *out, struct msg *why);

/* A module that a kernel gets: in its initramfs, or later by systemd-modules-load. */
struct kernel_module {
	const char *name;
	bool in_image;
};

/*
 * The modules that the config wants of kernel VERSION and that it has as files (what is built in
 * needs nothing): for the image vfio_pci, vfio, vfio_iommu_type1 and, where the kernel has it as a
 * module of its own, vfio_virqfd; for later kvmgt, mdev, vfio_mdev. Returns how many (at most
 * KERNEL_MODULES_MAX), or -errno with WHY set: -ENOENT if the kernel has no module tree, or if a
 * GPU is reserved and the kernel has no vfio_pci at all.
 */
int kernels_modules(const char *root, const char *version, const struct config *config,
	struct kernel_module out[static KERNEL_MODULES_MAX], struct msg *why);
