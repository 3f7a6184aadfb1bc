/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/log.h"

/*
 * Option ROMs (PCI Firmware Specification 3.2, 5.1): a chain of images, each with a header, a data
 * structure that the header points at, and a length in units of 512 bytes; the last one says so.
 * NVIDIA adds a second structure (NPDE) behind the first, which is right where the two differ, and
 * images of its own after those of the specification.
 */
enum { ROM_IMAGES_MAX = 64, ROM_CHAINS_MAX = 256, ROM_PLACE_SIZE = 512 };

struct rom_image {
	size_t offset, length; /* in the input; bytes */
	char signature[5]; /* "55aa", "bb77" or "VN" */
	unsigned int vendor, device;
	unsigned int class; /* 24 bits, as in struct pci_function */
	unsigned int code; /* code type */
	bool last;
	enum rom_checksum {
		ROM_CHECKSUM_NONE, /* only x86 code has one, and not if NVIDIA says it has not */
		ROM_CHECKSUM_OK,
		ROM_CHECKSUM_BAD,
	} checksum;
};

struct rom_chain {
	size_t offset, end; /* in the input: where it begins, and the first byte after it */
	unsigned int vendor, device; /* of the first image; 0: it has none that can be read */
	size_t images;
	struct rom_image image[ROM_IMAGES_MAX];
	unsigned int subvendor, subdevice; /* 0: not known */
	bool whole;
	struct msg why; /* if not whole: what is wrong; END is where that image would begin */
	const uint8_t *bytes; /* the first of the chain's END - OFFSET bytes; not ours */
	char place[ROM_PLACE_SIZE]; /* what the input is within a file, empty if it is the file */
};

/* Chains, none within another. */
struct rom {
	size_t chains;
	struct rom_chain chain[ROM_CHAINS_MAX];
};

/*
 * Walks the chain that begins at OFFSET. An image is refused if it has another signature, points
 * out of the input or of itself, has no length, is of another vendor than the first, is longer
 * than what is left of the input, or is one too many. Returns 0, or -EINVAL (-EXDEV for another
 * vendor) with the reason in OUT->why, which names offsets from the beginning of the input; OUT has
 * the images before it.
 */
int rom_walk(const uint8_t *data, size_t size, size_t offset, struct rom_chain *out);

/*
 * Does a chain begin at OFFSET, whole or not: a signature, and a data structure where its header
 * points? Returns the code type of its first image, or -ENOENT.
 */
int rom_begins(const uint8_t *data, size_t size, size_t offset);

/* What looks for chains in SIZE bytes, from AT on. */
struct rom_cursor {
	const uint8_t *data;
	size_t size, at;
	bool is_rom; /* if it begins with a signature it is a ROM, however damaged */
	bool broken; /* the last one was; what is left of it is no chain of its own */
};

/*
 * Walks the next chain that begins before LIMIT (at most SIZE), which may end behind it, and goes
 * on behind that chain. Returns whether there is one.
 */
bool rom_next(struct rom_cursor *cursor, size_t limit, struct rom_chain *out);

/*
 * All chains of an input that is a ROM, or has some in it. Returns 0, or a negative errno with WHY
 * set: -ENOENT if there is none, -E2BIG for more than ROM_CHAINS_MAX.
 */
int rom_find(const uint8_t *data, size_t size, struct rom *out, struct msg *why);

/* What a code type is called, "-" if it has no name. */
const char *rom_code_name(unsigned int code);

enum { ROM_LINE_SIZE = 128 };

/* "0x9400 55aa 10de:1c8d class 030200 code 00 x86 length 61952 checksum ok last" */
void rom_image_line(const struct rom_image *image, char out[static ROM_LINE_SIZE]);
