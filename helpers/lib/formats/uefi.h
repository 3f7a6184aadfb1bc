/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/span.h"

/*
 * UEFI firmware (Platform Initialization Specification 1.7, volume 3; UEFI Specification 2.10, 23):
 * a capsule around volumes, in a volume files, in a file sections, in some sections more of all
 * that. One level at a time: the caller goes down, and knows how deep it is.
 */

enum { UEFI_GUID_SIZE = 37 };

/* Writes the 16 bytes at GUID as "ee4e5898-3914-4259-9d6e-dc7bd79403cf". */
void uefi_guid(const uint8_t *guid, char out[static UEFI_GUID_SIZE]);

/*
 * Is all of INPUT a capsule: its header has the GUID of one, or says that it is as long as that?
 * BODY is then what follows the header.
 */
bool uefi_capsule(struct span input, struct span *body);

struct uefi_volume {
	size_t offset; /* in the input */
	size_t size; /* what the header says, or what is left of the input */
	bool cut; /* the header says more than is left */
	bool has_files; /* its file system is the specification's */
	struct span body; /* the files, or what else follows the header */
};

/*
 * Finds the next volume that begins at or after FROM. The bytes of its signature may be anywhere:
 * the header has to fit, and its checksum to be right or the file system to be known. Returns
 * whether there is one.
 */
bool uefi_next_volume(struct span input, size_t from, struct uefi_volume *out);

struct uefi_file {
	const uint8_t *guid; /* its name */
	bool raw; /* its body is not made of sections */
	bool free; /* no file: what lies behind the last one */
	struct span body;
};

/*
 * Reads the file at *AT of a volume's body and moves *AT behind it. What cannot be a file ends
 * them: it is returned as free space. Returns
 * false at the end.
 */
bool uefi_next_file(struct span body, size_t *at, struct uefi_file *out);

enum uefi_packing {
	UEFI_PLAIN,
	UEFI_SECTIONS, /* plain, and made of sections */
	UEFI_LZMA, /* as liblzma's lzma_alone_decoder has it */
	UEFI_LZMA_X86, /* the same, then a filter for x86 code */
	UEFI_ZLIB,
	UEFI_GZIP,
	UEFI_UNKNOWN,
};

struct uefi_section {
	enum uefi_packing packing;
	const char *name; /* of the packing or of the type, for people */
	const uint8_t *guid; /* that defines the packing, if there is one */
	struct span body;
};

/*
 * Reads the section at *AT of a file's body, or of what was in a section, and moves *AT behind it.
 * Returns false at the end, or if what is left is no section (*AT is then where that begins).
 */
bool uefi_next_section(struct span sections, size_t *at, struct uefi_section *out);
