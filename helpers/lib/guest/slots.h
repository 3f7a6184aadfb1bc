/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "formats/xml.h"

/*
 * PCI addresses within a guest (https://libvirt.org/pci-addresses.html). A bus is named by the
 * index of its <controller type='pci'>; the number that the guest sees is counted by its firmware,
 * which begins with the port at 00:01.0: that one is always bus 1.
 */
struct slot {
	unsigned int bus, slot, function;
};

/* Where a device has its PCI address. Returns false if it has none, or one of another domain than
 * 0 (OUT untouched). */
bool slot_of(xmlNode *device, struct slot *out);

/* The device there, NULL: none. FUNCTION may be SLOT_ANY. */
enum { SLOT_ANY = 8 };
xmlNode *slot_device(
	const struct xml *xml, unsigned int bus, unsigned int slot, unsigned int function);

/* Is it a <controller type='pci' model='pcie-root-port'>? */
bool slot_is_root_port(xmlNode *device);

/* The first slot of bus 0 that nothing has and that no device of a q35 machine has by itself, or
 * -ENOSPC. */
int slot_free(const struct xml *xml);

/* The next number of a bus, after all that are in use. */
unsigned int slot_new_bus(const struct xml *xml);

/* A root port with nothing behind it, other than bus EXCEPT; 0: there is none. */
unsigned int slot_empty_bus(const struct xml *xml, unsigned int except);

/* Edits (see formats/xml.h). */

/* The device gets the address TO. */
int slot_move(struct xml *xml, xmlNode *device, struct slot to, struct msg *why);

/* A new root port at AT that makes BUS. */
int slot_add_port(struct xml *xml, unsigned int bus, struct slot at, struct msg *why);

/*
 * Buses A and B change names, with all that is on them; neither moves. Nothing is done if a
 * controller would get a lower index than the bus that it is on, which libvirt refuses. Returns 1
 * if it is done, 0, or an error.
 */
int slot_swap_buses(struct xml *xml, unsigned int a, unsigned int b, struct msg *why);
