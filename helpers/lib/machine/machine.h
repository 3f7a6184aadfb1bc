/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/log.h"
#include "handoff/step.h"
#include "nouns/holders.h"
#include "nouns/mdev.h"
#include "nouns/pci.h"

/*
 * The machine at a glance: its GPUs, what is beside and around them, vGPUs, guests that have
 * something. Read from sysfs, /proc and the undo files, by anybody; nothing is written, nothing
 * waits. What may not be seen without root is counted in `unseen`.
 */

/* How a GPU is connected (the recipe's R1). */
enum machine_role {
	MACHINE_INTEGRATED, /* in the processor */
	MACHINE_DISCRETE,
	MACHINE_MANAGEMENT, /* the picture of a server's management controller, or a virtual one */
};

enum machine_wiring {
	MACHINE_MUXLESS, /* an integrated GPU shows the picture of a discrete one (3D controller) */
	MACHINE_MUXED, /* the discrete one can show a picture by itself (VGA controller) */
	MACHINE_NO_IGPU, /* the host has no other GPU than discrete ones */
	MACHINE_NO_DGPU,
	MACHINE_NO_GPU,
};

struct machine_type { /* of vGPUs, in the kernel's own words (vfio-mediated-device.rst) */
	char name[MDEV_NAME_SIZE]; /* i915-GVTg_V5_4 */
	long available; /* instances; -1: not known */
	bool pci; /* device_api is vfio-pci */
	/* of GVT-g's description; 0 and "": it does not say */
	unsigned int low_mb, high_mb, fence, weight;
	char resolution[24]; /* 1920x1200 */
};

struct machine_function { /* one of a GPU's slot or group */
	struct pci_function pci;
	char override[DRIVER_NAME_SIZE]; /* "-": none; "?": whoever asks waits (a move hangs) */
};

struct machine_gpu {
	struct pci_function pci;
	char vendor[96], model[128]; /* printable, of udev's hardware database; "": unknown there */
	unsigned int subvendor, subdevice;
	enum machine_role role;
	const char *role_evidence; /* constant, a few words */
	char override[DRIVER_NAME_SIZE]; /* as machine_function's */
	char power[24]; /* power/runtime_status: active, suspended, ..; "": not there */
	char power_state[16]; /* D0, D3cold, ..; "": not there */
	size_t functions; /* of its slot, itself included; a virtual function stands alone */
	struct machine_function *function;
	size_t members; /* of its IOMMU group, itself included */
	struct machine_function *member;
	struct holders *holders; /* of all functions of the slot; unreadable is not set */
	size_t types;
	struct machine_type *type;
	const char *guest; /* name of the guest whose undo file names it, or NULL */
};

struct machine_vgpu {
	char uuid[37];
	char parent[MDEV_NAME_SIZE], type[MDEV_NAME_SIZE]; /* "": just made, or its removal hangs */
	struct holders *holders;
	const char *guest; /* or NULL */
	bool by_mdevctl; /* /etc/mdevctl.d defines it */
	/* by hand or at boot, for root to see: the kernel makes or removes it; nor is it done in
	 * time */
	bool moving, stuck;
};

enum machine_guest_state {
	MACHINE_RUNNING, /* its nodes are held */
	MACHINE_STARTING, /* between prepare and QEMU's open */
	MACHINE_BY_HAND, /* taken by hand, and nobody has its nodes open */
	MACHINE_STALE, /* over, and not given back */
	MACHINE_BROKEN, /* its undo file cannot be read; WHY */
};

struct machine_guest { /* that has an undo file */
	char uuid[37];
	char *name; /* as the file has it: any bytes; NULL: it has none (MACHINE_BROKEN) */
	enum machine_guest_state state;
	size_t steps; /* what a give-back would do, newest first */
	struct machine_step {
		struct step step;
		bool moving; /* a move of its object has not returned */
		bool stuck; /* nor did it in time */
	} * step;
	struct holders *holders; /* of its nodes */
	struct msg why;
};

struct machine {
	enum machine_wiring wiring;
	char wiring_evidence[256];
	size_t functions; /* all PCI functions of the host, in order of address */
	struct pci_function *function;
	size_t gpus; /* in order of address */
	struct machine_gpu *gpu;
	size_t vgpus; /* in order of UUID */
	struct machine_vgpu *vgpu;
	size_t guests;
	struct machine_guest *guest;
	/* what could not be seen, for whoever is not root */
	bool undo_unseen; /* /run/gpu-handoff; why */
	struct msg undo_why;
	size_t processes_unseen;
	int holders_error; /* -errno: who holds what is not known, all lists of holders are empty */
	struct holders nobody; /* shared by all that nobody holds */
};

/*
 * Reads all of it. Returns 0 (machine_free) or -errno with WHY set (OUT untouched): -ENOMEM, or
 * sysfs is not there. What vanishes meanwhile is left out. Linear in the number of PCI functions
 * and of vGPUs: sysfs is walked once, and one scan of /proc serves 256 nodes.
 */
int machine_read(struct machine **out, struct msg *why);
void machine_free(struct machine *machine);

/* Is it known of all GPUs and vGPUs whether a guest has them? Not if undo files cannot be seen, or
 * one cannot be read: then a NULL `guest` says nothing. */
bool machine_owners_known(const struct machine *machine);

const char *machine_role_name(enum machine_role role); /* integrated, discrete, management */
const char *machine_wiring_name(enum machine_wiring wiring); /* MUXless, MUXed, no iGPU, .. */
/* running, starting, by-hand, over, broken */
const char *machine_guest_state_name(enum machine_guest_state state);

/*
 * The role of a display function, from the functions of its slot (ALL may have others, too):
 * Intel's on bus 00 and AMD's there, or with a function of AMD's processors (vendor 1022) in its
 * slot, are integrated; what the vendors of management controllers and of virtual machines make is
 * management. EVIDENCE is a constant, a few words.
 */
enum machine_role machine_role_of(const struct pci_function *gpu, const struct pci_function *all,
	size_t count, const char **evidence);

/*
 * The wiring, from pci, role and order of the GPUs; virtual functions and management displays do
 * not count. With several discrete GPUs the first decides. A heuristic (the class is what the
 * firmware says): EVIDENCE names the functions and classes that it rests on.
 */
enum machine_wiring machine_wiring_of(
	const struct machine_gpu *gpu, size_t count, char evidence[static 256]);
