/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/device-set.h"

#include <ctype.h>
#include <string.h>

#include "formats/qemu-element.h"

/* Copies the word at *TEXT up to the byte END, and moves *TEXT behind that. */
static bool read_word(const char **text, char end, char out[static 64])
{
	const char *stop = strchr(*text, end);
	size_t length = stop ? (size_t)(stop - *text) : 0;

	if (length == 0 || length >= 64)
		return false;
	memcpy(out, *text, length);
	out[length] = '\0';
	*text = stop + 1;
	return true;
}

/* Reads what follows -set. TEXT may be NULL. */
static bool parse(const char *text, struct device_set *out)
{
	static const char device[] = "device.";
	struct device_set set;

	if (!text || strncmp(text, device, sizeof(device) - 1) != 0)
		return false;
	text += sizeof(device) - 1;
	if (!read_word(&text, '.', set.alias) || !read_word(&text, '=', set.property))
		return false;
	set.value = text;
	*out = set;
	return true;
}

bool device_hostdev_number(const char *alias, size_t *number)
{
	static const char hostdev[] = "hostdev";
	size_t value = 0, digits = 0;

	if (strncmp(alias, hostdev, sizeof(hostdev) - 1) != 0)
		return false;
	for (alias += sizeof(hostdev) - 1; isdigit((unsigned char)*alias) && digits < 6; digits++)
		value = value * 10 + (size_t)(*alias++ - '0');
	if (*alias || digits == 0)
		return false;
	*number = value;
	return true;
}

bool device_is_named(xmlNode *device)
{
	const char *alias = xml_get(xml_next(device, NULL, "alias"), "name");

	return alias && strncmp(alias, "ua-", 3) == 0;
}

xmlNode *device_find(const struct xml *xml, const char *alias)
{
	xmlNode *devices = xml_find(xml, NULL, "devices"), *device = NULL;
	bool numbered;
	size_t number;

	numbered = device_hostdev_number(alias, &number);
	if (!numbered && strncmp(alias, "ua-", 3) != 0)
		return NULL;
	while (devices && (device = xml_next(devices, device, numbered ? "hostdev" : NULL)))
		if (numbered ? !device_is_named(device) && number-- == 0
			     : xml_is(xml_next(device, NULL, "alias"), "name", alias))
			break;
	return device;
}

/* QEMU takes an option with one dash or two. */
static bool is_set(xmlNode *arg)
{
	return xml_is(arg, "value", "-set") || xml_is(arg, "value", "--set");
}

xmlNode *device_set_next(const struct xml *xml, xmlNode *arg, struct device_set *out)
{
	xmlNode *before = arg;

	while ((arg = qemu_next_arg(xml, arg))) {
		if (before && is_set(before) && parse(xml_get(arg, "value"), out))
			break;
		before = arg;
	}
	return arg;
}
