/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "formats/xml.h"
#include "guest/versions.h"

/* What libvirt cannot say and QEMU can: properties of devices and arguments. */

enum override_type { OVERRIDE_STRING, OVERRIDE_UNSIGNED, OVERRIDE_SIGNED, OVERRIDE_BOOL };

/* "string", "unsigned", "signed", "bool": as libvirt spells it. */
const char *override_type_name(enum override_type type);

/*
 * VALUE as an override of that type says it: numbers (decimal, 0x.., 0.. as -set takes them) in
 * decimal, booleans (on, off, true, false, yes, no, y, n) as true or false. Returns 0 and *OUT,
 * which the caller frees, -EINVAL if that type has no such value (WHY set), or -ENOMEM.
 */
int override_value(enum override_type type, const char *value, char **out, struct msg *why);

/* Is it a boolean, and true? */
bool override_is_true(const char *value);

/*
 * The alias of a device element, for override_set: its <alias name='ua-…'/>; where it has none it
 * gets the alias NAME (with a number behind it if another device is called so). Returns 0 and
 * OUT, or xml_append's errors.
 */
enum { ALIAS_SIZE = 64 };
int override_alias(struct xml *xml, xmlNode *device, const char *name, char out[static ALIAS_SIZE],
	struct msg *why);

/*
 * Device ALIAS has PROPERTY = VALUE (spelled as override_value takes it):
 * as <qemu:override> in decimal, or as `-set` where libvirt is too old for that and QEMU still
 * knows it. What is there already is changed, and nothing is if it says the same. Returns 0, or
 * -ENOTSUP with WHY set (neither is possible), -EINVAL for a value that its type cannot have, or
 * errors of xml_set and the like.
 */
int override_set(struct xml *xml, const char *alias, const char *property, enum override_type type,
	const char *value, const struct versions *versions, struct msg *why);

/* Takes PROPERTY of ALIAS back, in both forms; elements that are empty then go too (an empty
 * <qemu:override> crashes libvirt 8.4). */
int override_unset(struct xml *xml, const char *alias, const char *property, struct msg *why);

/* Removes what is empty within <qemu:override>, and that itself if it is. Returns 0 or xml_remove's
 * errors. */
int override_clean(struct xml *xml, struct msg *why);

/*
 * QEMU gets the argument pair OPTION VALUE (<qemu:commandline>), once. Returns 0 or xml_append's
 * errors.
 */
int commandline_add(struct xml *xml, const char *option, const char *value, struct msg *why);

/* The <qemu:arg> whose value is VALUE and that follows one with OPTION; NULL: there is none. */
xmlNode *commandline_find(const struct xml *xml, const char *option, const char *value);

/* The first <qemu:arg> that begins with PREFIX and follows one with OPTION; NULL: there is none. */
xmlNode *commandline_find_prefix(const struct xml *xml, const char *option, const char *prefix);

/* Removes that <qemu:arg> and the one before it, and what is empty then. */
int commandline_remove(struct xml *xml, xmlNode *value, struct msg *why);

/* Removes a <qemu:commandline> with nothing in it. Returns 0 or xml_remove's errors. */
int commandline_clean(struct xml *xml, struct msg *why);

/* <domain> declares the prefix `qemu`, without which libvirt drops qemu: elements silently. A
 * fragment with qemu: elements can be inserted only then. */
int override_namespace(struct xml *xml, struct msg *why);
