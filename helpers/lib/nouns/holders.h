/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/deadline.h"
#include "base/log.h"

/* A device node by its number: what a process may hold. */
struct node {
	dev_t rdev;
	bool any_minor; /* every node of the major of rdev */
	bool block; /* a block device, else a character device */
	bool drm; /* a DRM node (card or render) */
	bool notify; /* sound's controlC*: who holds it is told when it goes, and lets go */
};

enum { NODES_MAX = 256, HOLDERS_MAX = 64 };

struct nodes {
	size_t count;
	struct node node[NODES_MAX];
};

/* One process that holds one node, by descriptor or by mapping; one entry a process and node. */
struct holder {
	pid_t pid;
	char command[64]; /* /proc/PID/comm, printable */
	char path[128]; /* the path that the process has it under, printable */
	struct node node;
};

struct holders {
	size_t count; /* at most HOLDERS_MAX are kept, in order of PID */
	struct holder holder[HOLDERS_MAX];
	size_t unreadable; /* processes whose descriptors we may not see (EACCES, EPERM) */
	struct holder unreadable_first; /* pid and command of the first of them */
};

/*
 * Adds every device node below the sysfs directory PATH (each file `dev` in its subtree, symlinks
 * not followed; block if the node's subsystem is block, drm if it is drm). Returns 0, -ENOENT if
 * PATH is gone, -E2BIG for more than NODES_MAX nodes or a tree deeper than 32 levels, or -errno.
 */
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

/*
 * Who holds one of NODES now: every process whose descriptors (any kind, O_PATH too) or shared
 * mappings show one of the device numbers; ourselves excepted. Sends no signal, opens no device.
 * Returns 0 or -errno if /proc cannot be read at all.
 */
int holders_scan(const struct nodes *nodes, struct holders *out);

/*
 * Waits until nobody that WANTED(holder, argument) says yes to holds one of NODES, and leaves the
 * last scan in OUT. Woken by the nodes being closed (inotify on OUT's paths) and by holders ending
 * (pidfd), and looks again at least every 200 ms. Returns 0, or -ETIMEDOUT at the deadline.
 */
int holders_wait(const struct nodes *nodes, bool (*wanted)(const struct holder *, void *),
	void *argument, struct deadline deadline, struct holders *out);

/* Is the process in the control group of the systemd unit (a component of /proc/PID/cgroup)? */
bool holder_in_unit(const struct holder *holder, const char *unit);

/*
 * Is a block device below the sysfs directory PATH in use by the host: mounted (/proc/self/
 * mountinfo), swap (/proc/swaps) or held by another device (holders/)? Returns 0, -EBUSY with
 * "/dev/sdb1 is mounted on /srv" or the like in WHY, or -errno.
 */
int block_in_use(const char *path, struct msg *why);
