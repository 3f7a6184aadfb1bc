/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nouns/gvt.h"

#include <stdlib.h>

#include "nouns/sysfs.h"

enum { VENDOR_INTEL = 0x8086 };

/*
 * Broadwell to Comet Lake and Broxton, by the device IDs of include/drm/intel/pciids.h and
 * is_supported_device in drivers/gpu/drm/i915/intel_gvt.c.
 */
bool gvt_generation(const struct pci_function *gpu)
{
	static const unsigned int prefixes[] = {0x16, 0x19, 0x59, 0x3e, 0x9b, 0x87};
	static const unsigned int broxton[] = {0x0a84, 0x1a84, 0x1a85, 0x5a84, 0x5a85};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++)
		if (gpu->device >> 8 == prefixes[i])
			return true;
	for (size_t i = 0; i < sizeof(broxton) / sizeof(*broxton); i++)
		if (gpu->device == broxton[i])
			return true;
	return false;
}

bool gvt_find_gpu(struct pci_function *out)
{
	char **names;
	bool found = false;
	int n = sysfs_list(&names, PCI_FUNCTIONS_MAX, "/sys/bus/pci/devices");

	for (int i = 0; i < n && !found; i++)
		found = pci_read(names[i], out) == 0 && pci_is_display(out) &&
			out->vendor == VENDOR_INTEL && !out->is_virtual;
	if (n >= 0)
		free(names);
	return found;
}
