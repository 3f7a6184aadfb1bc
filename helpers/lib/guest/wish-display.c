/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>

#include "guest/order.h"
#include "guest/override.h"
#include "guest/screen.h"
#include "guest/vgpu.h"

static int find(const struct xml *xml, const struct wish *wish, xmlNode **out, struct msg *why)
{
	int r = vgpu_find(xml, wish, out, why);

	return !r && !*out ? msg_fail(why, EINVAL,
				     "--display and --resolution need a vGPU; "
				     "add --vgpu")
			   : r;
}

static int set_attribute(struct xml *xml, const struct wish *wish, const char *name,
	const char *value, struct msg *why)
{
	xmlNode *vgpu;
	int r = find(xml, wish, &vgpu, why);

	return r || (value && xml_is(vgpu, name, value)) ? r : xml_set(xml, vgpu, name, value, why);
}

static int set_number(struct xml *xml, const char *alias, const char *property, unsigned int value,
	const struct versions *versions, struct msg *why)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", value);
	return override_set(xml, alias, property, OVERRIDE_UNSIGNED, text, versions, why);
}

static int set_resolution(struct xml *xml, const char *alias, const struct wish *wish,
	const struct versions *versions, struct msg *why)
{
	int r = set_number(xml, alias, "xres", wish->width, versions, why);

	return r ? r : set_number(xml, alias, "yres", wish->height, versions, why);
}

/* The boot screen: before the guest has a driver for the vGPU. */
static int set_ramfb(struct xml *xml, const char *alias, const struct wish *wish,
	const struct versions *versions, struct msg *why)
{
	int r;

	if (versions_ramfb(versions)) {
		r = set_attribute(xml, wish, "ramfb", "on", why);
		if (!r)
			r = override_unset(xml, alias, "ramfb", why);
		return r ? r : override_unset(xml, alias, "driver", why);
	}
	r = override_set(xml, alias, "ramfb", OVERRIDE_BOOL, "on", versions, why);
	return r ? r
		 : override_set(xml, alias, "driver", OVERRIDE_STRING, "vfio-pci-nohotplug",
			   versions, why);
}

/* libvirt lets one vGPU have the boot screen. */
static int check_boot_screen(const struct xml *xml, xmlNode *vgpu, struct msg *why)
{
	xmlNode *other = xml_find(xml, NULL, "devices/hostdev[@type='mdev' and @ramfb='on']");
	const char *uuid = other ? xml_get(xml_find(xml, other, "source/address"), "uuid") : NULL;

	if (!other || other == vgpu)
		return 0;
	return msg_fail(why, EINVAL,
		"the guest shows on another vGPU, %.64s; turn that one's display off first: "
		"--vgpu=%.64s --display off",
		uuid ? uuid : "", uuid ? uuid : "");
}

static int turn_on(
	struct xml *xml, const struct wish *wish, const struct versions *versions, struct msg *why)
{
	char alias[ALIAS_SIZE];
	xmlNode *vgpu;
	int r = find(xml, wish, &vgpu, why);

	if (!r)
		r = check_boot_screen(xml, vgpu, why);
	if (!r)
		r = set_attribute(xml, wish, "display", "on", why);
	if (!r)
		r = find(xml, wish, &vgpu, why);
	if (!r)
		r = override_alias(xml, vgpu, "ua-vgpu", alias, why);
	if (!r)
		r = set_ramfb(xml, alias, wish, versions, why);
	if (!r)
		r = override_set(xml, alias, "x-igd-opregion", OVERRIDE_BOOL, "on", versions, why);
	if (!r && wish->width)
		r = set_resolution(xml, alias, wish, versions, why);
	if (!r)
		r = screen_accelerate(xml, why);
	return r ? r : screen_without_video(xml, why);
}

static int turn_off(struct xml *xml, const struct wish *wish, struct msg *why)
{
	static const char *const properties[] = {
		"ramfb", "driver", "x-igd-opregion", "xres", "yres"};
	char alias[ALIAS_SIZE];
	xmlNode *vgpu;
	int r = set_attribute(xml, wish, "display", "off", why);

	if (!r)
		r = set_attribute(xml, wish, "ramfb", NULL, why);
	if (!r)
		r = find(xml, wish, &vgpu, why);
	if (!r && xml_find(xml, vgpu, "alias[starts-with(@name, 'ua-')]")) {
		r = override_alias(xml, vgpu, "ua-vgpu", alias, why);
		for (size_t i = 0; !r && i < sizeof(properties) / sizeof(*properties); i++)
			r = override_unset(xml, alias, properties[i], why);
	}
	return r ? r : screen_with_video(xml, why);
}

/* Of a display that is on already. */
static int change_resolution(
	struct xml *xml, const struct wish *wish, const struct versions *versions, struct msg *why)
{
	char alias[ALIAS_SIZE];
	xmlNode *vgpu;
	int r = find(xml, wish, &vgpu, why);

	if (r)
		return r;
	if (!xml_is(vgpu, "display", "on"))
		return msg_fail(why, EINVAL, "--resolution needs --display on");
	r = override_alias(xml, vgpu, "ua-vgpu", alias, why);
	return r ? r : set_resolution(xml, alias, wish, versions, why);
}

int wish_display(
	struct xml *xml, const struct wish *wish, const struct versions *versions, struct msg *why)
{
	if (wish->width && wish->display == WISH_DISPLAY_OFF)
		return msg_fail(why, EINVAL, "--resolution needs --display on");
	if (wish->display == WISH_DISPLAY_ON)
		return turn_on(xml, wish, versions, why);
	if (wish->display == WISH_DISPLAY_OFF)
		return turn_off(xml, wish, why);
	return wish->width ? change_resolution(xml, wish, versions, why) : 0;
}
