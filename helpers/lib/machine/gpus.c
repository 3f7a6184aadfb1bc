/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <libudev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "machine/parts.h"
#include "nouns/sysfs.h"

#define DEVICE "/sys/bus/pci/devices/%s"

/* The functions of the slot of AT, which stand side by side: *FIRST and how many. */
static size_t slot_of(const struct machine *machine, size_t at, const struct pci_function **first)
{
	const char *address = machine->function[at].address;
	size_t from = at, to = at + 1;

	while (from > 0 && address_same_slot(machine->function[from - 1].address, address))
		from--;
	while (to < machine->functions && address_same_slot(machine->function[to].address, address))
		to++;
	*first = &machine->function[from];
	return to - from;
}

static int add_slot(struct machine_gpu *gpu, const struct pci_function *slot, size_t count)
{
	gpu->function = calloc(count, sizeof(*gpu->function));
	if (!gpu->function)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		if (strcmp(slot[i].address, gpu->pci.address) == 0 ||
			(!slot[i].is_virtual && !gpu->pci.is_virtual))
			gpu->function[gpu->functions++].pci = slot[i];
	return 0;
}

static int add_group(struct machine_gpu *gpu, const struct machine *machine)
{
	char **names;
	int n;

	if (gpu->pci.group < 0)
		return 0;
	n = sysfs_list(
		&names, GROUP_MEMBERS_MAX, "/sys/kernel/iommu_groups/%ld/devices", gpu->pci.group);
	if (n < 0)
		return n == -ENOMEM ? n : 0;
	gpu->member = calloc((size_t)n + 1, sizeof(*gpu->member));
	for (int i = 0; gpu->member && i < n; i++) {
		const struct pci_function *f = machine_function_at(machine, names[i]);
		struct machine_function *member = &gpu->member[gpu->members];

		if (f)
			member->pci = *f;
		else if (text_copy(member->pci.address, sizeof(member->pci.address), names[i]) == 0)
			text_copy(member->pci.driver, sizeof(member->pci.driver), "-");
		else
			continue;
		gpu->members++;
	}
	free(names);
	return gpu->member ? 0 : -ENOMEM;
}

static int add_gpu(struct machine *machine, size_t at, struct udev_hwdb *hwdb)
{
	struct machine_gpu *gpu = &machine->gpu[machine->gpus++];
	const struct pci_function *slot;
	size_t count = slot_of(machine, at, &slot);
	unsigned long long id;
	char path[64];
	int err;

	gpu->pci = machine->function[at];
	gpu->holders = &machine->nobody;
	gpu->role = machine_role_of(&gpu->pci, slot, count, &gpu->role_evidence);
	snprintf(path, sizeof(path), DEVICE, gpu->pci.address);
	machine_name(hwdb, path, gpu->vendor, gpu->model);
	if (sysfs_number(&id, "%s/subsystem_vendor", path) == 0)
		gpu->subvendor = (unsigned int)id;
	if (sysfs_number(&id, "%s/subsystem_device", path) == 0)
		gpu->subdevice = (unsigned int)id;
	if (sysfs_read(gpu->power, sizeof(gpu->power), "%s/power/runtime_status", path) < 0)
		*gpu->power = '\0';
	if (sysfs_read(gpu->power_state, sizeof(gpu->power_state), "%s/power_state", path) < 0)
		*gpu->power_state = '\0';
	err = add_slot(gpu, slot, count);
	if (err == 0)
		err = add_group(gpu, machine);
	return err < 0 ? err : machine_types(gpu);
}

int machine_gpus(struct machine *machine)
{
	struct udev *udev = udev_new();
	struct udev_hwdb *hwdb = udev ? udev_hwdb_new(udev) : NULL;
	size_t count = 0;
	int err = 0;

	for (size_t i = 0; i < machine->functions; i++)
		count += pci_is_display(&machine->function[i]);
	machine->gpu = calloc(count + 1, sizeof(*machine->gpu));
	if (!machine->gpu)
		err = -ENOMEM;
	for (size_t i = 0; i < machine->functions && err == 0; i++)
		if (pci_is_display(&machine->function[i]))
			err = add_gpu(machine, i, hwdb);
	udev_hwdb_unref(hwdb);
	udev_unref(udev);
	if (err == 0)
		machine->wiring =
			machine_wiring_of(machine->gpu, machine->gpus, machine->wiring_evidence);
	return err;
}
