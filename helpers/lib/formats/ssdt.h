/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>

#include "formats/aml.h"

enum {
	SSDT_PART = 0xf000, /* bytes of a ROM in a table */
	/* QEMU's etc/acpi/tables has 2 MiB; 190 KiB of them are left to its own tables. */
	SSDT_PARTS_MAX = 31,
	SSDT_ROM_MAX = SSDT_PARTS_MAX * SSDT_PART,
};

/* The item of QEMU's fw_cfg that ssdt_vbios reads. */
#define SSDT_FW_CFG "opt/org.gpu-handoff/vbios"

/*
 * Tables for the guest's ACPI, each written into an empty OUT; all return 0 or aml_end's error.
 */

/* A battery that is always full: NVIDIA's driver refuses a laptop without one. */
int ssdt_battery(struct aml *out);

/*
 * _ROM for the function behind the root port at 00:01.0, which answers with the bytes of the
 * fw_cfg item SSDT_FW_CFG; with zeros if there is none.
 */
int ssdt_vbios(struct aml *out);

/* Bytes PART * SSDT_PART... of the ROM, in a table. The parts are loaded before ssdt_rom_method. */
int ssdt_rom_part(const void *rom, size_t length, unsigned int part, struct aml *out);

/* The number of parts that a ROM of that length has. */
unsigned int ssdt_rom_parts(size_t length);

/* The same _ROM, out of that many parts. */
int ssdt_rom_method(unsigned int parts, struct aml *out);
