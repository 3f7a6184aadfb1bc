/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "formats/config.h"
#include "nouns/pci.h"

/* What gpu-handoff.conf wants of a PCI function before a guest asks for it: [gpu …] reserve=. */
enum reserve {
	RESERVE_NO, /* nothing: it is the host's until a guest starts */
	RESERVE_BOOT, /* it goes to vfio-pci before the host's driver sees it */
	RESERVE_OTHER_DEVICE, /* it would, but id= names another device than sits there */
	RESERVE_CONSOLE, /* it would, but its card shows the host's console and console= keeps that
			  */
};

/*
 * Decides for FUNCTION alone: its own section and, with slot=whole, the sections of the displays in
 * its slot. Bridges are never reserved; a virtual function of SR-IOV goes by its own section alone.
 * GPU gets the address of the display that decided, "" for RESERVE_NO. Reads sysfs only if the
 * config reserves anything at all.
 */
enum reserve reserve_function(const struct config *config, const struct pci_function *function,
	char gpu[static ADDRESS_SIZE]);
