/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <limits.h>

#include "formats/address.h"
#include "formats/lint.h"

/* For formats/lint*.c. */

/* What a trap looks at, and where it puts what it finds. */
struct look {
	const struct xml *xml;
	const struct lint_host *host;
	struct lint *out;
};

/* A finding at NODE, in words of FORMAT. */
void lint_add(const struct look *look, enum lint_severity severity, xmlNode *node,
	const char *place, const char *remedy, const char *format, ...)
	__attribute__((format(printf, 6, 7)));

/* Is the host's version (0: not known) MAJOR.MINOR or later? What is not known is of today. */
bool lint_since(unsigned long version, unsigned long major, unsigned long minor);

/* What renews a domain, unless (lint_migrate_works) it would refuse: there is a -set of a host
 * device, which nothing can take the place of. */
#define LINT_MIGRATE "run gpu-handoff guest migrate DOMAIN"
bool lint_migrate_works(const struct look *look);
const char *lint_migrate(const struct look *look); /* LINT_MIGRATE, or what makes it work first */

/* Do the devices come as JSON, so that -set finds none of them? */
bool lint_devices_are_json(const struct look *look);

/* Walks over the hostdevs. The next one after HOSTDEV (NULL: the first). */
xmlNode *lint_next_hostdev(const struct look *look, xmlNode *hostdev);
xmlNode *lint_next_gpu(const struct look *look, xmlNode *hostdev); /* of the host's */
xmlNode *lint_next_vgpu(const struct look *look, xmlNode *hostdev); /* mdev of vfio-pci */

/* The host's function that it is, as sysfs spells it. Returns false if it is none of PCI. */
bool lint_host_address(xmlNode *hostdev, char out[static ADDRESS_SIZE]);

/* "hostdev 0000:01:00.0", "hostdev UUID" */
enum { PLACE_SIZE = sizeof(((struct lint_finding *)0)->place) };
const char *lint_place_of(xmlNode *hostdev, char out[static PLACE_SIZE]);

/* Is the GPU NVIDIA's, as far as is known? */
bool lint_is_nvidia(const struct look *look, xmlNode *gpu);

/* A property of a device as <qemu:override> or -set say it, NULL: they do not. *NODE is where. */
const char *lint_property(
	const struct look *look, xmlNode *device, const char *name, xmlNode **node);

/* The next <table> of the guest's ACPI, the next <entry> of <sysinfo type='fwcfg'>, after the given
 * one (NULL: the first). */
xmlNode *lint_next_table(const struct look *look, xmlNode *table);
xmlNode *lint_next_entry(const struct look *look, xmlNode *entry);

/*
 * The next file after ARG (NULL: the first) that an argument of OPTION names with file=: OUT, cut
 * at PATH_MAX. *ARG is the argument.
 */
bool lint_next_file(
	const struct look *look, const char *option, xmlNode **arg, char out[static PATH_MAX]);

/* The tables that the guest's ACPI gets. */
struct lint_tables {
	bool battery, vbios; /* those that gpu-handoff installs */
	bool others;
	bool item; /* the fw_cfg item that vbios reads */
	xmlNode *at; /* the table vbios, or else the item */
};
void lint_read_tables(const struct look *look, struct lint_tables *out);

/* One trap each. */
typedef void lint_trap(const struct look *look);
lint_trap lint_set_hostdev, lint_set_other, lint_namespace, lint_override_dropped,
	lint_override_value, lint_override_empty, lint_override_nobody, lint_i965;
lint_trap lint_address, lint_split, lint_multifunction, lint_managed, lint_machine, lint_bios,
	lint_rom_shown, lint_no_rom, lint_hidden, lint_vendor_id;
lint_trap lint_video, lint_gl, lint_ramfb_missing, lint_ramfb_alone, lint_resolution;
lint_trap lint_loader, lint_slic, lint_confined, lint_separators, lint_vbios, lint_battery;
