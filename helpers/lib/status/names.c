/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "status/status.h"

const char *status_kind(unsigned int class)
{
	/* base class and subclass, or the base class alone below 0x100 */
	static const struct {
		unsigned int class;
		const char *name;
	} kinds[] = {
		{0x0108, "NVMe disk"},
		{0x0300, "VGA controller"},
		{0x0302, "3D controller"},
		{0x0380, "display"},
		{0x0403, "audio"},
		{0x0601, "ISA bridge"},
		{0x0604, "PCI bridge"},
		{0x0c03, "USB controller"},
		{0x0c80, "serial bus"},
		{0x01, "disk controller"},
		{0x02, "network"},
		{0x03, "display"},
		{0x04, "multimedia"},
		{0x06, "bridge"},
		{0x0c, "serial bus"},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (kinds[i].class == class >> 8 || kinds[i].class == class >> 16)
			return kinds[i].name;
	return "other device";
}

void status_name(const struct machine_gpu *gpu, char *out, size_t size)
{
	if (*gpu->vendor && *gpu->model)
		snprintf(out, size, "%s %s", gpu->vendor, gpu->model);
	else
		snprintf(out, size, "%s%s[%04x:%04x]", gpu->vendor, *gpu->vendor ? " " : "",
			gpu->pci.vendor, gpu->pci.device);
}
