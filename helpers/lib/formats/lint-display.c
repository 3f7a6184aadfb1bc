/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The vGPU and what shows it. */
#include <string.h>

#include "formats/lint-parts.h"
#include "formats/qemu-element.h"

#define APPLY "run gpu-handoff guest apply --display on DOMAIN"

static bool is_on(xmlNode *vgpu)
{
	return xml_is(vgpu, "display", "on");
}

static xmlNode *find_shown(const struct look *look)
{
	xmlNode *vgpu = NULL;

	while ((vgpu = lint_next_vgpu(look, vgpu)) && !is_on(vgpu))
		;
	return vgpu;
}

void lint_video(const struct look *look)
{
	xmlNode *vgpu = find_shown(look);
	xmlNode *model = xml_find(look->xml, NULL, "devices/video/model[not(@type='none')]");

	if (vgpu && model)
		lint_add(look, LINT_WARNING, model, "video", APPLY,
			"a model '%s' beside a vGPU with display='on': the guest has two screens, "
			"and "
			"shows its desktop on the wrong one",
			xml_get(model, "type") ? xml_get(model, "type") : "");
	else if (vgpu && xml_find(look->xml, NULL, "devices/graphics") &&
		 !xml_find(look->xml, NULL, "devices/video/model"))
		lint_add(look, LINT_WARNING, vgpu, "video", APPLY,
			"there is no <video>, so that libvirt adds one beside the vGPU with "
			"display='on'");
}

/* -display gtk,gl=on and -spice gl=on are the user's own ways. */
static bool has_gl(const struct look *look)
{
	static const char *const options[] = {"gl=on", "gl=core", "gl=es", "egl-headless"};

	if (xml_find(look->xml, NULL, "devices/graphics[@type='egl-headless' or gl/@enable='yes']"))
		return true;
	for (xmlNode *arg = NULL; (arg = qemu_next_arg(look->xml, arg));)
		for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++)
			if (xml_get(arg, "value") && strstr(xml_get(arg, "value"), options[i]))
				return true;
	return false;
}

void lint_gl(const struct look *look)
{
	xmlNode *vgpu = find_shown(look);
	char place[PLACE_SIZE];

	if (vgpu && !has_gl(look))
		lint_add(look, LINT_ERROR, vgpu, lint_place_of(vgpu, place), APPLY,
			"has display='on' and no display with OpenGL shows it (spice with gl, "
			"egl-headless): QEMU ends with \"opengl not available\"");
}

void lint_ramfb_missing(const struct look *look)
{
	char place[PLACE_SIZE];
	xmlNode *at;

	for (xmlNode *vgpu = NULL; (vgpu = lint_next_vgpu(look, vgpu));)
		if (is_on(vgpu) && !xml_is(vgpu, "ramfb", "on") &&
			!lint_property(look, vgpu, "ramfb", &at))
			lint_add(look, LINT_WARNING, vgpu, lint_place_of(vgpu, place), APPLY,
				"has no ramfb: the screen is black until the guest's driver is "
				"loaded");
}

void lint_ramfb_alone(const struct look *look)
{
	char place[PLACE_SIZE];

	for (xmlNode *vgpu = NULL; (vgpu = lint_next_vgpu(look, vgpu));)
		if (!is_on(vgpu) && xml_is(vgpu, "ramfb", "on"))
			lint_add(look, LINT_ERROR, vgpu, lint_place_of(vgpu, place), APPLY,
				"has ramfb='on' without display='on', which QEMU refuses");
}

void lint_resolution(const struct look *look)
{
	static const char *const names[] = {"xres", "yres"};
	xmlNode *at;

	for (xmlNode *vgpu = NULL; (vgpu = lint_next_vgpu(look, vgpu));)
		for (size_t i = 0; !is_on(vgpu) && i < 2; i++)
			if (lint_property(look, vgpu, names[i], &at)) {
				lint_add(look, LINT_ERROR, at,
					qemu_is(at, "arg") ? "qemu:commandline" : "qemu:override",
					APPLY ", or --display off",
					"%s of a vGPU without display='on', which QEMU refuses",
					names[i]);
				break;
			}
}
