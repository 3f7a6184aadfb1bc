/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libudev.h>

#include "handoff/undo.h"
#include "machine/machine.h"

/* What machine_read is made of; each part fills its members of the machine, 0 or -errno. */

/* functions */
int machine_functions(struct machine *machine);

/* The function at ADDRESS, NULL if there is none. */
const struct pci_function *machine_function_at(const struct machine *machine, const char *address);

/* gpus with everything but holders and guest; wiring */
int machine_gpus(struct machine *machine);

/* Name by udev's hardware database (HWDB may be NULL) of the function at the sysfs directory PATH
 */
void machine_name(
	struct udev_hwdb *hwdb, const char *path, char vendor[static 96], char model[static 128]);

/* type of a GPU: what its driver offers; "nothing" is no error */
int machine_types(struct machine_gpu *gpu);

/* Overrides of all functions of slots and groups, by a child: the kernel may let whoever asks wait.
 */
int machine_overrides(struct machine *machine);

/* vgpus but for holders and guest */
int machine_vgpus(struct machine *machine);

/* vgpus that move: their members of that, and those that are being made */
int machine_moving_vgpus(struct machine *machine);

/*
 * Has the kernel not returned from a move of STEP's object, and does nobody wait for it any more?
 * That is when of its lock in FILE, which is at PATH, the child alone is left: whoever began the
 * move has the same open file until its time is over, and UNDO_DIR.
 */
bool machine_is_stuck(const struct step *step, const char *path, int file);

/* guests but for holders and state; whose GPUs and vGPUs are; undo_unseen */
int machine_guests(struct machine *machine);

/* holders of all of them by one scan, processes_unseen; then the guests' states */
int machine_holders(struct machine *machine);
