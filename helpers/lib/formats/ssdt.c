/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/ssdt.h"

#include <errno.h>
#include <string.h>

/* The names of devices as QEMU's DSDT has them. */
#define BUS  "\\_SB.PCI0"
#define PORT BUS ".S08"
#define SLOT PORT ".S00"

enum {
	DEVICE = 6, /* object types, as external has them */
	BUFFER = 3,
	PAGE = 0x1000, /* what a driver may ask for at once */
	/* A loop of ACPICA has a limit, of older ones 65,535 turns: one loop reads no more. */
	FW_CFG_PART = 0x8000,
	FW_CFG_PARTS = 64,
	AT_ONCE = 8, /* bytes in a turn of that loop */
};

static void header(struct aml *out, const char *table, unsigned int number)
{
	struct aml_header h = {.signature = {'S', 'S', 'D', 'T'},
		.oem = {'G', 'P', 'U', 'H', 'N', 'D'},
		.creator = {'G', 'P', 'U', 'H'},
		.revision = 1,
		.oem_revision = number,
		.creator_revision = 1};

	memcpy(h.table, table, strnlen(table, sizeof(h.table)));
	aml_begin(out, &h);
}

/* The table of the recipe byte by byte, so its header too. */
int ssdt_battery(struct aml *out)
{
	static const struct aml_header h = {.signature = {'S', 'S', 'D', 'T'},
		.oem = {'B', 'O', 'C', 'H', 'S'},
		.table = {'B', 'X', 'P', 'C', 'S', 'S', 'D', 'T'},
		.creator = {'I', 'N', 'T', 'L'},
		.revision = 1,
		.oem_revision = 1,
		.creator_revision = 0x20191018};

	aml_begin(out, &h);
	aml_code(out, "if 0 external \\_SB.PCI0 #%d #0 }", DEVICE);
	aml_code(out, "scope _SB.PCI0 device BAT0");
	aml_code(out, "name _HID 0x0a0cd041"); /* PNP0C0A */
	aml_code(out, "name _UID 0");
	aml_code(out, "method _STA #0 return 0x1f }");
	/* in mAh and mV: capacity as designed and now, rechargeable, voltage, warnings, steps */
	aml_code(out, "method _BIF #0 return package #13 1 6000 6000 1 14800 600 300 60 60");
	aml_code(out, "'' '' 'LION' '' } }"); /* model, serial number, type, maker */
	aml_code(out, "method _BST #0 return package #4 0 0 6000 14800 } }"); /* idle, full */
	aml_code(out, "} }");
	return aml_end(out);
}

/*
 * VBRD (offset, length): a buffer of that length, PAGE at most, out of the parts that VBCH (number)
 * returns. All parts have the same length; what is beyond the ROM is zero, in them and after them.
 */
static void reader(struct aml *out, unsigned int part)
{
	aml_code(out, "method VBRD #0x0a");
	aml_code(out, "store arg1 local1 if greater local1 %d store %d local1 }", PAGE, PAGE);
	aml_code(out, "if not local1 return buffer 0 } }");
	aml_code(out, "divide arg0 %u local2 local3 store VBCH local3 local4", part);
	aml_code(out, "add local2 local1 local5");
	aml_code(out, "if greater local5 %u", part);
	aml_code(out, "increment local3 store VBCH local3 local5");
	aml_code(out, "concatenate local4 local5 local4 }");
	aml_code(out, "shiftleft local2 3 local2 shiftleft local1 3 local3");
	aml_code(out, "createfield local4 local2 local3 VBIN");
	/* into a buffer of its own: a field of few bits would be an integer */
	aml_code(out, "name VBOU buffer local1 } store VBIN VBOU return VBOU }");
}

/*
 * QEMU describes the function behind the port or, with older machine types, does not; a scope that
 * is not there would have the whole table refused. Created first, so that a disassembler, which
 * sees both, knows one.
 */
static void rom(struct aml *out)
{
	aml_code(out, "if not condrefof " SLOT " none if condrefof " PORT " none");
	aml_code(out, "scope " PORT " device S00 name _ADR 0 } } } }");
	aml_code(out, "if condrefof " SLOT " none scope " SLOT);
	aml_code(out, "method _ROM #2 return " BUS ".VBRD arg0 arg1 } } }");
}

static void externals(struct aml *out)
{
	aml_code(out, "external " BUS " #%d #0", DEVICE);
	aml_code(out, "external " PORT " #%d #0", DEVICE);
}

/* Selector and data ports (docs/specs/fw_cfg of QEMU); numbers are big endian. */
static void fw_cfg(struct aml *out)
{
	aml_code(out, "region VBIO #1 0x510 2");
	aml_code(out, "field VBIO #2 VBSL #16 } field VBIO #1 #0 #8 VBDA #8 }");
	aml_code(out, "method VB16 #8 store VBDA local0 shiftleft local0 8 local0");
	aml_code(out, "store VBDA local1 or local0 local1 local0 return local0 }");
	aml_code(out, "method VB32 #8 store VB16 local0 shiftleft local0 16 local0");
	aml_code(out, "store VB16 local1 or local0 local1 local0 return local0 }");
}

/* VBFD (): selects the item and returns its length, or 0. An entry of the directory is length,
 * selector, two bytes and the name in 56. */
static void find(struct aml *out)
{
	aml_code(out, "name VBNM buffer 56");
	aml_bytes(out, SSDT_FW_CFG, strlen(SSDT_FW_CFG));
	aml_code(out, "} method VBFD #8 store 0x19 VBSL store VB32 local0");
	aml_code(out, "if greater local0 0x1000 store 0 local0 }"); /* no directory */
	aml_code(out, "while local0");
	aml_code(out, "store VB32 local1 store VB16 local2 VB16");
	aml_code(out, "store 1 local3 store 0 local4 while less local4 56 store VBDA local5");
	aml_code(out, "if not equal local5 derefof index VBNM local4 none store 0 local3 }");
	aml_code(out, "increment local4 }");
	aml_code(out, "if local3 store local2 VBSL return local1 }");
	aml_code(out, "decrement local0 } return 0 }");
}

/* VBLC (): reads the next part of the VBSZ bytes that are left into the package VBPK. */
static void load_part(struct aml *out)
{
	aml_code(out, "name VBSZ 0 name VBCN 0 name VBPK package #%d", FW_CFG_PARTS);
	for (int i = 0; i < FW_CFG_PARTS; i++)
		aml_code(out, "0");
	aml_code(out, "} method VBLC #8 if VBSZ");
	aml_code(out, "store VBSZ local0 if greater local0 %d store %d local0 }", FW_CFG_PART,
		FW_CFG_PART);
	aml_code(out, "store buffer %d } local1 store 0 local2", FW_CFG_PART);
	aml_code(out, "while less local2 local0"); /* past the end the port gives zeros */
	for (int i = 0; i < AT_ONCE; i++)
		aml_code(out, "store VBDA index local1 local2 none increment local2");
	aml_code(out, "} store local1 index VBPK VBCN none increment VBCN");
	aml_code(out, "subtract VBSZ local0 VBSZ } }");
}

/*
 * VBLD (): reads all of it once, for a read that begins in the middle has to begin at the start.
 * The port has one position for everybody: Linux' own driver holds the global lock for it as well.
 * No loop around the parts: it would count as one that takes too long.
 */
static void load(struct aml *out)
{
	aml_code(out, "method VBLD #8 acquire \\_GL #0xff #0xff store VBFD VBSZ");
	for (int i = 0; i < FW_CFG_PARTS; i++)
		aml_code(out, "VBLC");
	aml_code(out, "release \\_GL }");
}

int ssdt_vbios(struct aml *out)
{
	header(out, "VBIOS", 1);
	aml_code(out, "if 0");
	externals(out);
	aml_code(out, "} scope " BUS);
	fw_cfg(out);
	find(out);
	load_part(out);
	load(out);
	aml_code(out, "name VBOK 0 method VBCH #9 if not VBOK VBLD store 1 VBOK }");
	aml_code(out, "if less arg0 VBCN return derefof index VBPK arg0 none }");
	aml_code(out, "return buffer %d } }", FW_CFG_PART);
	reader(out, FW_CFG_PART);
	aml_code(out, "}");
	rom(out);
	return aml_end(out);
}

unsigned int ssdt_rom_parts(size_t length)
{
	return (unsigned int)((length + SSDT_PART - 1) / SSDT_PART);
}

int ssdt_rom_part(const void *rom_bytes, size_t length, unsigned int part, struct aml *out)
{
	size_t from = (size_t)part * SSDT_PART;

	if (length > SSDT_ROM_MAX || from >= length)
		return -EINVAL;
	header(out, "VBIOS-P", part + 1);
	aml_code(out, "if 0 external " BUS " #%d #0 }", DEVICE);
	aml_code(out, "scope " BUS " name VC%02X buffer %d", part, SSDT_PART);
	aml_bytes(out, (const unsigned char *)rom_bytes + from,
		length - from < SSDT_PART ? length - from : SSDT_PART);
	aml_code(out, "} }");
	return aml_end(out);
}

int ssdt_rom_method(unsigned int parts, struct aml *out)
{
	if (parts < 1 || parts > SSDT_PARTS_MAX)
		return -EINVAL;
	header(out, "VBIOS-M", parts);
	aml_code(out, "if 0");
	externals(out);
	for (unsigned int i = 0; i < parts; i++)
		aml_code(out, "external " BUS ".VC%02X #%d #0", i, BUFFER);
	aml_code(out, "} scope " BUS " method VBCH #9");
	for (unsigned int i = 0; i < parts; i++)
		aml_code(out, "if equal arg0 %u return VC%02X }", i, i);
	aml_code(out, "return buffer %d } }", SSDT_PART);
	reader(out, SSDT_PART);
	aml_code(out, "}");
	rom(out);
	return aml_end(out);
}
