/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "handoff/reserve.h"

#include <string.h>

#include "base/text.h"

/* What the section of one display says of it. */
static enum reserve decide(const struct config *config, const struct pci_function *gpu)
{
	struct config_handoff settings;
	struct config_gpu section;

	config_gpu(config, gpu->address, gpu->vendor, gpu->device, &section);
	if (!section.reserve_boot)
		return RESERVE_NO;
	if (section.has_id &&
		(section.id_vendor != gpu->vendor || section.id_device != gpu->device))
		return RESERVE_OTHER_DEVICE;
	config_handoff(config, NULL, NULL, &settings);
	return gpu->boot_vga && !settings.console_release ? RESERVE_CONSOLE : RESERVE_BOOT;
}

/* A refusal of one display in the slot holds for the whole slot. */
static enum reserve decide_slot(
	const struct config *config, const struct pci_function *f, char gpu[static ADDRESS_SIZE])
{
	enum reserve result = RESERVE_NO;
	char address[ADDRESS_SIZE];
	struct pci_function other;

	text_copy(address, sizeof(address), f->address);
	for (char digit = '0'; digit <= '7'; digit++) {
		enum reserve one;

		address[strlen(address) - 1] = digit;
		if (pci_read(address, &other) < 0 || !pci_is_display(&other) || other.is_virtual)
			continue;
		one = decide(config, &other);
		if (one <= result)
			continue;
		result = one;
		text_copy(gpu, ADDRESS_SIZE, address);
	}
	return result;
}

enum reserve reserve_function(
	const struct config *config, const struct pci_function *f, char gpu[static ADDRESS_SIZE])
{
	struct config_handoff settings;
	enum reserve result;

	*gpu = '\0';
	if (!config_reserves(config) || pci_is_bridge(f))
		return RESERVE_NO;
	config_handoff(config, NULL, NULL, &settings);
	if (!settings.slot_named && !f->is_virtual)
		return decide_slot(config, f, gpu);
	result = pci_is_display(f) || settings.slot_named ? decide(config, f) : RESERVE_NO;
	if (result != RESERVE_NO)
		text_copy(gpu, ADDRESS_SIZE, f->address);
	return result;
}
