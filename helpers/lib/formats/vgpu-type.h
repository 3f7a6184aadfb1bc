/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>

/*
 * What GVT-g says of a type of vGPUs, in the attribute `description` (intel_vgpu_show_description
 * in drivers/gpu/drm/i915/gvt/kvmgt.c): lines of "low_gm_size: 128MB", "high_gm_size: 512MB",
 * "fence: 4", "resolution: 1920x1200", "weight: 4".
 */
struct vgpu_type {
	unsigned int low_mb, high_mb, fence, weight; /* 0: it does not say */
	char resolution[24]; /* WIDTHxHEIGHT; "": it does not say */
};

/* Fills OUT from TEXT. Other lines, other drivers' words and values that are not as above are left
 * out; of a name that repeats the last good value counts. */
void vgpu_type_parse(const char *text, struct vgpu_type *out);
