/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "formats/xml.h"
#include "guest/versions.h"

/* The tables that are the same for every guest, as they are installed (formats/ssdt.h writes them).
 * AppArmor lets QEMU read there. */
#define TABLES_BATTERY TABLEDIR "/battery.aml"
#define TABLES_VBIOS   TABLEDIR "/vbios.aml"

/*
 * The guest's ACPI gets the table in the file PATH (absolute, without commas and colons), once: as
 * <table type='raw'>, or by -acpitable where libvirt has none. Returns 0, -EINVAL if there is no
 * <os> or the path is too long (WHY set), or xml_append's errors.
 */
int tables_add(struct xml *xml, const char *path, const struct versions *versions, struct msg *why);
