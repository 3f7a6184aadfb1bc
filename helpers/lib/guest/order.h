/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "formats/xml.h"

/*
 * Inserts FRAGMENT as a child of PARENT where libvirt writes it: after the last child that the
 * XPath expression LEADING ("acpi|apic") selects, at the end if there is none. Returns 0 or
 * xml_append's errors.
 */
int order_insert(struct xml *xml, xmlNode *parent, const char *leading, const char *fragment,
	struct msg *why);

/* The same, as the first child element. */
int order_first(struct xml *xml, xmlNode *parent, const char *fragment, struct msg *why);

/*
 * The first child NAME of the element PARENT, a path from <domain> ("." is itself); if there is
 * none, <NAME/> is inserted as order_insert does it, with LEADING NULL as order_first does. Returns
 * 0 and *OUT, -EINVAL if there is no such parent, or xml_append's errors.
 */
int order_child(struct xml *xml, const char *parent, const char *name, const char *leading,
	xmlNode **out, struct msg *why);

/* What libvirt writes before <sysinfo>, <os>, <features> within <domain>. */
#define ORDER_BEFORE_SYSINFO                                                                       \
	"name|uuid|genid|title|description|metadata|maxMemory|memory|currentMemory|blkiotune|"     \
	"memtune|memoryBacking|vcpu|vcpus|iothreads|cputune|numatune|resource"
#define ORDER_BEFORE_OS	      ORDER_BEFORE_SYSINFO "|sysinfo|bootloader|bootloader_args"
#define ORDER_BEFORE_FEATURES ORDER_BEFORE_OS "|os|idmap"
