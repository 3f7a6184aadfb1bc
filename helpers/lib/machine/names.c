/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <libudev.h>
#include <string.h>

#include "base/text.h"
#include "machine/parts.h"
#include "nouns/sysfs.h"

void machine_name(
	struct udev_hwdb *hwdb, const char *path, char vendor[static 96], char model[static 128])
{
	struct udev_list_entry *entry;
	char modalias[128];

	*vendor = *model = '\0';
	if (!hwdb || sysfs_read(modalias, sizeof(modalias), "%s/modalias", path) < 0)
		return;
	/* the keys of hwdb.d/20-pci-vendor-model.hwdb */
	entry = udev_hwdb_get_properties_list_entry(hwdb, modalias, 0);
	for (; entry; entry = udev_list_entry_get_next(entry)) {
		const char *name = udev_list_entry_get_name(entry);
		const char *value = udev_list_entry_get_value(entry);

		if (strcmp(name, "ID_VENDOR_FROM_DATABASE") == 0)
			text_printable(value, vendor, 96);
		else if (strcmp(name, "ID_MODEL_FROM_DATABASE") == 0)
			text_printable(value, model, 128);
	}
}
