/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/fwcfg.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "guest/order.h"
#include "guest/override.h"

#define SYSINFO "sysinfo[@type='fwcfg']"
#define ENTRIES SYSINFO "/entry"

int fwcfg_check_path(const char *path, struct msg *why)
{
	bool good = *path == '/';

	for (const char *p = path; *p; p++)
		if ((unsigned char)*p < ' ' || *p == '\177' || strchr(",&<>'\"", *p))
			good = false;
	return good ? 0
		    : msg_fail(why, EINVAL,
			      "'%s' cannot be given to a guest; use an absolute path without "
			      ", & < > ' \" and control characters",
			      path);
}

static xmlNode *find_entry(const struct xml *xml, const char *name)
{
	size_t count = xml_count(xml, NULL, ENTRIES);

	for (size_t i = 0; i < count; i++) {
		xmlNode *entry = xml_at(xml, NULL, ENTRIES, i);

		if (xml_is(entry, "name", name))
			return entry;
	}
	return NULL;
}

static int add_entry(struct xml *xml, const char *entry, struct msg *why)
{
	xmlNode *sysinfo = xml_find(xml, NULL, SYSINFO);
	char *fragment;
	int r;

	if (sysinfo)
		return xml_append(xml, sysinfo, entry, why);
	if (asprintf(&fragment, "<sysinfo type='fwcfg'>\n  %s\n</sysinfo>", entry) < 0)
		return msg_fail(why, ENOMEM, "not enough memory for the domain's XML");
	r = order_insert(xml, xml_root(xml), ORDER_BEFORE_SYSINFO "|sysinfo", fragment, why);
	free(fragment);
	return r;
}

/* NAME and PATH need no escapes. */
static int set_entry(struct xml *xml, const char *name, const char *path, struct msg *why)
{
	xmlNode *old = find_entry(xml, name);
	char *entry;
	int r;

	if (old && xml_is(old, "file", path))
		return 0;
	if (old && xml_get(old, "file"))
		return xml_set(xml, old, "file", path, why);
	if (asprintf(&entry, "<entry name='%s' file='%s'/>", name, path) < 0)
		return msg_fail(why, ENOMEM, "not enough memory for the domain's XML");
	r = old ? xml_replace(xml, old, entry, why) : add_entry(xml, entry, why);
	free(entry);
	return r;
}

/* The argument that sets the item; NULL: there is none. */
static int find_argument(const struct xml *xml, const char *name, xmlNode **out, struct msg *why)
{
	char *prefix;

	if (asprintf(&prefix, "name=%s,", name) < 0)
		return msg_fail(why, ENOMEM, "not enough memory for the domain's XML");
	*out = commandline_find_prefix(xml, "-fw_cfg", prefix);
	free(prefix);
	return 0;
}

static int set_argument(struct xml *xml, const char *name, const char *path, struct msg *why)
{
	xmlNode *old = NULL;
	char *value;
	int r = find_argument(xml, name, &old, why);

	if (r)
		return r;
	if (asprintf(&value, "name=%s,file=%s", name, path) < 0)
		return msg_fail(why, ENOMEM, "not enough memory for the domain's XML");
	if (!old)
		r = commandline_add(xml, "-fw_cfg", value, why);
	else if (!xml_is(old, "value", value))
		r = xml_set(xml, old, "value", value, why);
	free(value);
	return r;
}

int fwcfg_set(struct xml *xml, const char *name, const char *path, const struct versions *versions,
	struct msg *why)
{
	xmlNode *argument = NULL;
	int r = fwcfg_check_path(path, why);

	if (r)
		return r;
	if (!versions_fwcfg(versions))
		return set_argument(xml, name, path, why);
	r = set_entry(xml, name, path, why);
	if (!r)
		r = find_argument(xml, name, &argument, why);
	/* QEMU refuses an item that is there twice */
	return !r && argument ? commandline_remove(xml, argument, why) : r;
}

bool fwcfg_file(const struct xml *xml, const char *name, char *out, size_t size)
{
	const char *file = xml_get(find_entry(xml, name), "file"), *value;
	xmlNode *argument = NULL;

	if (file)
		return text_copy(out, size, file) == 0;
	if (find_argument(xml, name, &argument, NULL) < 0 || !argument)
		return false;
	value = xml_get(argument, "value");
	value += strlen("name=") + strlen(name) + strlen(",");
	return strncmp(value, "file=", strlen("file=")) == 0 && !strchr(value, ',') &&
	       text_copy(out, size, value + strlen("file=")) == 0;
}
