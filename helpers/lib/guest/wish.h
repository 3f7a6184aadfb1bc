/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "formats/xml.h"
#include "guest/versions.h"

/*
 * A card of the host, as a guest shall get it: all functions of its slot but bridges. The guest's
 * driver is shown the IDs below; where libvirt and QEMU together have no way to say them they are
 * left out, unless the subsystem is one that the card itself does not show.
 */
struct wish_card {
	unsigned int domain, bus, slot; /* on the host */
	size_t functions; /* the first one is the GPU's */
	unsigned int function[8]; /* in ascending order */
	unsigned int vendor, device, subvendor, subdevice; /* of the GPU; 0: not known */
	bool subsystem_given; /* by a person, and not what sysfs shows */
};

/* What a person wants of a guest. What is not wished for stays as it is. */
struct wish {
	bool vgpu;
	char vgpu_uuid[37]; /* "": the one that the guest has, else one made of the guest's own */
	bool dgpu;
	struct wish_card card;
	enum { WISH_DISPLAY_KEEP, WISH_DISPLAY_OFF, WISH_DISPLAY_ON } display; /* the vGPU's */
	unsigned int width, height; /* the vGPU's resolution; 0: keep */
	const char *rom; /* absolute path of the vGPU's firmware, or NULL */
	const char *vbios; /* absolute path that the dGPU's ROM will have, or NULL */
	bool battery;
	bool hide; /* the hypervisor */
};

/*
 * Edits a domain so that it is as wished for. Done twice it changes nothing. Returns 0, or a
 * negative errno with WHY set (what XML is then does not matter): -ENOTSUP for a guest that cannot
 * have it (no q35, no UEFI, a libvirt that is too old), -ENOSPC for no free slot, -EINVAL for a
 * wish that the domain does not fit, -ENOMEM.
 */
int wish_apply(
	struct xml *xml, const struct wish *wish, const struct versions *versions, struct msg *why);

/* The parts of it, in the order in which they are called. */
int wish_check(const struct xml *xml, const struct wish *wish, struct msg *why);
int wish_dgpu(
	struct xml *xml, const struct wish *wish, const struct versions *versions, struct msg *why);
int wish_vgpu(
	struct xml *xml, const struct wish *wish, const struct versions *versions, struct msg *why);
int wish_display(
	struct xml *xml, const struct wish *wish, const struct versions *versions, struct msg *why);
int wish_tables(
	struct xml *xml, const struct wish *wish, const struct versions *versions, struct msg *why);
int wish_hide(struct xml *xml, const struct wish *wish, struct msg *why);

/* Element of function N of the host's card, NULL: the guest has it not. */
xmlNode *wish_find_function(const struct xml *xml, const struct wish_card *card, unsigned int n);

/* Element of the guest's first vGPU (mdev of model vfio-pci), NULL: it has none. */
xmlNode *wish_find_vgpu(const struct xml *xml);
