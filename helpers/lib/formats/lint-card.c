/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host's GPU and where the guest has it. */
#include <stdio.h>
#include <string.h>

#include "formats/lint-parts.h"

struct at {
	long domain, bus, slot, function;
	enum { UNSAID, OFF, ON } multifunction;
};

/* Where the guest has the device. Returns false if it says no PCI address. */
static bool read_at(xmlNode *device, struct at *out)
{
	xmlNode *is = NULL;

	while ((is = xml_next(device, is, "address")) && !xml_is(is, "type", "pci"))
		;
	if (!is)
		return false;
	*out = (struct at){xml_number(is, "domain", 0), xml_number(is, "bus", 0),
		xml_number(is, "slot", 0), xml_number(is, "function", 0),
		xml_is(is, "multifunction", "on")    ? ON
		: xml_is(is, "multifunction", "off") ? OFF
						     : UNSAID};
	return true;
}

static bool same_slot(const struct at *a, const struct at *b)
{
	return a->domain == b->domain && a->bus == b->bus && a->slot == b->slot;
}

/* The bus behind the root port at 00:01.0: the firmware numbers it 1, whatever its index. -1: there
 * is none. */
static long first_bus(const struct look *look)
{
	xmlNode *devices = xml_find(look->xml, NULL, "devices"), *is = NULL;
	struct at at;

	while (devices && (is = xml_next(devices, is, "controller")))
		if (xml_is(is, "type", "pci") && xml_is(is, "model", "pcie-root-port") &&
			read_at(is, &at) && at.domain == 0 && at.bus == 0 && at.slot == 1 &&
			at.function == 0)
			return xml_number(is, "index", -1);
	return -1;
}

static const char *apply_to(xmlNode *gpu, const char *option, char out[static PLACE_SIZE])
{
	char address[ADDRESS_SIZE];

	if (!lint_host_address(gpu, address))
		*address = '\0';
	snprintf(
		out, PLACE_SIZE, "run gpu-handoff guest apply --dgpu=%s%s DOMAIN", address, option);
	return out;
}

/* Of several cards one can be there. */
void lint_address(const struct look *look)
{
	long bus = first_bus(look);
	char place[PLACE_SIZE], remedy[PLACE_SIZE], is[64] = "has no address yet";
	xmlNode *first = NULL;
	struct at at;

	for (xmlNode *gpu = NULL; (gpu = lint_next_gpu(look, gpu));) {
		if (read_at(gpu, &at) && at.domain == 0 && at.bus == bus && at.slot == 0 &&
			at.function == 0)
			return;
		if (!first && lint_is_nvidia(look, gpu))
			first = gpu;
	}
	if (!first)
		return;
	if (read_at(first, &at))
		snprintf(is, sizeof(is), "is at slot %ld, function %ld of bus %ld", at.slot,
			at.function, at.bus);
	lint_add(look, LINT_WARNING, first, lint_place_of(first, place),
		apply_to(first, "", remedy),
		"%s: NVIDIA's laptop drivers want the card at 01:00.0 behind a root port at "
		"00:01.0",
		is);
}

/* The next function of the GPU's card after HOSTDEV (NULL: the first). */
static xmlNode *next_of_card(const struct look *look, xmlNode *gpu, xmlNode *hostdev)
{
	char card[ADDRESS_SIZE], address[ADDRESS_SIZE];

	if (!lint_host_address(gpu, card))
		return NULL;
	while ((hostdev = lint_next_hostdev(look, hostdev)))
		if (lint_host_address(hostdev, address) && address_same_slot(card, address))
			break;
	return hostdev;
}

void lint_split(const struct look *look)
{
	char place[PLACE_SIZE], remedy[PLACE_SIZE], other[PLACE_SIZE];
	struct at at, beside;

	for (xmlNode *gpu = NULL; (gpu = lint_next_gpu(look, gpu));)
		for (xmlNode *is = NULL; (is = next_of_card(look, gpu, is));) {
			if (is == gpu || !read_at(gpu, &at) ||
				(read_at(is, &beside) && same_slot(&at, &beside)))
				continue;
			lint_add(look, LINT_WARNING, is, lint_place_of(is, other),
				apply_to(gpu, "", remedy),
				"is not in the slot of %s, though both are one card: their drivers "
				"look for each other there",
				lint_place_of(gpu, place));
		}
}

/* The device at function 0 of AT's slot, NULL: there is none. */
static xmlNode *find_head(const struct look *look, const struct at *at)
{
	xmlNode *devices = xml_find(look->xml, NULL, "devices"), *is = NULL;
	struct at head;

	while (devices && (is = xml_next(devices, is, NULL)))
		if (read_at(is, &head) && same_slot(&head, at) && head.function == 0)
			break;
	return is;
}

/* libvirt (9.0) writes multifunction='on' itself unless it is 'off'; QEMU goes by it. */
void lint_multifunction(const struct look *look)
{
	char place[PLACE_SIZE], remedy[PLACE_SIZE];
	struct at at, first;

	for (xmlNode *gpu = NULL; (gpu = lint_next_gpu(look, gpu));)
		for (xmlNode *is = NULL; (is = next_of_card(look, gpu, is));) {
			xmlNode *head =
				read_at(is, &at) && at.function > 0 ? find_head(look, &at) : is;

			if (!head)
				lint_add(look, LINT_WARNING, is, lint_place_of(is, place),
					apply_to(gpu, "", remedy),
					"is function %ld of a slot that has no function 0: guests "
					"do not look for it",
					at.function);
			else if (head != is && read_at(head, &first) && first.multifunction != ON)
				lint_add(look, first.multifunction == OFF ? LINT_ERROR : LINT_NOTE,
					is, lint_place_of(is, place), apply_to(gpu, "", remedy),
					"is function %ld of a slot whose function 0 lacks "
					"multifunction='on', "
					"which QEMU refuses",
					at.function);
		}
}

void lint_managed(const struct look *look)
{
	char place[PLACE_SIZE];

	for (xmlNode *gpu = NULL; (gpu = lint_next_gpu(look, gpu));)
		if (xml_is(gpu, "managed", "yes"))
			lint_add(look, lint_is_nvidia(look, gpu) ? LINT_WARNING : LINT_NOTE, gpu,
				lint_place_of(gpu, place), "write managed='no' (virsh edit DOMAIN)",
				"has managed='yes': where the hook did not take it, libvirt "
				"unbinds it "
				"itself, which hangs while somebody uses it");
}

void lint_machine(const struct look *look)
{
	xmlNode *type = xml_find(look->xml, NULL, "os/type");
	const char *machine = xml_get(type, "machine");

	if (!type || !lint_next_gpu(look, NULL))
		return;
	if (machine && (!strcmp(machine, "q35") || strstr(machine, "-q35")))
		return;
	lint_add(look, LINT_WARNING, type, "os", "make the guest anew with q35 and UEFI",
		"%s has no PCI Express: the card cannot be behind a root port, where its driver "
		"wants "
		"it",
		machine ? machine : "the default machine, i440fx,");
}

void lint_bios(const struct look *look)
{
	xmlNode *os = xml_find(look->xml, NULL, "os");

	if (!os || !lint_next_gpu(look, NULL) || xml_is(os, "firmware", "efi") ||
		xml_find(look->xml, os, "loader[@type='pflash']"))
		return;
	lint_add(look, LINT_WARNING, os, "os", "make the guest anew with q35 and UEFI",
		"the guest's firmware is SeaBIOS, which cannot use the UEFI ROM of a GPU");
}

/* Does anything answer for the ROM that a laptop's card has not? */
static bool has_rom(const struct look *look, xmlNode *gpu)
{
	xmlNode *rom = xml_next(gpu, NULL, "rom");
	struct lint_tables tables;

	lint_read_tables(look, &tables);
	return (rom && xml_get(rom, "file")) || tables.vbios || tables.item || tables.others;
}

static bool rom_is_shown(xmlNode *gpu)
{
	xmlNode *rom = xml_next(gpu, NULL, "rom");

	return !rom || (!xml_is(rom, "bar", "off") && !xml_is(rom, "enabled", "no"));
}

void lint_rom_shown(const struct look *look)
{
	char place[PLACE_SIZE], remedy[PLACE_SIZE];

	for (xmlNode *gpu = NULL; (gpu = lint_next_gpu(look, gpu));)
		if (lint_is_nvidia(look, gpu) && rom_is_shown(gpu) && !has_rom(look, gpu))
			lint_add(look, LINT_NOTE, gpu, lint_place_of(gpu, place),
				apply_to(gpu, " --vbios FILE", remedy),
				"shows its ROM BAR, behind which a laptop's card has no ROM");
}

void lint_no_rom(const struct look *look)
{
	char place[PLACE_SIZE], remedy[PLACE_SIZE];

	for (xmlNode *gpu = NULL; (gpu = lint_next_gpu(look, gpu));)
		if (lint_is_nvidia(look, gpu) && !rom_is_shown(gpu) && !has_rom(look, gpu))
			lint_add(look, LINT_NOTE, gpu, lint_place_of(gpu, place),
				apply_to(gpu, " --vbios FILE", remedy),
				"has no ROM in the guest: NVIDIA's laptop drivers ask ACPI for it");
}

static bool has_nvidia(const struct look *look)
{
	xmlNode *gpu = NULL;

	while ((gpu = lint_next_gpu(look, gpu)) && !lint_is_nvidia(look, gpu))
		;
	return gpu;
}

#define HIDE "run gpu-handoff guest apply --hide-hypervisor DOMAIN if it is"

void lint_hidden(const struct look *look)
{
	xmlNode *features = xml_find(look->xml, NULL, "features");

	if (has_nvidia(look) && !xml_find(look->xml, NULL, "features/kvm/hidden[@state='on']"))
		lint_add(look, LINT_NOTE, features ? features : xml_root(look->xml), "features",
			HIDE,
			"KVM is not hidden, which NVIDIA's driver refuses if it is older than 465");
}

void lint_vendor_id(const struct look *look)
{
	xmlNode *hyperv =
		xml_find(look->xml, NULL, "features/hyperv[@mode='passthrough' or *[@state='on']]");

	if (has_nvidia(look) && hyperv && !xml_find(look->xml, hyperv, "vendor_id[@state='on']"))
		lint_add(look, LINT_NOTE, hyperv, "features", HIDE,
			"<hyperv> has no vendor_id, and NVIDIA's driver refuses Microsoft's if it "
			"is "
			"older than 465");
}
