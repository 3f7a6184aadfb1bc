/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tables that the guest's ACPI gets, and the ROM that one of them hands on. */
#include <stdio.h>
#include <string.h>

#include "formats/lint-parts.h"
#include "formats/qemu-element.h"
#include "formats/ssdt.h"

#define BATTERY TABLEDIR "/battery.aml"
#define VBIOS	TABLEDIR "/vbios.aml"

xmlNode *lint_next_table(const struct look *look, xmlNode *table)
{
	xmlNode *acpi = xml_find(look->xml, NULL, "os/acpi");

	return acpi ? xml_next(acpi, table, "table") : NULL;
}

xmlNode *lint_next_entry(const struct look *look, xmlNode *entry)
{
	xmlNode *root = xml_root(look->xml);
	xmlNode *sysinfo = entry ? entry->parent : xml_next(root, NULL, "sysinfo");

	for (; sysinfo; sysinfo = xml_next(root, sysinfo, "sysinfo"), entry = NULL)
		if (xml_is(sysinfo, "type", "fwcfg") && (entry = xml_next(sysinfo, entry, "entry")))
			break;
	return sysinfo ? entry : NULL;
}

void lint_slic(const struct look *look)
{
	char path[PATH_MAX], remedy[256];

	snprintf(remedy, sizeof(remedy), "%s, or leave it if it is a licence", lint_migrate(look));
	for (xmlNode *table = NULL; (table = lint_next_table(look, table));)
		if (xml_is(table, "type", "slic"))
			lint_add(look, LINT_WARNING, table, "os/acpi", remedy,
				"%.256s comes as SLIC: whatever it is, the guest gets it with that "
				"signature, so that a battery in it is lost",
				xml_content(table, path, sizeof(path)));
}

bool lint_next_file(
	const struct look *look, const char *option, xmlNode **arg, char out[static PATH_MAX])
{
	xmlNode *before = *arg, *is = *arg;

	for (; (is = qemu_next_arg(look->xml, is)); before = is) {
		const char *value = xml_get(is, "value"), *file;
		const char *dash = before ? xml_get(before, "value") : NULL;

		if (!value || !dash || strcmp(dash + (strncmp(dash, "--", 2) == 0), option) != 0)
			continue;
		file = strncmp(value, "file=", 5) == 0 ? value : strstr(value, ",file=");
		if (!file)
			continue;
		file = strchr(file, '=') + 1;
		snprintf(out, PATH_MAX, "%.*s", (int)strcspn(file, ","), file);
		*arg = is;
		return true;
	}
	return false;
}

static void add_table(struct lint_tables *out, xmlNode *at, const char *path)
{
	if (!strcmp(path, BATTERY)) {
		out->battery = true;
	} else if (!strcmp(path, VBIOS)) {
		out->vbios = true;
		out->at = at;
	} else {
		out->others = true;
	}
}

void lint_read_tables(const struct look *look, struct lint_tables *out)
{
	char path[PATH_MAX];
	xmlNode *arg = NULL;

	*out = (struct lint_tables){.at = NULL};
	for (xmlNode *is = NULL; (is = lint_next_entry(look, is));)
		if (xml_is(is, "name", SSDT_FW_CFG)) {
			out->item = true;
			out->at = is;
		}
	while ((arg = qemu_next_arg(look->xml, arg)))
		if (xml_get(arg, "value") && strstr(xml_get(arg, "value"), "name=" SSDT_FW_CFG)) {
			out->item = true;
			out->at = arg;
		}
	for (xmlNode *table = NULL; (table = lint_next_table(look, table));)
		add_table(out, table, xml_content(table, path, sizeof(path)));
	while (lint_next_file(look, "-acpitable", &arg, path))
		add_table(out, arg, path);
}

#define APPLY "run gpu-handoff guest apply --vbios FILE DOMAIN"

void lint_vbios(const struct look *look)
{
	struct lint_tables tables;

	lint_read_tables(look, &tables);
	if (tables.vbios && !tables.item)
		lint_add(look, LINT_WARNING, tables.at, "os/acpi", APPLY,
			"the table that answers for the card's ROM reads the fw_cfg "
			"item " SSDT_FW_CFG ", and there is none");
	else if (tables.item && !tables.vbios && !tables.others)
		lint_add(look, LINT_WARNING, tables.at, "sysinfo", APPLY,
			"no ACPI table reads the card's ROM in " SSDT_FW_CFG);
}

void lint_battery(const struct look *look)
{
	struct lint_tables tables;

	lint_read_tables(look, &tables);
	if (tables.vbios && !tables.battery && !tables.others)
		lint_add(look, LINT_NOTE, tables.at, "os/acpi",
			"run gpu-handoff guest apply --battery DOMAIN",
			"the guest has the ROM of a laptop's card, whose driver refuses a laptop "
			"without "
			"a battery");
}
