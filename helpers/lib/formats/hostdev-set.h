/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "formats/xml.h"

/*
 * QEMU's argument `-set device.hostdevN.PROPERTY=VALUE`. hostdevN is what libvirt calls the Nth
 * <hostdev> that has no <alias name='ua-...'/> (an <interface type='hostdev'> is counted before
 * all of these).
 */
struct hostdev_set {
	size_t number; /* N */
	char property[64]; /* as long as QEMU takes it */
	const char *value; /* within what was parsed */
};

/* Reads "device.hostdevN.PROPERTY=VALUE", the argument after -set. */
bool hostdev_set_parse(const char *text, struct hostdev_set *out);

/* Reads "hostdevN"; LENGTH bytes of TEXT. */
bool hostdev_name_parse(const char *text, size_t length, size_t *number);

/* Is that <hostdev> called ua-... by its user? */
bool hostdev_is_named(xmlNode *hostdev);

/* The <hostdev> that libvirt calls hostdevNUMBER, NULL: there is none. *INDEX (may be NULL) is its
 * place among all <hostdev>, from 0. */
xmlNode *hostdev_of_number(const struct xml *xml, size_t number, size_t *index);
