/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files, and whether QEMU gets and may read them. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/build-tree.h"
#include "formats/device-set.h"
#include "formats/lint-parts.h"
#include "formats/qemu-element.h"

void lint_loader(const struct look *look)
{
	xmlNode *loader = xml_find(look->xml, NULL, "os/loader");
	char path[PATH_MAX];

	if (loader && build_tree(xml_content(loader, path, sizeof(path))))
		lint_add(look, LINT_WARNING, loader, "os/loader", lint_migrate(look),
			"%.256s is firmware of somebody's own, which nobody updates and which must "
			"never "
			"move",
			path);
}

/* Does libvirt let QEMU read the file, because an element of its own names it? */
static bool is_named(const struct look *look, const char *path)
{
	char table[PATH_MAX];

	for (xmlNode *is = NULL; (is = lint_next_entry(look, is));)
		if (xml_is(is, "file", path))
			return true;
	for (xmlNode *is = NULL; (is = lint_next_table(look, is));)
		if (!strcmp(xml_content(is, table, sizeof(table)), path))
			return true;
	return false;
}

static bool is_below(const char *path, const char *const *directories)
{
	for (; *directories; directories++)
		if (strncmp(path, *directories, strlen(*directories)) == 0)
			return !strstr(path, "/../");
	return false;
}

/* Is the guest free of the security driver MODEL? */
static bool is_free(const struct look *look, const char *model)
{
	for (xmlNode *is = NULL; (is = xml_next(xml_root(look->xml), is, "seclabel"));)
		if (xml_is(is, "type", "none") &&
			(!xml_get(is, "model") || xml_is(is, "model", model)))
			return true;
	return false;
}

/* A file that libvirt hands to QEMU and tells its security drivers nothing of. */
static void check_path(const struct look *look, xmlNode *node, const char *place, const char *path,
	const char *remedy)
{
	/* libvirt's AppArmor abstraction for QEMU */
	static const char *const apparmor[] = {"/usr/share/qemu/", "/usr/share/qemu-kvm/",
		"/usr/share/kvm/", "/usr/share/vgabios/", "/usr/share/seabios/",
		"/usr/share/sgabios/", "/usr/share/OVMF/", "/usr/share/ovmf/",
		"/usr/share/edk2-ovmf/", NULL};
	static const char *const selinux[] = {"/usr/", NULL};

	if (*path != '/' || is_named(look, path))
		return;
	if (look->host->apparmor && !is_free(look, "apparmor") && !is_below(path, apparmor))
		lint_add(look, LINT_ERROR, node, place, remedy,
			"%.256s: AppArmor lets QEMU read it only below /usr/share/qemu/, or where "
			"libvirt knows of it",
			path);
	else if (look->host->selinux && !is_free(look, "selinux") && !is_below(path, selinux))
		lint_add(look, LINT_WARNING, node, place, remedy,
			"%.256s: libvirt does not label it, so that SELinux lets QEMU read it only "
			"if "
			"its own label allows that",
			path);
}

#define MOVE "move it below /usr/share/qemu/, for everybody to read"

/* vGPU: libvirt permits the files of fw_cfg's items, and so apply makes it one. */
static void check_romfile(
	const struct look *look, xmlNode *node, const char *place, const char *path)
{
	xmlNode *vgpu = lint_next_vgpu(look, NULL);

	check_path(look, node, place, path,
		vgpu && lint_since(look->host->libvirt, 6, 5)
			? "run gpu-handoff guest apply --rom FILE DOMAIN"
			: MOVE);
}

static void check_tables(const struct look *look, xmlNode *arg, char *paths)
{
	char *rest;

	for (char *path = strtok_r(paths, ":", &rest); path; path = strtok_r(NULL, ":", &rest))
		check_path(look, arg, "qemu:commandline", path,
			lint_since(look->host->libvirt, 11, 2) ? lint_migrate(look) : MOVE);
}

void lint_confined(const struct look *look)
{
	char place[PLACE_SIZE], path[PATH_MAX];
	struct device_set set;
	xmlNode *arg = NULL;

	for (xmlNode *is = NULL; (is = lint_next_hostdev(look, is));)
		if (xml_get(xml_next(is, NULL, "rom"), "file"))
			check_path(look, xml_next(is, NULL, "rom"), lint_place_of(is, place),
				xml_get(xml_next(is, NULL, "rom"), "file"), MOVE);
	for (xmlNode *is = NULL; (is = qemu_next_property(look->xml, is));)
		if (xml_is(is, "name", "romfile") && xml_get(is, "value"))
			check_romfile(look, is, "qemu:override", xml_get(is, "value"));
	while ((arg = device_set_next(look->xml, arg, &set)))
		if (!strcmp(set.property, "romfile"))
			check_romfile(look, arg, "qemu:commandline", set.value);
	while (lint_next_file(look, "-acpitable", &arg, path))
		check_tables(look, arg, path);
	for (arg = NULL; lint_next_file(look, "-fw_cfg", &arg, path);)
		check_path(look, arg, "qemu:commandline", path,
			"write it as an <entry> of <sysinfo type='fwcfg'>");
}

/* libvirt does not escape what QEMU's option takes for its own. */
void lint_separators(const struct look *look)
{
	char path[PATH_MAX];
	xmlNode *arg = NULL;

	for (xmlNode *entry = NULL; (entry = lint_next_entry(look, entry));) {
		const char *file = xml_get(entry, "file");

		if (file && strpbrk(file, ",&<>'\""))
			lint_add(look, LINT_ERROR, entry, "sysinfo", "rename the file",
				"%.256s: QEMU gets another name, for libvirt does not escape , & < "
				"> ' \"",
				file);
	}
	for (xmlNode *table = NULL; (table = lint_next_table(look, table));)
		if (strchr(xml_content(table, path, sizeof(path)), ':'))
			lint_add(look, LINT_ERROR, table, "os/acpi", "rename the file",
				"%.256s: QEMU takes it for several files, parted by colons", path);
	while (lint_next_file(look, "-acpitable", &arg, path))
		if (strchr(path, ':'))
			lint_add(look, LINT_NOTE, arg, "qemu:commandline",
				"rename the file if it is one",
				"%.256s: QEMU takes it for several files, parted by colons", path);
}
