/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "guest/fwcfg.h"
#include "guest/order.h"
#include "guest/override.h"
#include "guest/vgpu.h"

#define VGPUS "devices/hostdev[@type='mdev' and @model='vfio-pci']"

/* The ROM as an item of fw_cfg, which nobody reads: libvirt's security drivers permit the files of
 * these, and not those of <qemu:override>. */
#define VGPU_ROM "opt/org.gpu-handoff/vgpu-rom"

/* UUID of a vGPU's element in lower case, "" if it has none. */
static const char *uuid_of(const struct xml *xml, xmlNode *vgpu, char out[static 37])
{
	const char *uuid = xml_get(xml_find(xml, vgpu, "source/address"), "uuid");

	if (!uuid || !text_uuid(uuid, out))
		*out = '\0';
	return out;
}

xmlNode *wish_find_vgpu(const struct xml *xml)
{
	return xml_find(xml, NULL, VGPUS);
}

static int refuse_several(const struct xml *xml, const char *wished, size_t count, struct msg *why)
{
	char list[512] = "", uuid[37];
	size_t length = 0;

	for (size_t i = 0; i < count && length < sizeof(list); i++)
		length += (size_t)snprintf(list + length, sizeof(list) - length, "%s%s",
			i ? ", " : "", uuid_of(xml, xml_at(xml, NULL, VGPUS, i), uuid));
	if (*wished)
		return msg_fail(why, EINVAL,
			"the guest has %zu vGPUs and none of them is %s: %s; name one of them",
			count, wished, list);
	return msg_fail(
		why, EINVAL, "the guest has %zu vGPUs: %s; name one with --vgpu=UUID", count, list);
}

int vgpu_find(const struct xml *xml, const struct wish *wish, xmlNode **out, struct msg *why)
{
	size_t count = xml_count(xml, NULL, VGPUS);
	char uuid[37];

	for (size_t i = 0; *wish->vgpu_uuid && i < count; i++) {
		xmlNode *vgpu = xml_at(xml, NULL, VGPUS, i);

		if (strcasecmp(uuid_of(xml, vgpu, uuid), wish->vgpu_uuid) == 0) {
			*out = vgpu;
			return 0;
		}
	}
	if (count > 1)
		return refuse_several(xml, wish->vgpu_uuid, count, why);
	*out = wish_find_vgpu(xml);
	return 0;
}

/*
 * The guest's own UUID with version 8 (RFC 9562, 5.8): the same each time, and no other guest's.
 */
static int derive_uuid(const struct xml *xml, char out[static 37], struct msg *why)
{
	enum { VERSION_DIGIT = 14 };
	xmlNode *own = xml_find(xml, NULL, "uuid");
	char text[64];

	if (!own || !text_uuid(xml_content(own, text, sizeof(text)), out))
		return msg_fail(why, EINVAL,
			"the domain has no <uuid> to make the vGPU's of; give one with "
			"--vgpu=UUID");
	out[VERSION_DIGIT] = '8';
	return 0;
}

static int add_vgpu(struct xml *xml, const struct wish *wish, struct msg *why)
{
	xmlNode *devices = xml_find(xml, NULL, "devices");
	char uuid[37], alias[ALIAS_SIZE], *fragment;
	int r = 0;

	if (!devices)
		return msg_fail(why, EINVAL, "the domain has no <devices>");
	if (!*wish->vgpu_uuid)
		r = derive_uuid(xml, uuid, why);
	else if (!text_uuid(wish->vgpu_uuid, uuid))
		r = msg_fail(why, EINVAL, "'%s' is not a UUID", wish->vgpu_uuid);
	if (r)
		return r;
	if (asprintf(&fragment,
		    "<hostdev mode='subsystem' type='mdev' managed='no' model='vfio-pci' "
		    "display='off'>\n"
		    "  <source>\n"
		    "    <address uuid='%s'/>\n"
		    "  </source>\n"
		    "</hostdev>",
		    uuid) < 0)
		return msg_fail(why, ENOMEM, "not enough memory for the domain's XML");
	r = order_insert(xml, devices, "video|hostdev|sound|audio", fragment, why);
	free(fragment);
	return r ? r : override_alias(xml, wish_find_vgpu(xml), "ua-vgpu", alias, why);
}

static int change_uuid(struct xml *xml, xmlNode *vgpu, const char *wished, struct msg *why)
{
	xmlNode *address = xml_find(xml, vgpu, "source/address");
	char uuid[37], is[37];

	if (!text_uuid(wished, uuid))
		return msg_fail(why, EINVAL, "'%s' is not a UUID", wished);
	if (strcmp(uuid_of(xml, vgpu, is), uuid) == 0)
		return 0;
	if (!address)
		return msg_fail(why, EINVAL, "the guest's vGPU (line %d) has no <source><address>",
			xml_line(xml, vgpu));
	return xml_set(xml, address, "uuid", uuid, why);
}

/* libvirt writes no ROM for mediated devices, whatever their <rom> says. */
static int set_rom(
	struct xml *xml, const struct wish *wish, const struct versions *versions, struct msg *why)
{
	char alias[ALIAS_SIZE];
	xmlNode *vgpu = NULL;
	int r = vgpu_find(xml, wish, &vgpu, why);

	if (!r && !vgpu)
		r = msg_fail(why, EINVAL, "--rom needs a vGPU; add --vgpu");
	if (!r)
		r = fwcfg_check_path(wish->rom, why);
	if (!r)
		r = override_alias(xml, vgpu, "ua-vgpu", alias, why);
	if (!r)
		r = override_set(xml, alias, "romfile", OVERRIDE_STRING, wish->rom, versions, why);
	return r || !versions_fwcfg(versions) ? r
					      : fwcfg_set(xml, VGPU_ROM, wish->rom, versions, why);
}

int wish_vgpu(
	struct xml *xml, const struct wish *wish, const struct versions *versions, struct msg *why)
{
	xmlNode *vgpu = NULL;
	int r = 0;

	if (wish->vgpu) {
		r = vgpu_find(xml, wish, &vgpu, why);
		if (!r && !vgpu)
			r = add_vgpu(xml, wish, why);
		else if (!r && *wish->vgpu_uuid)
			r = change_uuid(xml, vgpu, wish->vgpu_uuid, why);
	}
	return !r && wish->rom ? set_rom(xml, wish, versions, why) : r;
}
