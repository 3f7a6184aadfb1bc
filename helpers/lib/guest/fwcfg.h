/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "formats/xml.h"
#include "guest/versions.h"

/*
 * The guest's QEMU gets the fw_cfg item NAME with what the file PATH holds: as an entry of
 * <sysinfo type='fwcfg'>, whose files libvirt's security drivers label and permit, or as an
 * argument where libvirt is too old for that. An item of that name is changed, and nothing is if
 * it is the same. Returns 0, -EINVAL with WHY set for a path that libvirt or QEMU would not read
 * as it stands, or errors of xml_append and the like.
 */
int fwcfg_set(struct xml *xml, const char *name, const char *path, const struct versions *versions,
	struct msg *why);

/* Copies the path of the file that is the item NAME into OUT, in whatever way the guest gets it.
 * Returns false (OUT untouched) if it has no such item of a file, or the path does not fit. */
bool fwcfg_file(const struct xml *xml, const char *name, char *out, size_t size);

/* Is PATH absolute, and free of what libvirt escapes and QEMU does not read back: , & < > ' " and
 * control characters? Returns 0, or -EINVAL with WHY set. */
int fwcfg_check_path(const char *path, struct msg *why);
