/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* A device node by its number: what a process may hold. */
struct node {
	dev_t rdev;
	bool any_minor; /* every node of the major of rdev */
	bool block; /* a block device, else a character device */
	bool drm; /* a DRM node (card or render) */
	bool notify; /* sound's controlC*: who holds it is told when it goes, and lets go */
};

enum { NODES_MAX = 256 };

struct nodes {
	size_t count;
	struct node node[NODES_MAX];
};

/*
 * Calls VISIT for every device node below the sysfs directory PATH, PATH itself included: each file
 * `dev` in its subtree, symlinks not followed; block if the node's subsystem is block, drm if it is
 * drm. DIR is the node's directory and NAME that directory's name. VISIT returns 0 to go on;
 * anything else ends the walk and is returned. What vanishes meanwhile is skipped. Returns 0,
 * -ENOENT if PATH is gone, -E2BIG for a tree deeper than 32 levels, or -errno.
 */
int nodes_walk(const char *path,
	int (*visit)(int dir, const char *name, const struct node *node, void *argument),
	void *argument);

/* Adds what nodes_walk finds. Returns as it does, and -E2BIG for more than NODES_MAX nodes. */
int nodes_below(const char *path, struct nodes *nodes);

/*
 * Adds NVIDIA's nodes: /dev/nvidiaN of the function at ADDRESS (character major 195, the number is
 * "Device Minor" in /proc/driver/nvidia/gpus/ADDRESS/information), and with SHARED those of the
 * whole driver: nvidiactl (195:255), nvidia-modeset (195:254), and every minor of the majors that
 * /proc/devices calls nvidia-uvm, nvidia-caps, nvidia-caps-imex-channels. A driver that is not
 * loaded has none. Returns 0 or -errno.
 */
int nodes_nvidia(const char *address, bool shared, struct nodes *nodes);

/* Adds /dev/vfio/GROUP of an IOMMU group (its number is in /sys/class/vfio/GROUP/dev); none if no
 * device of the group is on vfio. Returns 0 or -errno. */
int nodes_vfio(long group, struct nodes *nodes);
