/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>

#include "formats/device-set.h"
#include "formats/lint-parts.h"
#include "formats/qemu-element.h"

bool lint_since(unsigned long version, unsigned long major, unsigned long minor)
{
	return version == 0 || version >= major * 1000000 + minor * 1000;
}

bool lint_devices_are_json(const struct look *look)
{
	return lint_since(look->host->libvirt, 7, 9) && lint_since(look->host->qemu, 6, 2);
}

xmlNode *lint_next_hostdev(const struct look *look, xmlNode *hostdev)
{
	xmlNode *devices = xml_find(look->xml, NULL, "devices");

	return devices ? xml_next(devices, hostdev, "hostdev") : NULL;
}

bool lint_host_address(xmlNode *hostdev, char out[static ADDRESS_SIZE])
{
	xmlNode *source = xml_next(hostdev, NULL, "source");
	xmlNode *address = source ? xml_next(source, NULL, "address") : NULL;
	long domain, bus, slot, function;

	if (!address || !xml_is(hostdev, "type", "pci"))
		return false;
	domain = xml_number(address, "domain", 0);
	bus = xml_number(address, "bus", 0);
	slot = xml_number(address, "slot", 0);
	function = xml_number(address, "function", 0);
	if (domain < 0 || domain > 0xffffffffL || bus < 0 || bus > 0xff || slot < 0 ||
		slot > 0x1f || function < 0 || function > 7)
		return false;
	snprintf(out, ADDRESS_SIZE, "%04lx:%02lx:%02lx.%lx", (unsigned long)domain,
		(unsigned long)bus, (unsigned long)slot, (unsigned long)function);
	return true;
}

xmlNode *lint_next_gpu(const struct look *look, xmlNode *hostdev)
{
	char address[ADDRESS_SIZE];

	while ((hostdev = lint_next_hostdev(look, hostdev))) {
		if (!lint_host_address(hostdev, address))
			continue;
		if (look->host->is_gpu ? look->host->is_gpu(address)
				       : address[strlen(address) - 1] == '0')
			break;
	}
	return hostdev;
}

xmlNode *lint_next_vgpu(const struct look *look, xmlNode *hostdev)
{
	while ((hostdev = lint_next_hostdev(look, hostdev)))
		if (xml_is(hostdev, "type", "mdev") && xml_is(hostdev, "model", "vfio-pci"))
			break;
	return hostdev;
}

const char *lint_place_of(xmlNode *hostdev, char out[static PLACE_SIZE])
{
	xmlNode *source = xml_next(hostdev, NULL, "source");
	const char *uuid = source ? xml_get(xml_next(source, NULL, "address"), "uuid") : NULL;
	char address[ADDRESS_SIZE];

	if (lint_host_address(hostdev, address))
		snprintf(out, PLACE_SIZE, "hostdev %s", address);
	else
		snprintf(out, PLACE_SIZE, "hostdev %s", uuid ? uuid : "");
	return out;
}

bool lint_is_nvidia(const struct look *look, xmlNode *gpu)
{
	char address[ADDRESS_SIZE];
	unsigned int vendor = 0;

	if (look->host->vendor && lint_host_address(gpu, address))
		vendor = look->host->vendor(address);
	return vendor == 0 || vendor == 0x10de;
}

/* Is DEVICE what an override or a -set calls ALIAS? */
static bool is_called(const struct look *look, xmlNode *device, const char *alias)
{
	return alias && device_find(look->xml, alias) == device;
}

const char *lint_property(
	const struct look *look, xmlNode *device, const char *name, xmlNode **node)
{
	struct device_set set;

	for (xmlNode *is = NULL; (is = qemu_next_property(look->xml, is));)
		if (xml_is(is, "name", name) &&
			is_called(look, device, xml_get(is->parent->parent, "alias"))) {
			*node = is;
			return xml_get(is, "value") ? xml_get(is, "value") : "";
		}
	for (xmlNode *arg = NULL; (arg = device_set_next(look->xml, arg, &set));)
		if (!strcmp(set.property, name) && is_called(look, device, set.alias)) {
			*node = arg;
			return set.value;
		}
	return NULL;
}

bool lint_migrate_works(const struct look *look)
{
	struct device_set set;

	if (lint_since(look->host->libvirt, 8, 2) || !lint_devices_are_json(look))
		return true;
	for (xmlNode *arg = NULL; (arg = device_set_next(look->xml, arg, &set));)
		if (device_find(look->xml, set.alias))
			return false;
	return true;
}

const char *lint_migrate(const struct look *look)
{
	return lint_migrate_works(look) ? LINT_MIGRATE
					: "remove the -set of host devices, then " LINT_MIGRATE;
}
