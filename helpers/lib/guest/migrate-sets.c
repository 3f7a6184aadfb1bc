/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "formats/device-set.h"
#include "formats/qemu-element.h"
#include "guest/migrate-parts.h"
#include "guest/override.h"

/* More than a guest has slots for. */
enum { HOSTDEVS_MAX = 1024 };

/* The user aliases of what libvirt called hostdev0, hostdev1...; "": as before. An alias changes
 * the numbers of those behind, so all are chosen before an argument is looked at. */
struct names {
	size_t count;
	char (*alias)[ALIAS_SIZE];
};

/* The user alias of the device that an argument speaks of, NULL: there is none. */
static const char *resolve(
	const struct xml *xml, const struct names *names, const struct device_set *set)
{
	size_t number;

	if (device_hostdev_number(set->alias, &number))
		return number < names->count ? names->alias[number] : NULL;
	return device_find(xml, set->alias) ? set->alias : NULL;
}

/* The first -set of a device that is there, of PROPERTY if that is not NULL. */
static xmlNode *next_set(const struct xml *xml, const struct names *names, const char *property,
	struct device_set *out)
{
	xmlNode *arg = NULL;

	while ((arg = device_set_next(xml, arg, out)))
		if (resolve(xml, names, out) && (!property || !strcmp(out->property, property)))
			break;
	return arg;
}

/* Is the device of the override called hostdevN? */
static bool is_numbered(xmlNode *device, size_t *number)
{
	const char *alias = xml_get(device, "alias");

	return alias && device_hostdev_number(alias, number);
}

/* Does an argument or an override speak of hostdevNUMBER? */
static bool is_meant(const struct xml *xml, size_t number)
{
	struct device_set set;
	size_t is;

	for (xmlNode *arg = NULL; (arg = device_set_next(xml, arg, &set));)
		if (device_hostdev_number(set.alias, &is) && is == number)
			return true;
	for (xmlNode *device = NULL; (device = qemu_next_device(xml, device));)
		if (is_numbered(device, &is) && is == number)
			return true;
	return false;
}

static const char *alias_for(xmlNode *hostdev)
{
	if (xml_is(hostdev, "type", "mdev"))
		return "ua-vgpu";
	return xml_is(hostdev, "type", "pci") ? "ua-dgpu" : "ua-hostdev";
}

/* The places among all <hostdev> of those that libvirt numbers. */
static size_t find_numbered(const struct xml *xml, size_t place[static HOSTDEVS_MAX])
{
	xmlNode *devices = xml_find(xml, NULL, "devices");
	size_t count = 0, at = 0;

	for (xmlNode *hostdev = NULL; devices && count < HOSTDEVS_MAX &&
				      (hostdev = xml_next(devices, hostdev, "hostdev"));
		at++)
		if (!device_is_named(hostdev))
			place[count++] = at;
	return count;
}

static int choose_names(struct xml *xml, struct names *names, struct msg *why)
{
	size_t place[HOSTDEVS_MAX], count = find_numbered(xml, place);
	int r = 0;

	names->alias = calloc(count + 1, sizeof(*names->alias));
	if (!names->alias)
		return msg_fail(why, ENOMEM, "not enough memory");
	names->count = count;
	for (size_t i = 0; !r && i < count; i++) {
		xmlNode *hostdev = xml_at(xml, NULL, "devices/hostdev", place[i]);

		if (is_meant(xml, i))
			r = override_alias(xml, hostdev, alias_for(hostdev), names->alias[i], why);
	}
	return r;
}

/* Overrides that name a device by its number follow it. */
static int rename_overrides(struct xml *xml, const struct names *names, struct msg *why)
{
	xmlNode *device = NULL;
	size_t number;
	int r = 0;

	while (!r && (device = qemu_next_device(xml, device))) {
		if (!is_numbered(device, &number) || number >= names->count)
			continue;
		r = xml_set(xml, device, "alias", names->alias[number], why);
		device = NULL;
	}
	return r;
}

/* By what it looks like; a file may look like anything. */
static enum override_type type_of(const struct device_set *set)
{
	static const enum override_type types[] = {
		OVERRIDE_BOOL, OVERRIDE_UNSIGNED, OVERRIDE_SIGNED};
	char *value;

	for (size_t i = 0; strcmp(set->property, "romfile") != 0 && i < 3; i++)
		if (override_value(types[i], set->value, &value, NULL) == 0) {
			free(value);
			return types[i];
		}
	return OVERRIDE_STRING;
}

/*
 * What libvirt says of a vGPU by attributes of <hostdev>. QEMU refuses a ramfb without a display,
 * and libvirt chooses the driver. Returns 1 if the property is one of these, 0, or an error.
 */
static int set_attribute(
	struct xml *xml, const char *alias, const struct device_set *set, struct msg *why)
{
	xmlNode *hostdev = device_find(xml, alias);
	bool on = override_is_true(set->value);
	int r = 0;

	if (!hostdev || !xml_is(hostdev, "type", "mdev"))
		return 0;
	if (!strcmp(set->property, "display"))
		r = xml_set(xml, hostdev, "display", on ? "on" : "off", why);
	else if (!strcmp(set->property, "ramfb") && on && xml_is(hostdev, "display", "on"))
		r = xml_set(xml, hostdev, "ramfb", "on", why);
	else if (strcmp(set->property, "ramfb") != 0 &&
		 (strcmp(set->property, "driver") != 0 || strncmp(set->value, "vfio-pci", 8) != 0))
		return 0;
	return r ? r : 1;
}

static int move_sets(struct xml *xml, const struct names *names, const char *property,
	const struct versions *versions, struct msg *why)
{
	struct device_set set;
	xmlNode *arg;
	int r = 0;

	while (!r && (arg = next_set(xml, names, property, &set))) {
		const char *alias = resolve(xml, names, &set);
		char *value = strdup(set.value);

		if (!value)
			return msg_fail(why, ENOMEM, "not enough memory");
		set.value = value;
		r = commandline_remove(xml, arg, why);
		if (!r)
			r = set_attribute(xml, alias, &set, why);
		if (!r)
			r = override_set(
				xml, alias, set.property, type_of(&set), value, versions, why);
		if (r > 0)
			r = 0;
		free(value);
	}
	return r;
}

/* Where -set still finds devices it only has to follow them: one with a user alias has no number.
 */
static int rename_sets(struct xml *xml, const struct names *names, struct msg *why)
{
	struct device_set set;
	xmlNode *arg = NULL;
	size_t number;
	int r = 0;

	while (!r && (arg = device_set_next(xml, arg, &set))) {
		char *value;

		if (!device_hostdev_number(set.alias, &number) || number >= names->count)
			continue;
		if (asprintf(&value, "device.%s.%s=%s", names->alias[number], set.property,
			    set.value) < 0)
			return msg_fail(why, ENOMEM, "not enough memory");
		r = xml_set(xml, arg, "value", value, why);
		free(value);
		arg = NULL;
	}
	return r;
}

/* Does a -set speak of hostdevN; of a device that has a user alias? */
static void look(const struct xml *xml, bool *numbered, bool *named)
{
	struct device_set set;
	size_t number;

	*numbered = *named = false;
	for (xmlNode *arg = NULL; (arg = device_set_next(xml, arg, &set));)
		if (device_hostdev_number(set.alias, &number))
			*numbered = true;
		else if (device_find(xml, set.alias))
			*named = true;
}

static int check(
	const struct xml *xml, const struct versions *versions, bool numbered, struct msg *why)
{
	unsigned long v = versions->libvirt;

	if (!versions_override(versions) && !versions_set(versions))
		return msg_fail(why, ENOTSUP,
			"with QEMU 6.2 and later, libvirt %lu.%lu.%lu has nothing in the place of "
			"-set device.hostdevN; update libvirt to 8.2 or later",
			v / 1000000, v / 1000 % 1000, v % 1000);
	if (numbered && xml_find(xml, NULL, "devices/interface[@type='hostdev']"))
		return msg_fail(why, EINVAL,
			"whom -set device.hostdevN means is not certain, as libvirt counts the "
			"guest's <interface type='hostdev'> too; write <qemu:override> by hand, or "
			"make it a <hostdev>");
	return 0;
}

int migrate_sets(struct xml *xml, const struct versions *versions, struct msg *why)
{
	struct names names = {0};
	bool numbered, named;
	int r;

	look(xml, &numbered, &named);
	if (!numbered && (!named || (!versions_override(versions) && versions_set(versions))))
		return 0;
	r = check(xml, versions, numbered, why);
	if (!r && numbered)
		r = choose_names(xml, &names, why);
	if (!r && numbered)
		r = rename_overrides(xml, &names, why);
	if (!r && !versions_override(versions)) {
		r = rename_sets(xml, &names, why);
		free(names.alias);
		return r;
	}
	if (!r) /* the ramfb asks for it */
		r = move_sets(xml, &names, "display", versions, why);
	if (!r)
		r = move_sets(xml, &names, NULL, versions, why);
	free(names.alias);
	return r;
}
