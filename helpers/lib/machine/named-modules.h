/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* A module of vfio or of vGPUs that a file of the administrator's names, and a kernel has not:
 * vfio_virqfd is a part of vfio since Linux 6.2, vfio_mdev one of mdev since 5.19. */
struct named_module {
	char path[300];
	const char *name;
	bool in_image; /* the initramfs is made with it, which fails then */
};

/*
 * The INDEXth of them, by file. KERNEL is the one that has to have it. Reads at most 64 KiB of each
 * file of mkinitcpio, dracut, initramfs-tools and modules-load.d. Returns false after the last.
 */
bool named_module_absent(const char *kernel, size_t index, struct named_module *out);
