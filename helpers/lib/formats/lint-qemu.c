/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What stands in libvirt's namespace for QEMU, or should. */
#include <string.h>

#include "formats/device-set.h"
#include "formats/lint-parts.h"
#include "formats/qemu-element.h"

#define OVERRIDE_IT "give the device an <alias name='ua-...'/> and write a <qemu:override> for that"

/* Before that libvirt drops it, whatever stands in it. */
static bool knows_override(const struct look *look)
{
	return lint_since(look->host->libvirt, 8, 2);
}

void lint_set_hostdev(const struct look *look)
{
	struct device_set set, first = {.alias = ""};
	xmlNode *at = NULL;
	size_t count = 0;

	for (xmlNode *arg = NULL; (arg = device_set_next(look->xml, arg, &set));) {
		if (!device_find(look->xml, set.alias) || count++ > 0)
			continue;
		at = arg;
		first = set;
	}
	if (count > 0 && lint_devices_are_json(look))
		lint_add(look, LINT_ERROR, at, "qemu:commandline",
			lint_migrate_works(look)
				? LINT_MIGRATE
				: "remove them (<hostdev> has display= and ramfb= of its own), or "
				  "update libvirt to 8.2 or later and " LINT_MIGRATE,
			"%zu -set of host devices (%s.%s): libvirt hands devices over as JSON, "
			"where "
			"-set does not find them: 'there is no device \"%s\" defined'",
			count, first.alias, first.property, first.alias);
}

/* Is there a -device of the user's with id=ALIAS? */
static bool is_defined(const struct look *look, const char *alias)
{
	size_t length = strlen(alias);

	for (xmlNode *arg = NULL; (arg = qemu_next_arg(look->xml, arg));) {
		const char *at = xml_get(arg, "value");

		while (at && (at = strstr(at, "id="))) {
			at += 3;
			if (strncmp(at, alias, length) == 0 && (!at[length] || at[length] == ','))
				return true;
		}
	}
	return false;
}

void lint_set_other(const struct look *look)
{
	struct device_set set;

	if (!lint_devices_are_json(look))
		return;
	for (xmlNode *arg = NULL; (arg = device_set_next(look->xml, arg, &set));)
		if (!device_find(look->xml, set.alias) && !is_defined(look, set.alias))
			lint_add(look, LINT_ERROR, arg, "qemu:commandline",
				knows_override(look) ? OVERRIDE_IT
						     : "remove it, or update libvirt to 8.2 or "
						       "later and " OVERRIDE_IT,
				"-set device.%s.%s: libvirt hands devices over as JSON, where -set "
				"does "
				"not find them: 'there is no device \"%s\" defined'",
				set.alias, set.property, set.alias);
}

/* What there is in that namespace; other drivers have a <commandline> in theirs. */
static bool is_of_qemu(const xmlNode *node)
{
	static const char *const names[] = {
		"commandline", "override", "capabilities", "deprecation"};
	const char *name = (const char *)node->name;

	if (node->ns && !(node->ns->prefix && !strcmp((const char *)node->ns->prefix, "qemu")) &&
		!strstr((const char *)node->ns->href, "qemu"))
		return false;
	if (strncmp(name, "qemu:", 5) == 0) /* as libxml2 names what has an unbound prefix */
		name += 5;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

void lint_namespace(const struct look *look)
{
	for (xmlNode *node = NULL; (node = xml_next(xml_root(look->xml), node, NULL));) {
		bool unbound = !node->ns && strchr((const char *)node->name, ':');

		if (!is_of_qemu(node) || qemu_is(node, (const char *)node->name))
			continue;
		lint_add(look, LINT_ERROR, node, (const char *)node->name,
			unbound ? lint_migrate(look)
				: "write it with the prefix qemu:, and xmlns:qemu='" XML_QEMU
				  "' in <domain>",
			"is not in the namespace " XML_QEMU ", so that libvirt drops it silently");
	}
}

void lint_override_dropped(const struct look *look)
{
	xmlNode *at = NULL;
	size_t count = 0;

	for (xmlNode *is = NULL; (is = qemu_next_property(look->xml, is));)
		if (count++ == 0)
			at = is->parent->parent->parent;
	if (count > 0 && !knows_override(look))
		lint_add(look, LINT_ERROR, at, "qemu:override",
			lint_devices_are_json(look)
				? "update libvirt to 8.2 or later; an older one has no other way "
				  "with QEMU 6.2 or later"
				: "write each as -set device.ALIAS.PROPERTY=VALUE into "
				  "<qemu:commandline>, or update libvirt to 8.2 or later",
			"libvirt knows it as of 8.2 and drops it silently before: none of the %zu "
			"properties in it is set",
			count);
}

/* As libvirt reads the values: numbers in decimal, true and false. */
static bool is_refused(xmlNode *property)
{
	const char *value = xml_get(property, "value");

	if (!value)
		return false;
	if (xml_is(property, "type", "bool"))
		return strcmp(value, "true") != 0 && strcmp(value, "false") != 0;
	if (xml_is(property, "type", "signed"))
		value += *value == '-';
	else if (!xml_is(property, "type", "unsigned"))
		return false;
	return !*value || value[strspn(value, "0123456789")];
}

void lint_override_value(const struct look *look)
{
	xmlNode *at = NULL;
	size_t count = 0;

	if (!knows_override(look))
		return;
	for (xmlNode *is = NULL; (is = qemu_next_property(look->xml, is));)
		if (is_refused(is) && count++ == 0)
			at = is;
	if (count > 0)
		lint_add(look, LINT_ERROR, at, "qemu:override", LINT_MIGRATE,
			"%zu values that libvirt refuses (%s='%s'): numbers are in decimal there, "
			"and "
			"booleans true or false",
			count, xml_get(at, "name") ? xml_get(at, "name") : "",
			xml_get(at, "value"));
}

void lint_override_empty(const struct look *look)
{
	bool past = look->host->libvirt >= 9000000;

	if (!knows_override(look))
		return;
	for (xmlNode *is = NULL; (is = qemu_next(xml_root(look->xml), is, "override"));)
		if (!qemu_next(is, NULL, "device"))
			lint_add(look, past ? LINT_NOTE : LINT_ERROR, is, "qemu:override",
				LINT_MIGRATE, "is empty, which crashes libvirt 8.4");
}

void lint_override_nobody(const struct look *look)
{
	size_t number;

	if (!knows_override(look))
		return;
	for (xmlNode *is = NULL; (is = qemu_next_device(look->xml, is));) {
		const char *alias = xml_get(is, "alias");

		if (!alias || device_find(look->xml, alias) ||
			(strncmp(alias, "ua-", 3) != 0 && !device_hostdev_number(alias, &number)))
			continue;
		lint_add(look, LINT_WARNING, is, "qemu:override",
			"write the alias that the device has",
			"is for '%s', and no device is called so: libvirt ignores it", alias);
	}
}

void lint_i965(const struct look *look)
{
	for (xmlNode *env = NULL; (env = qemu_next_of(look->xml, "commandline", env, "env"));)
		if (xml_is(env, "name", "MESA_LOADER_DRIVER_OVERRIDE") &&
			xml_is(env, "value", "i965"))
			lint_add(look, LINT_WARNING, env, "qemu:commandline", lint_migrate(look),
				"MESA_LOADER_DRIVER_OVERRIDE=i965: Mesa has no such driver since "
				"22.0, and "
				"QEMU no OpenGL without it");
}
