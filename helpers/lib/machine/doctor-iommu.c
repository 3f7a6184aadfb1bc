/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks of the IOMMU and of vfio: without them no device of the host can go to a guest. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/doctor-facts.h"
#include "nouns/kmod.h"
#include "nouns/sysfs.h"

#define ACPI_TABLES "/sys/firmware/acpi/tables"

enum { IOMMUS_MAX = 64 };

static bool is_intel(void)
{
	struct pci_function bridge;

	return pci_read("0000:00:00.0", &bridge) == 0 && bridge.vendor == 0x8086;
}

static bool iommu_firmware(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	(void)doctor;
	if (index > 0)
		return false;
	if (sysfs_exists(ACPI_TABLES "/DMAR"))
		return doctor_say(line, DOCTOR_OK, "VT-d is on in the firmware (ACPI table DMAR)");
	if (sysfs_exists(ACPI_TABLES "/IVRS"))
		return doctor_say(
			line, DOCTOR_OK, "AMD-Vi is on in the firmware (ACPI table IVRS)");
	if (!sysfs_exists(ACPI_TABLES))
		return doctor_say(line, DOCTOR_NOTE,
			"whether the firmware has an IOMMU cannot be seen: no " ACPI_TABLES);
	doctor_say(line, DOCTOR_ERROR, "the firmware shows no IOMMU (no ACPI table %s)",
		is_intel() ? "DMAR" : "DMAR or IVRS");
	return doctor_mend(line, "switch on %s in the firmware's setup",
		is_intel() ? "VT-d" : "VT-d or AMD-Vi");
}

static bool iommu_on(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	char **names;
	int n;

	(void)doctor;
	if (index > 0)
		return false;
	n = sysfs_list(&names, IOMMUS_MAX, "/sys/class/iommu");
	if (n > 0)
		doctor_say(line, DOCTOR_OK, "the IOMMU is on (%s)", names[0]);
	if (n >= 0)
		free(names);
	if (n > 0)
		return true;
	doctor_say(line, DOCTOR_ERROR, "no IOMMU is on");
	return doctor_mend(line, is_intel() ? "boot with intel_iommu=on (gpu-handoff boot apply)"
					    : "switch it on in the firmware's setup, see dmesg");
}

static bool iommu_argument(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	static const char *const names[] = {"intel_iommu", "amd_iommu", "iommu"};
	char value[64];

	if (index > 0)
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!doctor_argument(doctor, names[i], value, sizeof(value)) ||
			strncmp(value, "off", 3) != 0)
			continue;
		doctor_say(line, DOCTOR_ERROR, "the kernel's command line says %s=%s", names[i],
			value);
		return doctor_mend(line, "take it out of the boot loader's configuration");
	}
	return doctor_say(line, DOCTOR_OK, "no kernel argument switches it off");
}

/* What a kernel argument keeps from being loaded, whoever asks; modprobe.d is looked at elsewhere.
 */
static bool module_blacklist(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	static const char *const names[] = {
		"vfio_pci", "vfio", "vfio_iommu_type1", "i915", "kvmgt"};
	char value[1024], *save, *word;

	if (index > 0 || !doctor_argument(doctor, "module_blacklist", value, sizeof(value)))
		return false;
	for (word = strtok_r(value, ",", &save); word; word = strtok_r(NULL, ",", &save))
		for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
			if (strcmp(word, names[i]) != 0)
				continue;
			doctor_say(line, DOCTOR_ERROR,
				"the kernel argument module_blacklist= has %s", word);
			return doctor_mend(line, "take it out of the boot loader's configuration");
		}
	return false;
}

static bool acs_override(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	char value[64];

	if (index > 0 || !doctor_argument(doctor, "pcie_acs_override", value, sizeof(value)))
		return false;
	doctor_say(line, DOCTOR_WARNING,
		"pcie_acs_override=%s shows an isolation of groups that is not there", value);
	return doctor_mend(line, "boot without it, and use the groups that the hardware has");
}

/* /sys/module/vfio/parameters/enable_unsafe_noiommu_mode */
static bool noiommu(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	char value[8];

	(void)doctor;
	if (index > 0 || sysfs_read(value, sizeof(value),
				 "/sys/module/vfio/parameters/enable_unsafe_noiommu_mode") < 0)
		return false;
	if (*value == 'N' || *value == '0')
		return doctor_say(line, DOCTOR_OK, "vfio insists on isolation");
	doctor_say(line, DOCTOR_ERROR, "vfio runs without isolation (enable_unsafe_noiommu_mode)");
	return doctor_mend(line, "echo N >/sys/module/vfio/parameters/enable_unsafe_noiommu_mode");
}

static bool vfio_pci(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	int err;

	if (index > 0)
		return false;
	/* what is built in has no module's state to ask */
	if (sysfs_exists("/sys/bus/pci/drivers/vfio-pci"))
		return doctor_say(line, DOCTOR_OK, "vfio-pci is there");
	if (!kmodule_tree())
		return doctor_say(line, DOCTOR_NOTE,
			"vfio-pci is not loaded; whether it could be is not known");
	err = kmodule_available("vfio-pci");
	if (err == 0)
		return doctor_say(
			line, DOCTOR_OK, "vfio-pci can be loaded; the start of a guest does it");
	if (err == -EPERM) {
		doctor_say(line, DOCTOR_ERROR,
			"vfio-pci is switched off in modprobe.d (blacklist or install)");
		return doctor_mend(line, "find the line with modprobe -c and remove it");
	}
	doctor_say(line, DOCTOR_ERROR, "kernel %s has no module vfio-pci", doctor->kernel);
	return doctor_mend(line, "install its modules, or a kernel with CONFIG_VFIO_PCI");
}

static bool is_allowed(const struct doctor *doctor, const struct pci_function *f)
{
	const struct config_list *allow = &doctor->settings.group_allow;
	unsigned int vendor, device;
	char address[ADDRESS_SIZE];

	for (size_t i = 0; i < allow->count; i++)
		if (address_parse_id(allow->word[i], &vendor, &device)
				? vendor == f->vendor && device == f->device
				: address_parse(allow->word[i], address) &&
					  strcmp(address, f->address) == 0)
			return true;
	return false;
}

/* Who else sits in the card's group and would be lost to the host. */
static size_t list_strangers(
	const struct doctor *doctor, const struct machine_gpu *card, char *list, size_t size)
{
	size_t count = 0, at = 0;

	*list = '\0';
	for (size_t i = 0; i < card->members; i++) {
		const struct pci_function *f = &card->member[i].pci;

		if (pci_is_bridge(f) || is_allowed(doctor, f) ||
			(address_same_slot(f->address, card->pci.address) &&
				!doctor->settings.slot_named))
			continue;
		if (strcmp(f->address, card->pci.address) == 0)
			continue;
		if (at < size)
			at += (size_t)snprintf(list + at, size - at, "%s%s [%04x:%04x]",
				count ? ", " : "", f->address, f->vendor, f->device);
		count++;
	}
	return count;
}

static bool isolation(const struct doctor *doctor, size_t index, struct doctor_line *line)
{
	const struct machine_gpu *card = doctor_card(doctor, index);
	char list[256];

	if (!card)
		return false;
	if (card->pci.group < 0) {
		doctor_say(line, DOCTOR_ERROR, "%s has no IOMMU group", card->pci.address);
		return doctor_mend(line, "see what is said of the IOMMU above");
	}
	if (card->pci.noiommu)
		return doctor_say(
			line, DOCTOR_ERROR, "%s is on vfio without isolation", card->pci.address);
	if (list_strangers(doctor, card, list, sizeof(list)) == 0)
		return doctor_say(line, DOCTOR_OK, "%s: nobody else's device is in IOMMU group %ld",
			card->pci.address, card->pci.group);
	doctor_say(line, DOCTOR_ERROR,
		"%s: IOMMU group %ld also holds %s, which the host would lose", card->pci.address,
		card->pci.group, list);
	return doctor_mend(line, "%s",
		doctor->settings.slot_named
			? "set slot=whole in gpu-handoff.conf(5), or group-allow= if it may go"
			: "move the card to another slot, or set group-allow= in "
			  "gpu-handoff.conf(5) if it may go");
}

static const struct doctor_check checks[] = {
	{"iommu-firmware", iommu_firmware},
	{"iommu-on", iommu_on},
	{"iommu-argument", iommu_argument},
	{"module-blacklist", module_blacklist},
	{"acs-override", acs_override},
	{"vfio-noiommu", noiommu},
	{"vfio-pci", vfio_pci},
	{"isolation", isolation},
	{NULL, NULL},
};

const struct doctor_group doctor_iommu = {"IOMMU and vfio", checks};
