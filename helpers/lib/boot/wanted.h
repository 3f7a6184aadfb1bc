/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/log.h"
#include "formats/config.h"
#include "nouns/pci.h"

/* What the host needs at boot, from the config, this machine's sysfs and the installed kernels. */

enum { WANTED_MAX = 64, WANTED_TEXT = 768 };

struct wanted_override {
	char address[ADDRESS_SIZE];
	unsigned int vendor, device;
};

struct wanted {
	bool reserves; /* the config reserves a GPU: images get vfio's modules */
	bool vgpus; /* the config wants vGPUs */
	/* PCI IDs "vvvv:dddd" that vfio-pci shall take wherever they sit: each is there once on
	 * this host. Sorted by address. */
	size_t ids;
	char id[WANTED_MAX][sizeof("ffff:ffff")];
	/* functions that it shall take by address, because an ID of their card is there twice */
	size_t overrides;
	struct wanted_override override[WANTED_MAX];
	bool console; /* they may be taken although their card shows the host's console by then */
	/* "ADDRESS is on DRIVER": functions of both kinds that vfio-pci has not yet */
	size_t waits;
	char wait[WANTED_MAX][ADDRESS_SIZE + DRIVER_NAME_SIZE + sizeof(" is on ")];
	/* modules of the host that would take a reserved function in some installed kernel, sorted
	 */
	size_t softdeps;
	char softdep[WANTED_MAX][DRIVER_NAME_SIZE];
	/* "MODULE PARAMETER=VALUE": module options; where it is built in, the kernel ignores them
	 */
	size_t options;
	char option[WANTED_MAX][WANTED_TEXT];
	/* modules that systemd-modules-load loads */
	size_t loads;
	char load[WANTED_MAX][DRIVER_NAME_SIZE];
	/* kernel arguments: intel_iommu=on, and options of modules that a kernel has built in */
	size_t arguments;
	char argument[WANTED_MAX][WANTED_TEXT];
	/* lines that the person should read, each ended by a newline; freed by wanted_free */
	char *notes;
};

/*
 * Fills OUT for the installation below ROOT ("" for the running one; the hardware is always the
 * running one's). INSTALLED are kernel arguments that an earlier apply has set, one a line: what is
 * among them stays wanted although the machine, booted with it, does not lack it any more. Returns
 * 0 (wanted_free) or -errno with WHY set: -EBUSY for a card that shows the host's console.
 */
int wanted_make(const struct config *config, const char *root, const char *installed,
	struct wanted *out, struct msg *why);

void wanted_free(struct wanted *wanted);

/* Adds a line to the notes. Returns 0 or -ENOMEM. */
int wanted_note(struct wanted *wanted, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
