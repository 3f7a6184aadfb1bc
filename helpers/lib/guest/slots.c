/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/slots.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static const char devices[] = "devices/*[address/@type='pci']";
static const char controllers[] = "devices/controller[@type='pci']";

static xmlNode *address_of(xmlNode *device)
{
	xmlNode *address = NULL;

	while ((address = xml_next(device, address, "address")))
		if (xml_is(address, "type", "pci"))
			return address;
	return NULL;
}

bool slot_of(xmlNode *device, struct slot *out)
{
	xmlNode *address = address_of(device);
	long bus, slot, function;

	if (!address || xml_number(address, "domain", 0) != 0)
		return false;
	bus = xml_number(address, "bus", 0);
	slot = xml_number(address, "slot", 0);
	function = xml_number(address, "function", 0);
	if (bus < 0 || bus > 255 || slot < 0 || slot > 31 || function < 0 || function > 7)
		return false;
	*out = (struct slot){(unsigned int)bus, (unsigned int)slot, (unsigned int)function};
	return true;
}

xmlNode *slot_device(
	const struct xml *xml, unsigned int bus, unsigned int slot, unsigned int function)
{
	xmlNode *parent = xml_find(xml, NULL, "devices"), *device = NULL;
	struct slot at;

	while (parent && (device = xml_next(parent, device, NULL)))
		if (slot_of(device, &at) && at.bus == bus && at.slot == slot &&
			(function == SLOT_ANY || at.function == function))
			return device;
	return NULL;
}

static bool is_controller(xmlNode *device)
{
	return xml_is(device, "type", "pci") &&
	       xmlStrcmp(device->name, (const xmlChar *)"controller") == 0;
}

bool slot_is_root_port(xmlNode *device)
{
	return is_controller(device) && xml_is(device, "model", "pcie-root-port");
}

int slot_free(const struct xml *xml)
{
	/* 00 is the host bridge, 1f the ISA bridge with SATA and SMBus beside it; 1b, 1d and 1e
	 * are where libvirt likes to have sound, USB and an old bridge */
	for (unsigned int slot = 2; slot < 0x1b; slot++)
		if (!slot_device(xml, 0, slot, SLOT_ANY))
			return (int)slot;
	return -ENOSPC;
}

unsigned int slot_new_bus(const struct xml *xml)
{
	xmlNode *parent = xml_find(xml, NULL, "devices"), *device = NULL;
	unsigned int last = 0;
	struct slot at;

	while (parent && (device = xml_next(parent, device, NULL))) {
		long index = is_controller(device) ? xml_number(device, "index", 0) : 0;

		if (index > (long)last)
			last = (unsigned int)index;
		if (slot_of(device, &at) && at.bus > last)
			last = at.bus;
	}
	return last + 1;
}

unsigned int slot_empty_bus(const struct xml *xml, unsigned int except)
{
	xmlNode *parent = xml_find(xml, NULL, "devices"), *device = NULL;

	while (parent && (device = xml_next(parent, device, "controller"))) {
		long bus = slot_is_root_port(device) ? xml_number(device, "index", 0) : 0;

		if (bus > 0 && bus != (long)except &&
			!slot_device(xml, (unsigned int)bus, 0, SLOT_ANY))
			return (unsigned int)bus;
	}
	return 0;
}

int slot_move(struct xml *xml, xmlNode *device, struct slot to, struct msg *why)
{
	xmlNode *address = address_of(device);
	char fragment[160];

	snprintf(fragment, sizeof(fragment),
		"<address type='pci' domain='0x0000' bus='0x%02x' slot='0x%02x' "
		"function='0x%x'%s/>",
		to.bus, to.slot, to.function,
		xml_is(address, "multifunction", "on") ? " multifunction='on'" : "");
	if (address)
		return xml_replace(xml, address, fragment, why);
	return xml_append(xml, device, fragment, why);
}

int slot_add_port(struct xml *xml, unsigned int bus, struct slot at, struct msg *why)
{
	size_t count = xml_count(xml, NULL, controllers);
	xmlNode *parent = xml_find(xml, NULL, "devices");
	char fragment[320];

	snprintf(fragment, sizeof(fragment),
		"<controller type='pci' index='%u' model='pcie-root-port'>\n"
		"  <address type='pci' domain='0x0000' bus='0x%02x' slot='0x%02x' "
		"function='0x%x'/>\n"
		"</controller>",
		bus, at.bus, at.slot, at.function);
	if (count > 0)
		return xml_insert_after(
			xml, xml_at(xml, NULL, controllers, count - 1), fragment, why);
	if (!parent)
		return msg_fail(why, EINVAL, "the domain has no <devices>; see virsh dumpxml");
	return xml_append(xml, parent, fragment, why);
}

static unsigned int swapped(unsigned int bus, unsigned int a, unsigned int b)
{
	return bus == a ? b : bus == b ? a : bus;
}

static bool can_swap(const struct xml *xml, unsigned int a, unsigned int b)
{
	for (size_t i = 0, n = xml_count(xml, NULL, controllers); i < n; i++) {
		xmlNode *controller = xml_at(xml, NULL, controllers, i);
		struct slot at;

		if (slot_of(controller, &at) &&
			swapped((unsigned int)xml_number(controller, "index", 0), a, b) <=
				swapped(at.bus, a, b))
			return false;
	}
	return true;
}

/* A port's chassis is its index unless somebody chose another, and no two may have the same. */
static int rename_controller(
	struct xml *xml, size_t i, unsigned int from, unsigned int to, struct msg *why)
{
	char text[16];
	xmlNode *target;
	int err;

	snprintf(text, sizeof(text), "%u", to);
	err = xml_set(xml, xml_at(xml, NULL, controllers, i), "index", text, why);
	if (err < 0)
		return err;
	target = xml_next(xml_at(xml, NULL, controllers, i), NULL, "target");
	if (target && xml_number(target, "chassis", -1) == (long)from)
		err = xml_set(xml, target, "chassis", text, why);
	return err;
}

int slot_swap_buses(struct xml *xml, unsigned int a, unsigned int b, struct msg *why)
{
	int err = 0;

	if (!can_swap(xml, a, b))
		return 0;
	for (size_t i = 0, n = xml_count(xml, NULL, controllers); i < n && err == 0; i++) {
		long index = xml_number(xml_at(xml, NULL, controllers, i), "index", -1);

		if (index == (long)a || index == (long)b)
			err = rename_controller(xml, i, (unsigned int)index,
				swapped((unsigned int)index, a, b), why);
	}
	for (size_t i = 0, n = xml_count(xml, NULL, devices); i < n && err == 0; i++) {
		xmlNode *device = xml_at(xml, NULL, devices, i);
		struct slot at;
		char text[16];

		if (!slot_of(device, &at) || (at.bus != a && at.bus != b))
			continue;
		snprintf(text, sizeof(text), "0x%02x", swapped(at.bus, a, b));
		err = xml_set(xml, address_of(device), "bus", text, why);
	}
	return err < 0 ? err : 1;
}
