/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/override.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/qemu-element.h"

#define DEVICES	 "qemu:override/qemu:device"
#define PROPERTY "<qemu:property name='%s' type='%s' value='%s'/>"

int override_namespace(struct xml *xml, struct msg *why)
{
	for (const xmlNs *ns = xml_root(xml)->nsDef; ns; ns = ns->next) {
		if (!ns->prefix || strcmp((const char *)ns->prefix, "qemu") != 0)
			continue;
		if (strcmp((const char *)ns->href, XML_QEMU) == 0)
			return 0;
		return msg_fail(why, EINVAL,
			"<domain> binds the prefix qemu to '%s', which libvirt does not know; "
			"write xmlns:qemu='" XML_QEMU "'",
			(const char *)ns->href);
	}
	return xml_set(xml, xml_root(xml), "xmlns:qemu", XML_QEMU, why);
}

/* The last <qemu:device> for ALIAS; libvirt reads those of every <qemu:override>. */
static xmlNode *find_device(const struct xml *xml, const char *alias)
{
	xmlNode *found = NULL;

	for (xmlNode *device = NULL; (device = qemu_next_device(xml, device));)
		if (xml_is(device, "alias", alias))
			found = device;
	return found;
}

/* The last one of that name for ALIAS: it wins. */
static xmlNode *find_property(const struct xml *xml, const char *alias, const char *name)
{
	xmlNode *found = NULL;

	for (xmlNode *property = NULL; (property = qemu_next_property(xml, property));)
		if (xml_is(property, "name", name) &&
			xml_is(property->parent->parent, "alias", alias))
			found = property;
	return found;
}

/* Appends the property with what there is not yet around it. */
static int add_property(struct xml *xml, const char *alias, const char *name, const char *type,
	const char *value, struct msg *why)
{
	xmlNode *device = find_device(xml, alias);
	xmlNode *frontend = device ? xml_find(xml, device, "qemu:frontend") : NULL;
	xmlNode *override = xml_find(xml, NULL, "qemu:override");
	char *fragment;
	int n, r;

	if (frontend)
		n = asprintf(&fragment, PROPERTY, name, type, value);
	else if (device)
		n = asprintf(&fragment, "<qemu:frontend>\n  " PROPERTY "\n</qemu:frontend>", name,
			type, value);
	else if (override)
		n = asprintf(&fragment,
			"<qemu:device alias='%s'>\n  <qemu:frontend>\n    " PROPERTY
			"\n  </qemu:frontend>\n</qemu:device>",
			alias, name, type, value);
	else
		n = asprintf(&fragment,
			"<qemu:override>\n  <qemu:device alias='%s'>\n    <qemu:frontend>\n"
			"      " PROPERTY
			"\n    </qemu:frontend>\n  </qemu:device>\n</qemu:override>",
			alias, name, type, value);
	if (n < 0)
		return msg_fail(why, ENOMEM, "not enough memory");
	if (!device)
		frontend = override ? override : xml_root(xml);
	else if (!frontend)
		frontend = device;
	r = xml_append(xml, frontend, fragment, why);
	free(fragment);
	return r;
}

static int change_property(struct xml *xml, const char *alias, const char *name, const char *type,
	const char *value, struct msg *why)
{
	xmlNode *property = find_property(xml, alias, name);
	int r = 0;

	if (!xml_is(property, "type", type)) {
		r = xml_set(xml, property, "type", type, why);
		property = find_property(xml, alias, name);
	}
	if (r || xml_is(property, "value", value))
		return r;
	return xml_set(xml, property, "value", value, why);
}

static int write_override(struct xml *xml, const char *alias, const char *name, const char *type,
	const char *value, struct msg *why)
{
	char *escaped[3] = {NULL, NULL, NULL};
	int r;

	if (find_property(xml, alias, name))
		return change_property(xml, alias, name, type, value, why);
	r = override_namespace(xml, why);
	if (!r)
		r = xml_escape(alias, &escaped[0]);
	if (!r)
		r = xml_escape(name, &escaped[1]);
	if (!r)
		r = xml_escape(value, &escaped[2]);
	if (!r)
		r = add_property(xml, escaped[0], escaped[1], type, escaped[2], why);
	for (size_t i = 0; i < 3; i++)
		free(escaped[i]);
	return r;
}

/* The <qemu:arg> that says -set device.ALIAS.PROPERTY=..., and where its value begins. */
static int find_set(const struct xml *xml, const char *alias, const char *property, xmlNode **arg,
	const char **value)
{
	char *prefix;

	if (asprintf(&prefix, "device.%s.%s=", alias, property) < 0)
		return -ENOMEM;
	*arg = commandline_find_prefix(xml, "-set", prefix);
	*value = *arg ? xml_get(*arg, "value") + strlen(prefix) : NULL;
	free(prefix);
	return 0;
}

/* Drops every -set of the property. Returns how many there were, or an error. */
static int drop_set(struct xml *xml, const char *alias, const char *property, struct msg *why)
{
	const char *value;
	xmlNode *arg;
	int count = 0, r;

	while (!(r = find_set(xml, alias, property, &arg, &value)) && arg) {
		r = commandline_remove(xml, arg, why);
		if (r)
			break;
		count++;
	}
	return r ? r : count;
}

/* NORMAL is VALUE as override_value writes it. */
static int write_set(struct xml *xml, const char *alias, const char *property,
	enum override_type type, const char *value, const char *normal, struct msg *why)
{
	char *argument, *old = NULL;
	const char *is;
	xmlNode *arg;
	int r = find_set(xml, alias, property, &arg, &is);

	if (r)
		return r;
	if (arg && override_value(type, is, &old, NULL) == 0) {
		bool same = !strcmp(old, normal);

		free(old);
		if (same)
			return 0;
	}
	if (type == OVERRIDE_BOOL)
		value = !strcmp(normal, "true") ? "on" : "off";
	if (asprintf(&argument, "device.%s.%s=%s", alias, property, value) < 0)
		return msg_fail(why, ENOMEM, "not enough memory");
	r = arg ? xml_set(xml, arg, "value", argument, why)
		: commandline_add(xml, "-set", argument, why);
	free(argument);
	return r;
}

static int refuse(const char *property, const struct versions *versions, struct msg *why)
{
	unsigned long v = versions->libvirt, q = versions->qemu;

	return msg_fail(why, ENOTSUP,
		"libvirt %lu.%lu.%lu with QEMU %lu.%lu.%lu cannot set a device's %s; update "
		"libvirt to "
		"8.2 or later, which knows <qemu:override>",
		v / 1000000, v / 1000 % 1000, v % 1000, q / 1000000, q / 1000 % 1000, q % 1000,
		property);
}

int override_set(struct xml *xml, const char *alias, const char *property, enum override_type type,
	const char *value, const struct versions *versions, struct msg *why)
{
	char *normal;
	int r = override_value(type, value, &normal, why);

	if (r)
		return r;
	if (versions_override(versions)) {
		r = write_override(xml, alias, property, override_type_name(type), normal, why);
		if (!r)
			r = drop_set(xml, alias, property, why);
	} else if (versions_set(versions) && versions_aliases(versions)) {
		r = write_set(xml, alias, property, type, value, normal, why);
	} else {
		r = refuse(property, versions, why);
	}
	free(normal);
	return r < 0 ? r : 0;
}

int override_clean(struct xml *xml, struct msg *why)
{
	static const char *const empty[] = {
		DEVICES "/qemu:frontend[not(*)]", DEVICES "[not(*)]", "qemu:override[not(*)]"};
	xmlNode *node;
	int r = 0;

	for (size_t i = 0; !r && i < sizeof(empty) / sizeof(*empty);)
		if ((node = xml_at(xml, NULL, empty[i], 0)))
			r = xml_remove(xml, node, why);
		else
			i++;
	return r;
}

int override_unset(struct xml *xml, const char *alias, const char *property, struct msg *why)
{
	xmlNode *node;
	int r = drop_set(xml, alias, property, why);
	bool changed = false;

	while (r >= 0 && (node = find_property(xml, alias, property))) {
		r = xml_remove(xml, node, why);
		changed = true;
	}
	if (r < 0)
		return r;
	return changed ? override_clean(xml, why) : 0;
}
