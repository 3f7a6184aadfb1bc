/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>

#include "boot/command.h"
#include "boot/images.h"

/* One command that makes images. With IMAGE it makes the file TEMPORARY, which then replaces IMAGE:
 * dracut itself would copy over the old image, and lose it if that fails. */
struct job {
	struct command command;
	char image[IMAGE_PATH], temporary[IMAGE_PATH];
};

struct jobs {
	size_t count;
	struct job job[IMAGES_MAX];
	const struct images *images; /* beside which update-initramfs works, or NULL */
};

/* What makes the images of all kernels anew; nothing where this host's generator has no command
 * for that. Returns 0 (jobs_free) or -ENOMEM. */
int jobs_make(const struct tree *tree, enum generator generator, const struct kernels *kernels,
	const struct images *images, struct jobs *out);

void jobs_free(struct jobs *jobs);

/* Runs them in order up to the first that fails; says on stdout what it does. LOCK as in
 * command_run. Returns 0 or -errno with WHY set. */
int jobs_run(const struct tree *tree, const struct jobs *jobs, int lock, struct msg *why);
