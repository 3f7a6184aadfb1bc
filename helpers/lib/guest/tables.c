/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/tables.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest/order.h"
#include "guest/override.h"

/* What libvirt writes before <acpi> within <os>. */
#define BEFORE_ACPI                                                                                \
	"type|firmware|init|initarg|initenv|initdir|inituser|initgroup|loader|nvram|varstore|"     \
	"kernel|initrd|cmdline|dtb|shim|root"

static bool has_table(const struct xml *xml, const char *path)
{
	xmlNode *acpi = xml_find(xml, NULL, "os/acpi"), *table = NULL;
	char content[PATH_MAX];

	while (acpi && (table = xml_next(acpi, table, "table")))
		if (xml_is(table, "type", "raw") &&
			!strcmp(xml_content(table, content, sizeof(content)), path))
			return true;
	return false;
}

static int add_raw(struct xml *xml, const char *path, struct msg *why)
{
	char *escaped = NULL, *fragment = NULL;
	xmlNode *acpi;
	int r = order_child(xml, "os", "acpi", BEFORE_ACPI, &acpi, why);

	if (r)
		return r;
	if (xml_escape(path, &escaped) == 0 &&
		asprintf(&fragment, "<table type='raw'>%s</table>", escaped) >= 0)
		r = xml_append(xml, acpi, fragment, why);
	else
		r = msg_fail(why, ENOMEM, "not enough memory for the domain's XML");
	free(escaped);
	free(fragment);
	return r;
}

int tables_add(struct xml *xml, const char *path, const struct versions *versions, struct msg *why)
{
	char argument[PATH_MAX];

	if ((size_t)snprintf(argument, sizeof(argument), "file=%s", path) >= sizeof(argument))
		return msg_fail(why, EINVAL, "the path of a table is too long");
	if (has_table(xml, path) || commandline_find(xml, "-acpitable", argument))
		return 0;
	return versions_raw_tables(versions) ? add_raw(xml, path, why)
					     : commandline_add(xml, "-acpitable", argument, why);
}
