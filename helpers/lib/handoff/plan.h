/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/log.h"
#include "formats/config.h"
#include "formats/domain.h"
#include "handoff/step.h"
#include "nouns/pci.h"

enum { PLAN_FUNCTIONS_MAX = 64 };

/* A PCI function that goes to a guest, by name, with its slot or by group-allow. */
struct plan_function {
	struct pci_function pci;
	bool moves; /* it is not on vfio yet: the plan has a driver step for it */
};

/* What is to be done so that a guest can have its GPUs. */
struct plan {
	/* what it is made from */
	const struct domain *guest;
	const struct config *config;
	struct config_handoff settings;
	int undo_dir; /* other guests' undo files are looked up here; -1: there are none */
	bool no_vgpus; /* leave the vGPUs out */
	const char *parent; /* the only GPU to make vGPUs on; NULL: any */
	/* what it comes to */
	size_t functions;
	struct plan_function function[PLAN_FUNCTIONS_MAX];
	bool releases_console;
	bool all_nvidia; /* no function of the host stays on driver nvidia */
	size_t steps;
	struct step step[STEPS_MAX];
};

/*
 * Does the guest name anything that is ours: an mdev, or a PCI function in a slot that holds a
 * display? Reads sysfs only.
 */
bool plan_concerns(const struct domain *guest);

/*
 * Fills PLAN's functions and steps from guest, config, settings and undo_dir, which the caller has
 * set. Changes nothing. Returns 0 or -errno with the refusal in WHY: who or what is in the way and
 * what to do.
 */
int plan_make(struct plan *plan, struct msg *why);

/* The parts of plan_make, in the order in which they run. */
int plan_functions(struct plan *plan, struct msg *why);
int plan_console(struct plan *plan, struct msg *why);
int plan_release_console(struct plan *plan, struct msg *why);
int plan_moves(struct plan *plan, struct msg *why);
int plan_vgpus(struct plan *plan, struct msg *why);

/*
 * The step for one vGPU, absent now, of the guest: adds it to the plan. NEED is how many of the
 * guest's own, this one included, still want a type.
 */
int plan_vgpu(struct plan *plan, const char *uuid, long need, struct msg *why);

/* Appends a step; -E2BIG or -EINVAL with WHY set. */
int plan_add(struct plan *plan, const struct noun *noun, const char *object, const char *from,
	const char *to, struct msg *why);

/* Is the function at ADDRESS one of the plan's? NULL if not. */
const struct plan_function *plan_find(const struct plan *plan, const char *address);

/* Does the guest's XML name the function at ADDRESS? */
bool plan_names(const struct plan *plan, const char *address);

/*
 * Is OBJECT (a function's address, an mdev's UUID) in the undo file of another guest than the
 * plan's? Returns 0, or -EBUSY with WHY naming that guest, or -errno if a file cannot be read.
 */
int plan_unclaimed(const struct plan *plan, const char *object, struct msg *why);

/* Why the vGPU cannot be made when no GPU of the host offers types: -ENODEV with WHY set. */
int plan_no_parent(const char *uuid, struct msg *why);

/* Could kvmgt be what is missing: a vGPU is to be made and the host has no mdev parent? */
bool plan_needs_kvmgt(const struct domain *guest);

/* Is all there for GVT-g but module kvmgt, which a take loads? */
bool plan_lacks_kvmgt(void);
