/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which functions vfio-pci shall have: by ID where that means them alone, or by address. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot/wanted-parts.h"
#include "handoff/reserve.h"
#include "nouns/sysfs.h"

#define CONFIG_FILE "gpu-handoff.conf"

static int read_functions(struct survey *survey, struct msg *why)
{
	char **names;
	int n = sysfs_list(&names, PCI_FUNCTIONS_MAX, "/sys/bus/pci/devices"), err = 0;

	if (n < 0)
		return msg_fail(
			why, -n, "the PCI devices cannot be read in /sys: %s", strerror(-n));
	survey->function = calloc((size_t)n + 1, sizeof(*survey->function));
	if (!survey->function)
		err = -ENOMEM;
	for (int i = 0; i < n && !err; i++) {
		int gone = pci_read(names[i], &survey->function[survey->functions].pci);

		if (gone == 0)
			survey->functions++;
		else if (gone != -ENODEV)
			err = msg_fail(why, -gone, "PCI function %s cannot be read: %s", names[i],
				strerror(-gone));
	}
	free(names);
	return err;
}

/*
 * Sets `reserved`. A virtual function is not there when the host boots: it is claimed when
 * somebody makes it.
 */
static int decide(
	const struct survey *survey, struct wanted_function *f, struct wanted *out, struct msg *why)
{
	char gpu[ADDRESS_SIZE];

	switch (reserve_function(survey->config, &f->pci, gpu)) {
	case RESERVE_NO:
		return 0;
	case RESERVE_CONSOLE:
		return msg_fail(why, EBUSY,
			"%s shall be reserved at boot but shows the host's console; set console = "
			"release in [handoff] of " CONFIG_FILE
			" if the host can do without that screen",
			gpu);
	case RESERVE_OTHER_DEVICE:
		if (strcmp(gpu, f->pci.address) != 0)
			return 0;
		return wanted_note(out,
			"%s is %04x:%04x and not the device that id in [gpu %s] names: it is not "
			"reserved",
			gpu, f->pci.vendor, f->pci.device, gpu);
	case RESERVE_BOOT:
		if (f->pci.is_virtual)
			return wanted_note(out,
				"%s is a virtual function: it is claimed when it is made, not "
				"before",
				f->pci.address);
		f->reserved = true;
	}
	return 0;
}

/* Does any function answer to the section [gpu KEY]? Only a display does with slot=whole. */
static bool matches(const struct survey *survey, const char *key, bool named)
{
	for (size_t i = 0; i < survey->functions; i++) {
		const struct pci_function *f = &survey->function[i].pci;
		char id[sizeof("ffff:ffff")];

		snprintf(id, sizeof(id), "%04x:%04x", f->vendor & 0xffff, f->device & 0xffff);
		if ((strcmp(key, f->address) == 0 || strcmp(key, id) == 0) &&
			(pci_is_display(f) || (named && !pci_is_bridge(f))))
			return true;
	}
	return false;
}

static int note_unmatched(const struct survey *survey, struct wanted *out)
{
	struct config_handoff settings;
	const char *key;

	config_handoff(survey->config, NULL, NULL, &settings);
	for (size_t i = 0; (key = config_reserved(survey->config, i)); i++)
		if (!matches(survey, key, settings.slot_named) &&
			wanted_note(out, "this host has no GPU %s now: [gpu %s] reserves nothing",
				key, key) < 0)
			return -ENOMEM;
	return 0;
}

static bool occurs_twice(const struct survey *survey, const struct pci_function *f)
{
	size_t count = 0;

	for (size_t i = 0; i < survey->functions; i++)
		count += survey->function[i].pci.vendor == f->vendor &&
			 survey->function[i].pci.device == f->device;
	return count > 1;
}

/* A card whose functions go different ways would be torn apart when another one comes. */
static bool goes_by_address(const struct survey *survey, const struct pci_function *f)
{
	for (size_t i = 0; i < survey->functions; i++) {
		const struct wanted_function *other = &survey->function[i];

		if (other->reserved && address_same_slot(other->pci.address, f->address) &&
			occurs_twice(survey, &other->pci))
			return true;
	}
	return false;
}

static int add_function(const struct survey *survey, const struct pci_function *f,
	struct wanted *out, struct msg *why)
{
	struct wanted_override *override = &out->override[out->overrides];

	if (!goes_by_address(survey, f))
		return wanted_append(out->id[0], sizeof(out->id[0]), &out->ids, why, "%04x:%04x",
			f->vendor & 0xffff, f->device & 0xffff);
	if (out->overrides == WANTED_MAX)
		return msg_fail(why, E2BIG,
			"more than %d functions would be reserved by address; reserve fewer GPUs "
			"in " CONFIG_FILE,
			WANTED_MAX);
	memcpy(override->address, f->address, sizeof(override->address));
	override->vendor = f->vendor;
	override->device = f->device;
	out->overrides++;
	return 0;
}

int wanted_cards(struct survey *survey, struct wanted *out, struct msg *why)
{
	struct config_handoff settings;
	int err = read_functions(survey, why);

	config_handoff(survey->config, NULL, NULL, &settings);
	out->console = settings.console_release;
	for (size_t i = 0; i < survey->functions && !err; i++)
		err = decide(survey, &survey->function[i], out, why);
	if (!err)
		err = note_unmatched(survey, out);
	for (size_t i = 0; i < survey->functions && !err; i++) {
		const struct pci_function *f = &survey->function[i].pci;

		if (!survey->function[i].reserved)
			continue;
		err = add_function(survey, f, out, why);
		if (!err && strcmp(f->driver, "-") != 0 && !pci_is_vfio(f->driver))
			err = wanted_append(out->wait[0], sizeof(out->wait[0]), &out->waits, why,
				"%s is on %s", f->address, f->driver);
	}
	return err;
}
