/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "formats/qemu-element.h"
#include "guest/migrate-parts.h"
#include "guest/override.h"
#include "guest/tables.h"

/* The file of `-acpitable file=PATH`; NULL for other forms, and for a path that cannot stand in a
 * <table> or means several files. */
static const char *path_of(xmlNode *arg)
{
	static const char file[] = "file=/";
	const char *value = xml_get(arg, "value");

	if (!value || strncmp(value, file, strlen(file)) != 0 || strpbrk(value, ",:"))
		return NULL;
	return value + strlen(file) - 1;
}

static bool is_option(xmlNode *arg)
{
	return arg && (xml_is(arg, "value", "-acpitable") || xml_is(arg, "value", "--acpitable"));
}

/* What the table in the file is called from now on. */
static const char *target(const struct migrate_host *host, const char *path)
{
	return host->is_battery && host->is_battery(path) ? TABLES_BATTERY : path;
}

/* The first argument that another form of the same says better. */
static xmlNode *next_table(const struct xml *xml, const struct migrate_host *host)
{
	xmlNode *before = NULL;

	for (xmlNode *arg = NULL; (arg = qemu_next_arg(xml, arg)); before = arg) {
		const char *path = is_option(before) ? path_of(arg) : NULL;

		if (path && (versions_raw_tables(&host->versions) ||
				    strcmp(target(host, path), path) != 0))
			return arg;
	}
	return NULL;
}

static int move_arguments(struct xml *xml, const struct migrate_host *host, struct msg *why)
{
	xmlNode *arg;
	int r = 0;

	while (!r && (arg = next_table(xml, host))) {
		char *path = strdup(target(host, path_of(arg)));

		if (!path)
			return msg_fail(why, ENOMEM, "not enough memory");
		r = commandline_remove(xml, arg, why);
		if (!r)
			r = tables_add(xml, path, &host->versions, why);
		free(path);
	}
	return r;
}

/* libvirt gives such a table the signature SLIC, so that no guest takes it for an SSDT. */
static xmlNode *next_slic(const struct xml *xml, const struct migrate_host *host)
{
	xmlNode *acpi = xml_find(xml, NULL, "os/acpi"), *table = NULL;
	char path[PATH_MAX];

	while (acpi && (table = xml_next(acpi, table, "table")))
		if (xml_is(table, "type", "slic") && host->is_battery &&
			host->is_battery(xml_content(table, path, sizeof(path))))
			break;
	return table;
}

static int move_slic(struct xml *xml, const struct migrate_host *host, struct msg *why)
{
	xmlNode *table, *empty;
	int r = 0;

	while (!r && (table = next_slic(xml, host))) {
		r = xml_remove(xml, table, why);
		empty = r ? NULL : xml_find(xml, NULL, "os/acpi[not(*|comment())]");
		if (empty)
			r = xml_remove(xml, empty, why);
		if (!r)
			r = tables_add(xml, TABLES_BATTERY, &host->versions, why);
	}
	return r;
}

int migrate_tables(struct xml *xml, const struct migrate_host *host, struct msg *why)
{
	int r = move_slic(xml, host, why);

	return r ? r : move_arguments(xml, host, why);
}
