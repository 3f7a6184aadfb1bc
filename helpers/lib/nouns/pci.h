/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "formats/address.h"

enum { DRIVER_NAME_SIZE = 64, PCI_FUNCTIONS_MAX = 65536, GROUP_MEMBERS_MAX = 1024 };

/* One PCI function as sysfs shows it (Documentation/ABI/testing/sysfs-bus-pci). */
struct pci_function {
	char address[ADDRESS_SIZE];
	unsigned int vendor, device;
	unsigned int class; /* 24 bits: base class, subclass, programming interface */
	char driver[DRIVER_NAME_SIZE]; /* "-": none */
	bool boot_vga; /* the firmware showed its picture on it */
	bool is_virtual; /* a virtual function of SR-IOV: has physfn */
	long group; /* IOMMU group, -1: none */
	bool noiommu; /* the group is vfio's own, without isolation */
};

/* Returns 0, -ENODEV if there is no such function, or -errno (OUT untouched). */
int pci_read(const char *address, struct pci_function *out);

/* The driver override, "-" if there is none. Takes the device's lock in the kernel: behind an
 * unbind that hangs it does not return. Returns 0, -ENODEV or -errno. */
int pci_override(const char *address, char out[static DRIVER_NAME_SIZE]);

/* Base class 03, "display controller" (PCI Code and ID Assignment 1.4) */
bool pci_is_display(const struct pci_function *function);

/* A bridge that may stay with the host in a group that a guest gets: PCI to PCI, or another one
 * that no driver runs (the kernel's test is driver_managed_dma of the driver) */
bool pci_is_bridge(const struct pci_function *function);

/* Is DRIVER vfio-pci or a variant of it (xe-vfio-pci, mlx5_vfio_pci, …)? */
bool pci_is_vfio(const char *driver);

/* Does the function answer? One that is off the bus or in D3cold reads ffffffff. Resumes it. */
bool pci_responds(const char *address);
