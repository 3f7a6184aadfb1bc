/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "guest/override.h"

#define USER_ALIAS "ua-" /* libvirt drops the others of an inactive definition */

static bool alias_taken(const struct xml *xml, const char *name)
{
	xmlNode *devices = xml_find(xml, NULL, "devices"), *device = NULL;

	while (devices && (device = xml_next(devices, device, NULL)))
		if (xml_is(xml_next(device, NULL, "alias"), "name", name))
			return true;
	return false;
}

/* Where libvirt writes an alias: before the ROM and the address. */
static int add_alias(struct xml *xml, xmlNode *device, const char *name, struct msg *why)
{
	xmlNode *alias = xml_next(device, NULL, "alias"), *behind;
	char fragment[ALIAS_SIZE + sizeof("<alias name=''/>")];

	if (alias)
		return xml_set(xml, alias, "name", name, why);
	snprintf(fragment, sizeof(fragment), "<alias name='%s'/>", name);
	behind = xml_find(xml, device, "rom|acpi|address");
	return behind ? xml_insert_before(xml, behind, fragment, why)
		      : xml_append(xml, device, fragment, why);
}

int override_alias(struct xml *xml, xmlNode *device, const char *name, char out[static ALIAS_SIZE],
	struct msg *why)
{
	const char *has = xml_get(xml_next(device, NULL, "alias"), "name");
	char chosen[ALIAS_SIZE];
	int r;

	if (has && strncmp(has, USER_ALIAS, strlen(USER_ALIAS)) == 0) {
		if (text_copy(out, ALIAS_SIZE, has) < 0)
			return msg_fail(why, EINVAL,
				"the alias '%.80s...' is too long; write one of less than %d bytes",
				has, ALIAS_SIZE);
		return 0;
	}
	if (text_copy(chosen, sizeof(chosen), name) < 0)
		return msg_fail(why, EINVAL, "the alias '%s' is too long", name);
	for (unsigned int i = 2; alias_taken(xml, chosen); i++)
		if ((size_t)snprintf(chosen, sizeof(chosen), "%s%u", name, i) >= sizeof(chosen))
			return msg_fail(why, EINVAL, "the alias '%s' is too long", name);
	r = add_alias(xml, device, chosen, why);
	return r ? r : text_copy(out, ALIAS_SIZE, chosen);
}
