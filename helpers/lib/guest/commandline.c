/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest/override.h"

/* All of them: libvirt reads the arguments of every <qemu:commandline>, in document order. */
#define ARGS "qemu:commandline/qemu:arg"

/* QEMU takes an option with one dash or two. */
static bool is_option(const char *argument, const char *option)
{
	if (!argument)
		return false;
	return strcmp(argument, option) == 0 || (*argument == '-' && !strcmp(argument + 1, option));
}

static bool matches(const char *argument, const char *value, bool prefix)
{
	if (!argument)
		return false;
	return prefix ? strncmp(argument, value, strlen(value)) == 0 : !strcmp(argument, value);
}

/* Index among ARGS of the value that follows OPTION, or the number of ARGS. */
static size_t find_index(const struct xml *xml, const char *option, const char *value, bool prefix)
{
	size_t count = xml_count(xml, NULL, ARGS);

	for (size_t i = 0; i + 1 < count; i++) {
		if (!is_option(xml_get(xml_at(xml, NULL, ARGS, i), "value"), option))
			continue;
		i++;
		if (matches(xml_get(xml_at(xml, NULL, ARGS, i), "value"), value, prefix))
			return i;
	}
	return count;
}

xmlNode *commandline_find(const struct xml *xml, const char *option, const char *value)
{
	return xml_at(xml, NULL, ARGS, find_index(xml, option, value, false));
}

xmlNode *commandline_find_prefix(const struct xml *xml, const char *option, const char *prefix)
{
	return xml_at(xml, NULL, ARGS, find_index(xml, option, prefix, true));
}

/* Puts the pair behind the last argument, and before the first <qemu:env> if there is none. */
static int add_pair(struct xml *xml, const char *first, const char *second, struct msg *why)
{
	size_t count = xml_count(xml, NULL, ARGS);
	xmlNode *commandline = xml_find(xml, NULL, "qemu:commandline");
	xmlNode *child = commandline ? xml_next(commandline, NULL, NULL) : NULL;
	char *fragment;
	int r;

	if (asprintf(&fragment,
		    commandline ? "<qemu:arg value='%s'/>\n<qemu:arg value='%s'/>"
				: "<qemu:commandline>\n  <qemu:arg value='%s'/>\n  <qemu:arg "
				  "value='%s'/>\n"
				  "</qemu:commandline>",
		    first, second) < 0)
		return -ENOMEM;
	if (count > 0)
		r = xml_insert_after(xml, xml_at(xml, NULL, ARGS, count - 1), fragment, why);
	else if (child)
		r = xml_insert_before(xml, child, fragment, why);
	else
		r = xml_append(xml, commandline ? commandline : xml_root(xml), fragment, why);
	free(fragment);
	return r;
}

int commandline_add(struct xml *xml, const char *option, const char *value, struct msg *why)
{
	char *first = NULL, *second = NULL;
	int r;

	if (commandline_find(xml, option, value))
		return 0;
	r = override_namespace(xml, why);
	if (!r)
		r = xml_escape(option, &first);
	if (!r)
		r = xml_escape(value, &second);
	if (!r)
		r = add_pair(xml, first, second, why);
	free(first);
	free(second);
	return r;
}

int commandline_remove(struct xml *xml, xmlNode *value, struct msg *why)
{
	size_t count = xml_count(xml, NULL, ARGS), at = 0;
	xmlNode *commandline;
	int r;

	while (at < count && xml_at(xml, NULL, ARGS, at) != value)
		at++;
	if (at == 0 || at == count)
		return msg_fail(why, EINVAL, "a <qemu:arg> follows no option");
	r = xml_remove(xml, xml_at(xml, NULL, ARGS, at), why);
	if (!r)
		r = xml_remove(xml, xml_at(xml, NULL, ARGS, at - 1), why);
	commandline =
		r ? NULL : xml_find(xml, NULL, "qemu:commandline[not(node()[normalize-space()])]");
	return commandline ? xml_remove(xml, commandline, why) : r;
}
