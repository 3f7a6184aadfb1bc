/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/qemu-element.h"
#include "guest/override.h"

/* QEMU takes an option with one dash or two. */
static bool is_option(const char *argument, const char *option)
{
	if (!argument)
		return false;
	return !strcmp(argument, option) || (*argument == '-' && !strcmp(argument + 1, option));
}

/* The first argument after one with OPTION that begins with the first LENGTH bytes of VALUE, or is
 * VALUE if that is all of them and its end. */
static xmlNode *find(const struct xml *xml, const char *option, const char *value, size_t length)
{
	xmlNode *before = NULL;

	for (xmlNode *arg = NULL; (arg = qemu_next_arg(xml, arg)); before = arg) {
		const char *is = xml_get(arg, "value");

		if (!before || !is || !is_option(xml_get(before, "value"), option))
			continue;
		if (strncmp(is, value, length) == 0)
			return arg;
	}
	return NULL;
}

xmlNode *commandline_find(const struct xml *xml, const char *option, const char *value)
{
	return find(xml, option, value, strlen(value) + 1);
}

xmlNode *commandline_find_prefix(const struct xml *xml, const char *option, const char *prefix)
{
	return find(xml, option, prefix, strlen(prefix));
}

/* Puts the pair behind the last argument, and before the first <qemu:env> if there is none. */
static int add_pair(struct xml *xml, const char *first, const char *second, struct msg *why)
{
	xmlNode *commandline = qemu_next(xml_root(xml), NULL, "commandline");
	xmlNode *child = commandline ? xml_next(commandline, NULL, NULL) : NULL;
	xmlNode *last = NULL;
	char *fragment;
	int r;

	for (xmlNode *arg = NULL; (arg = qemu_next_arg(xml, arg));)
		last = arg;
	if (asprintf(&fragment,
		    commandline ? "<qemu:arg value='%s'/>\n<qemu:arg value='%s'/>"
				: "<qemu:commandline>\n  <qemu:arg value='%s'/>\n"
				  "  <qemu:arg value='%s'/>\n</qemu:commandline>",
		    first, second) < 0)
		return msg_fail(why, ENOMEM, "not enough memory");
	if (last)
		r = xml_insert_after(xml, last, fragment, why);
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
	if (!r && (xml_escape(option, &first) || xml_escape(value, &second)))
		r = msg_fail(why, ENOMEM, "not enough memory");
	if (!r)
		r = add_pair(xml, first, second, why);
	free(first);
	free(second);
	return r;
}

static xmlNode *arg_at(const struct xml *xml, size_t index)
{
	xmlNode *arg = qemu_next_arg(xml, NULL);

	while (arg && index-- > 0)
		arg = qemu_next_arg(xml, arg);
	return arg;
}

int commandline_remove(struct xml *xml, xmlNode *value, struct msg *why)
{
	size_t at = 0;
	int r;

	for (xmlNode *arg = NULL; (arg = qemu_next_arg(xml, arg)) && arg != value;)
		at++;
	if (at == 0)
		return msg_fail(why, EINVAL, "a <qemu:arg> follows no option");
	r = xml_remove(xml, value, why);
	if (!r)
		r = xml_remove(xml, arg_at(xml, at - 1), why);
	return r ? r : commandline_clean(xml, why);
}

int commandline_clean(struct xml *xml, struct msg *why)
{
	xmlNode *empty = xml_find(xml, NULL, "qemu:commandline[not(*|comment())]");

	return empty ? xml_remove(xml, empty, why) : 0;
}
