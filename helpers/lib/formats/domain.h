/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>

#include "base/log.h"
#include "formats/address.h"

/* One host device that a guest's XML names. */
struct domain_hostdev {
	enum domain_hostdev_kind {
		DOMAIN_PCI, /* <hostdev mode='subsystem' type='pci'>, <interface type='hostdev'> */
		DOMAIN_MDEV, /* <hostdev mode='subsystem' type='mdev' model='vfio-pci'> */
	} kind;
	char address[ADDRESS_SIZE]; /* DOMAIN_PCI: the host's function */
	char uuid[37]; /* DOMAIN_MDEV, lower case */
};

enum {
	DOMAIN_HOSTDEVS_MAX = 256,
	DOMAIN_NAME_MAX = 8192,
	DOMAIN_DEPTH_MAX = 256,
	DOMAIN_BYTES_MAX = 16 << 20,
	DOMAIN_STRETCH_MAX =
		4 << 20, /* bytes from one < to the next: a tag and the text after it */
	DOMAIN_ATTRIBUTES_MAX = 100000, /* in all */
};

/* What we need of a libvirt domain (https://libvirt.org/formatdomain.html). */
struct domain {
	char uuid[37]; /* lower case; "" if the XML has none */
	char *name; /* any bytes but NUL */
	size_t hostdevs;
	struct domain_hostdev *hostdev; /* in document order, each device once */
};

/*
 * Reads a domain's XML. Only /domain/uuid, /domain/name and children of /domain/devices count;
 * what stands in <metadata> or elsewhere does not. Numbers of a PCI address are read as libvirt
 * reads them (0x.. hex, 0.. octal, else decimal; a missing domain, bus, slot or function is 0).
 * Hostdevs of other types (usb, scsi, mdev of another model) are left out.
 * The text is UTF-8, as libvirt writes it, whatever it declares.
 *
 * Returns 0 and *OUT (free with domain_free), or a negative errno with the reason in WHY (OUT
 * untouched): -EINVAL for XML that is not well formed, a DOCTYPE, a root other than <domain>, a
 * second or malformed uuid, a missing or second name, an address out of range; -E2BIG for one of
 * the limits above; -ENOMEM.
 */
int domain_parse(const char *xml, size_t length, struct domain **out, struct msg *why);

void domain_free(struct domain *domain);
