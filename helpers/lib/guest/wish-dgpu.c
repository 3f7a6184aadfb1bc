/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>

#include "guest/override.h"
#include "guest/slots.h"
#include "guest/wish.h"

/* NVIDIA's laptop driver looks for the card where laptops have it: at 01:00.0, behind the root port
 * at 00:01.0. */
static const struct slot port_slot = {0, 1, 0};
enum { CARD_BUS = 1 };

static const char hostdevs[] = "devices/hostdev[@mode='subsystem' and @type='pci']";

static int no_slot(struct msg *why)
{
	return msg_fail(why, ENOSPC,
		"bus 0 of the guest has no free slot; remove a device that it does not need");
}

xmlNode *wish_find_function(const struct xml *xml, const struct wish_card *card, unsigned int n)
{
	for (size_t i = 0, count = xml_count(xml, NULL, hostdevs); i < count; i++) {
		xmlNode *hostdev = xml_at(xml, NULL, hostdevs, i);
		xmlNode *address = xml_find(xml, hostdev, "source/address");

		if (address && xml_number(address, "domain", 0) == (long)card->domain &&
			xml_number(address, "bus", 0) == (long)card->bus &&
			xml_number(address, "slot", 0) == (long)card->slot &&
			xml_number(address, "function", 0) == (long)n)
			return hostdev;
	}
	return NULL;
}

/* Is a device of the guest one that the wish is about? */
static bool is_ours(const struct xml *xml, xmlNode *device, const struct wish_card *card)
{
	for (unsigned int n = 0; n < 8; n++)
		if (wish_find_function(xml, card, n) == device)
			return true;
	return false;
}

static int clear_port_slot(struct xml *xml, struct msg *why)
{
	xmlNode *there = slot_device(xml, port_slot.bus, port_slot.slot, port_slot.function);
	int slot = slot_free(xml);

	if (!there)
		return 0;
	if (slot < 0)
		return no_slot(why);
	return slot_move(xml, there, (struct slot){0, (unsigned int)slot, 0}, why);
}

/* There is a root port at 00:01.0. */
static int make_port(struct xml *xml, struct msg *why)
{
	xmlNode *there = slot_device(xml, port_slot.bus, port_slot.slot, port_slot.function);
	int err;

	if (there && slot_is_root_port(there))
		return 0;
	err = clear_port_slot(xml, why);
	if (err == 0)
		err = slot_add_port(xml, slot_new_bus(xml), port_slot, why);
	return err;
}

/* Where other functions of the port's slot are in use, function 0 has to say so. */
static int share_port_slot(struct xml *xml, struct msg *why)
{
	xmlNode *port = slot_device(xml, port_slot.bus, port_slot.slot, port_slot.function);
	xmlNode *address = xml_find(xml, port, "address[@type='pci']");

	for (unsigned int n = 1; n < 8; n++)
		if (slot_device(xml, port_slot.bus, port_slot.slot, n) &&
			!xml_is(address, "multifunction", "on"))
			return xml_set(xml, address, "multifunction", "on", why);
	return 0;
}

/* The bus behind that port is called 1, as the guest will count it, if that can be. Returns its
 * name, or an error. */
static int name_bus(struct xml *xml, struct msg *why)
{
	xmlNode *port = slot_device(xml, port_slot.bus, port_slot.slot, port_slot.function);
	long bus = xml_number(port, "index", -1);
	int err;

	if (bus <= 0 || bus > 255)
		return msg_fail(why, EINVAL,
			"the root port at 00:01.0 has no valid index; see virsh dumpxml");
	if (bus == CARD_BUS)
		return CARD_BUS;
	err = slot_swap_buses(xml, (unsigned int)bus, CARD_BUS, why);
	return err < 0 ? err : err == 0 ? (int)bus : CARD_BUS;
}

static xmlNode *foreigner(
	const struct xml *xml, unsigned int bus, const struct wish_card *card, struct slot *at)
{
	xmlNode *parent = xml_find(xml, NULL, "devices"), *device = NULL;

	while ((device = xml_next(parent, device, NULL)))
		if (slot_of(device, at) && at->bus == bus && !is_ours(xml, device, card))
			return device;
	return NULL;
}

/* Whatever else is on the card's bus goes to another port, all of it to the same. */
static int clear_bus(
	struct xml *xml, unsigned int bus, const struct wish_card *card, struct msg *why)
{
	struct slot at;
	unsigned int to = slot_empty_bus(xml, bus);
	int slot, err = 0;

	if (foreigner(xml, bus, card, &at) && to == 0) {
		slot = slot_free(xml);
		if (slot < 0)
			return no_slot(why);
		to = slot_new_bus(xml);
		err = slot_add_port(xml, to, (struct slot){0, (unsigned int)slot, 0}, why);
	}
	for (xmlNode *device; err == 0 && (device = foreigner(xml, bus, card, &at));) {
		at.bus = to;
		err = slot_move(xml, device, at, why);
	}
	return err;
}

/* A new host device goes behind those that are there, or behind the picture and the sound. */
static xmlNode *last_device(const struct xml *xml)
{
	static const char *const kinds[] = {
		"devices/hostdev", "devices/video", "devices/sound", "devices/controller"};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		size_t count = xml_count(xml, NULL, kinds[i]);

		if (count > 0)
			return xml_at(xml, NULL, kinds[i], count - 1);
	}
	return NULL;
}

static int add_function(struct xml *xml, const struct wish_card *card, unsigned int host,
	struct slot at, struct msg *why)
{
	xmlNode *last = last_device(xml);
	char fragment[512];

	snprintf(fragment, sizeof(fragment),
		"<hostdev mode='subsystem' type='pci' managed='no'>\n"
		"  <source>\n"
		"    <address domain='0x%04x' bus='0x%02x' slot='0x%02x' function='0x%x'/>\n"
		"  </source>\n"
		"  <address type='pci' domain='0x0000' bus='0x%02x' slot='0x%02x' "
		"function='0x%x'/>\n"
		"</hostdev>",
		card->domain, card->bus, card->slot, host, at.bus, at.slot, at.function);
	if (last)
		return xml_insert_after(xml, last, fragment, why);
	return xml_append(xml, xml_find(xml, NULL, "devices"), fragment, why);
}

/* Function number I of the card is in the guest, and at its place there. */
static int place_function(
	struct xml *xml, const struct wish_card *card, size_t i, unsigned int bus, struct msg *why)
{
	unsigned int host = card->function[i];
	struct slot at, to = {bus, 0, card->function[0] == 0 ? host : (unsigned int)i};
	xmlNode *hostdev = wish_find_function(xml, card, host);

	if (!hostdev)
		return add_function(xml, card, host, to, why);
	if (slot_of(hostdev, &at) && at.bus == to.bus && at.slot == to.slot &&
		at.function == to.function)
		return 0;
	return slot_move(xml, hostdev, to, why);
}

static int share_card_slot(struct xml *xml, const struct wish_card *card, struct msg *why)
{
	xmlNode *address = xml_find(
		xml, wish_find_function(xml, card, card->function[0]), "address[@type='pci']");

	if (card->functions < 2 || xml_is(address, "multifunction", "on"))
		return 0;
	return xml_set(xml, address, "multifunction", "on", why);
}

/* QEMU shall not look for a ROM in a card that has none: the guest's driver asks ACPI. */
static int hide_rom(struct xml *xml, const struct wish_card *card, struct msg *why)
{
	xmlNode *gpu = wish_find_function(xml, card, card->function[0]);

	if (xml_next(gpu, NULL, "rom"))
		return 0;
	return xml_insert_after(xml, xml_next(gpu, NULL, "source"), "<rom bar='off'/>", why);
}

static int show_ids(struct xml *xml, const struct wish_card *card, const struct versions *versions,
	struct msg *why)
{
	const struct {
		const char *property;
		unsigned int value;
	} ids[] = {{"x-pci-vendor-id", card->vendor}, {"x-pci-device-id", card->device},
		{"x-pci-sub-vendor-id", card->subvendor}, {"x-pci-sub-device-id", card->subdevice}};
	char alias[ALIAS_SIZE], value[16];
	int err;

	if (!versions_override(versions) && !versions_set(versions) && !card->subsystem_given)
		return 0;
	err = override_alias(
		xml, wish_find_function(xml, card, card->function[0]), "ua-dgpu", alias, why);
	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids) && err == 0; i++) {
		snprintf(value, sizeof(value), "0x%04x", ids[i].value);
		if (ids[i].value > 0)
			err = override_set(xml, alias, ids[i].property, OVERRIDE_UNSIGNED, value,
				versions, why);
	}
	return err;
}

int wish_dgpu(
	struct xml *xml, const struct wish *wish, const struct versions *versions, struct msg *why)
{
	const struct wish_card *card = &wish->card;
	int bus = 0, err;

	if (!wish->dgpu)
		return 0;
	err = make_port(xml, why);
	if (err == 0)
		err = share_port_slot(xml, why);
	if (err == 0)
		err = bus = name_bus(xml, why);
	if (err > 0)
		err = clear_bus(xml, (unsigned int)bus, card, why);
	for (size_t i = 0; i < card->functions && err == 0; i++)
		err = place_function(xml, card, i, (unsigned int)bus, why);
	if (err == 0)
		err = share_card_slot(xml, card, why);
	if (err == 0)
		err = hide_rom(xml, card, why);
	if (err == 0)
		err = show_ids(xml, card, versions, why);
	return err;
}
