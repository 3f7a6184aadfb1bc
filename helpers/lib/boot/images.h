/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <time.h>

#include "boot/generator.h"
#include "boot/kernels.h"
#include "boot/tree.h"

enum { IMAGES_MAX = 2 * KERNELS_MAX, IMAGE_PATH = 256 };

/* An initramfs image that GENERATOR makes, as its name or a preset tells. */
struct image {
	char path[IMAGE_PATH];
	const char *kernel; /* of the list of kernels; NULL where the name does not tell */
	bool coarse; /* its file system stores times in steps of two seconds */
	struct stat st;
};

struct images {
	size_t count;
	struct image image[IMAGES_MAX];
	/* a configuration without our hook that PRESET names: mkinitcpio then reads that one and
	 * no drop-ins; "" if there is none */
	char config[IMAGE_PATH], preset[IMAGE_PATH];
};

/*
 * Finds the images below TREE, sorted by kernel or name. For rpm-ostree, whose images are made for
 * the next boot, it is the file that tells when this boot was. Returns 0, also for none, or -errno
 * with WHY set.
 */
int images_list(const struct tree *tree, enum generator generator, const struct kernels *kernels,
	struct images *out, struct msg *why);

/* Was IMAGE made before TIME? */
bool image_older(const struct image *image, const struct timespec *time);

/* Is one of NOW another file than in BEFORE, or changed, or new? */
bool images_changed(const struct images *before, const struct images *now);
