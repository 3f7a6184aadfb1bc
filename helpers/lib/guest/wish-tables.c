/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/ssdt.h"
#include "guest/fwcfg.h"
#include "guest/order.h"
#include "guest/override.h"
#include "guest/tables.h"
#include "guest/wish.h"

/* What libvirt writes before <acpi> within <os>. */
#define BEFORE_ACPI                                                                                \
	"type|firmware|init|initarg|initenv|initdir|inituser|initgroup|loader|nvram|varstore|"     \
	"kernel|initrd|cmdline|dtb|shim|root"

static bool has_table(const struct xml *xml, const char *path)
{
	static const char tables[] = "os/acpi/table[@type='raw']";
	size_t count = xml_count(xml, NULL, tables);
	char content[PATH_MAX];

	for (size_t i = 0; i < count; i++)
		if (strcmp(xml_content(xml_at(xml, NULL, tables, i), content, sizeof(content)),
			    path) == 0)
			return true;
	return false;
}

static int add_table(
	struct xml *xml, const char *path, const struct versions *versions, struct msg *why)
{
	char argument[PATH_MAX], fragment[PATH_MAX];
	xmlNode *acpi;
	int r;

	snprintf(argument, sizeof(argument), "file=%s", path);
	if (has_table(xml, path) || commandline_find(xml, "-acpitable", argument))
		return 0;
	if (!versions_raw_tables(versions))
		return commandline_add(xml, "-acpitable", argument, why);
	r = order_child(xml, "os", "acpi", BEFORE_ACPI, &acpi, why);
	if (r)
		return r;
	snprintf(fragment, sizeof(fragment), "<table type='raw'>%s</table>", path);
	return xml_append(xml, acpi, fragment, why);
}

int wish_tables(
	struct xml *xml, const struct wish *wish, const struct versions *versions, struct msg *why)
{
	xmlNode *node;
	int r;

	if (!wish->vbios && !wish->battery)
		return 0;
	r = order_child(xml, ".", "features", ORDER_BEFORE_FEATURES, &node, why);
	if (!r)
		r = order_child(xml, "features", "acpi", NULL, &node, why);
	if (!r && wish->vbios)
		r = fwcfg_set(xml, SSDT_FW_CFG, wish->vbios, versions, why);
	if (!r && wish->vbios)
		r = add_table(xml, TABLES_VBIOS, versions, why);
	if (!r && wish->battery)
		r = add_table(xml, TABLES_BATTERY, versions, why);
	return r;
}
