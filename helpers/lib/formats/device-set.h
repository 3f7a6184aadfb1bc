/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "formats/xml.h"

/* QEMU's argument `-set device.ALIAS.PROPERTY=VALUE`; the sizes are QEMU's. */
struct device_set {
	char alias[64], property[64];
	const char *value; /* within what was parsed */
};

/* The next <qemu:arg> after ARG (NULL: the first) that is one, behind a -set. */
xmlNode *device_set_next(const struct xml *xml, xmlNode *arg, struct device_set *out);

/*
 * Reads "hostdevN". That is what libvirt calls the Nth <hostdev> that has no <alias
 * name='ua-...'/>; an <interface type='hostdev'> is counted before all of these.
 */
bool device_hostdev_number(const char *alias, size_t *number);

/* Does the device bear a name of its user's, ua-...? */
bool device_is_named(xmlNode *device);

/* The device that libvirt calls ALIAS: hostdevN, or ua-...; NULL: there is none. */
xmlNode *device_find(const struct xml *xml, const char *alias);
