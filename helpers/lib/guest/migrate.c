/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/migrate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "formats/build-tree.h"
#include "formats/qemu-element.h"
#include "guest/migrate-parts.h"
#include "guest/override.h"

/* Elements whose prefix nothing binds mean nothing to libvirt. */
int migrate_namespace(struct xml *xml, struct msg *why)
{
	static const char prefix[] = "qemu:";

	for (xmlNode *node = NULL; (node = xml_next(xml_root(xml), node, NULL));)
		if (!node->ns && strncmp((const char *)node->name, prefix, strlen(prefix)) == 0)
			return override_namespace(xml, why);
	return 0;
}

/* A number or boolean that an override spells as -set does, which libvirt refuses. */
static bool is_misspelled(xmlNode *property, char **right)
{
	static const enum override_type types[] = {
		OVERRIDE_UNSIGNED, OVERRIDE_SIGNED, OVERRIDE_BOOL};
	const char *value = xml_get(property, "value");
	bool hex = value && strncasecmp(value + strspn(value, "-"), "0x", 2) == 0;

	for (size_t i = 0; value && i < sizeof(types) / sizeof(*types); i++) {
		if (!xml_is(property, "type", override_type_name(types[i])))
			continue;
		/* 010 is ten there */
		if ((types[i] != OVERRIDE_BOOL && !hex) ||
			override_value(types[i], value, right, NULL) < 0)
			return false;
		if (strcmp(value, *right) != 0)
			return true;
		free(*right);
	}
	return false;
}

int migrate_numbers(struct xml *xml, struct msg *why)
{
	xmlNode *property = NULL;
	char *right;
	int r = 0;

	while (!r && (property = qemu_next_property(xml, property)))
		if (is_misspelled(property, &right)) {
			r = xml_set(xml, property, "value", right, why);
			free(right);
			property = NULL;
		}
	return r;
}

int migrate_loader(struct xml *xml, const struct migrate_loader *loader, struct msg *why)
{
	xmlNode *is = xml_find(xml, NULL, "os/loader"), *nvram;
	char path[4096];
	int r;

	if (!is || !loader->code || !build_tree(xml_content(is, path, sizeof(path))))
		return 0;
	r = xml_set_content(xml, is, loader->code, why);
	if (r || !loader->vars)
		return r;
	nvram = xml_find(xml, NULL, "os/nvram");
	return nvram ? xml_set(xml, nvram, "template", loader->vars, why) : 0;
}

/* Mesa has no driver of that name any more. */
int migrate_environment(struct xml *xml, struct msg *why)
{
	xmlNode *env = NULL;
	int r = 0;

	while (!r && (env = qemu_next_of(xml, "commandline", env, "env")))
		if (xml_is(env, "name", "MESA_LOADER_DRIVER_OVERRIDE") &&
			xml_is(env, "value", "i965")) {
			r = xml_remove(xml, env, why);
			env = NULL;
		}
	return r;
}

int migrate(struct xml *xml, const struct migrate_host *host, struct msg *why)
{
	int r = migrate_namespace(xml, why);

	if (!r)
		r = migrate_sets(xml, &host->versions, why);
	if (!r)
		r = migrate_numbers(xml, why);
	if (!r)
		r = override_clean(xml, why);
	if (!r)
		r = migrate_loader(xml, &host->loader, why);
	if (!r)
		r = migrate_tables(xml, host, why);
	if (!r)
		r = migrate_environment(xml, why);
	return r ? r : commandline_clean(xml, why);
}
