/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/hostdev-set.h"

#include <ctype.h>
#include <string.h>

bool hostdev_name_parse(const char *text, size_t length, size_t *number)
{
	static const char name[] = "hostdev";
	size_t at = sizeof(name) - 1, value = 0;

	if (length <= at || length > at + 4 || strncmp(text, name, at) != 0)
		return false;
	for (; at < length; at++) {
		if (!isdigit((unsigned char)text[at]))
			return false;
		value = value * 10 + (size_t)(text[at] - '0');
	}
	*number = value;
	return true;
}

bool hostdev_set_parse(const char *text, struct hostdev_set *out)
{
	static const char device[] = "device.";
	struct hostdev_set set;
	size_t length;

	if (!text || strncmp(text, device, sizeof(device) - 1) != 0)
		return false;
	text += sizeof(device) - 1;
	length = strcspn(text, ".");
	if (text[length] != '.' || !hostdev_name_parse(text, length, &set.number))
		return false;
	text += length + 1;
	length = strcspn(text, "=");
	if (text[length] != '=' || length == 0 || length >= sizeof(set.property))
		return false;
	memcpy(set.property, text, length);
	set.property[length] = '\0';
	set.value = text + length + 1;
	*out = set;
	return true;
}

bool hostdev_is_named(xmlNode *hostdev)
{
	const char *alias = xml_get(xml_next(hostdev, NULL, "alias"), "name");

	return alias && strncmp(alias, "ua-", 3) == 0;
}

xmlNode *hostdev_of_number(const struct xml *xml, size_t number, size_t *index)
{
	size_t count = xml_count(xml, NULL, "devices/hostdev");

	for (size_t i = 0; i < count; i++) {
		xmlNode *hostdev = xml_at(xml, NULL, "devices/hostdev", i);

		if (hostdev_is_named(hostdev) || number-- > 0)
			continue;
		if (index)
			*index = i;
		return hostdev;
	}
	return NULL;
}
