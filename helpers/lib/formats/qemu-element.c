/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/qemu-element.h"

#include <string.h>

bool qemu_is(const xmlNode *node, const char *name)
{
	return node->type == XML_ELEMENT_NODE && node->ns &&
	       strcmp((const char *)node->ns->href, XML_QEMU) == 0 &&
	       strcmp((const char *)node->name, name) == 0;
}

xmlNode *qemu_next(xmlNode *parent, xmlNode *node, const char *name)
{
	for (node = node ? node->next : parent->children; node; node = node->next)
		if (qemu_is(node, name))
			return node;
	return NULL;
}

xmlNode *qemu_next_of(const struct xml *xml, const char *outer, xmlNode *node, const char *inner)
{
	xmlNode *parent = node ? node->parent : qemu_next(xml_root(xml), NULL, outer);

	for (; parent; parent = qemu_next(xml_root(xml), parent, outer), node = NULL) {
		node = qemu_next(parent, node, inner);
		if (node)
			return node;
	}
	return NULL;
}

xmlNode *qemu_next_arg(const struct xml *xml, xmlNode *arg)
{
	return qemu_next_of(xml, "commandline", arg, "arg");
}

xmlNode *qemu_next_device(const struct xml *xml, xmlNode *device)
{
	return qemu_next_of(xml, "override", device, "device");
}

xmlNode *qemu_next_property(const struct xml *xml, xmlNode *property)
{
	xmlNode *frontend = property ? property->parent : NULL;
	xmlNode *device = frontend ? frontend->parent : qemu_next_device(xml, NULL);

	for (; device; device = qemu_next_device(xml, device), frontend = NULL) {
		if (!frontend)
			frontend = qemu_next(device, NULL, "frontend");
		for (; frontend; frontend = qemu_next(device, frontend, "frontend")) {
			property = qemu_next(frontend, property, "property");
			if (property)
				return property;
		}
	}
	return NULL;
}
