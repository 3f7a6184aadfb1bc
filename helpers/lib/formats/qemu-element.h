/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "formats/xml.h"

/* Walks over what stands in libvirt's namespace for QEMU (XML_QEMU), whatever its prefix. */

/* Is NODE the element NAME of that namespace? */
bool qemu_is(const xmlNode *node, const char *name);

/* The next child NAME of PARENT after NODE (NULL: the first), NULL: there is none. */
xmlNode *qemu_next(xmlNode *parent, xmlNode *node, const char *name);

/* The next child INNER of a child OUTER of <domain>, after NODE (NULL: the first): libvirt reads
 * all of them in document order. */
xmlNode *qemu_next_of(const struct xml *xml, const char *outer, xmlNode *node, const char *inner);

/* The next <qemu:arg> of a <qemu:commandline>; the next <qemu:device> of a <qemu:override>. */
xmlNode *qemu_next_arg(const struct xml *xml, xmlNode *arg);
xmlNode *qemu_next_device(const struct xml *xml, xmlNode *device);

/* The next <qemu:property> of any <qemu:device>. */
xmlNode *qemu_next_property(const struct xml *xml, xmlNode *property);
