/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes option ROMs as cards have them, byte by byte from the specification. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { CHAIN_DATA = 0x70, CHAIN_NPDE = 0x90, CHAIN_BOARD = 0x54 };

struct chain_image {
	const char *signature; /* two bytes */
	const char *tag; /* of the data structure */
	unsigned int vendor, device, class, code;
	unsigned int units; /* of 512 bytes: what the data structure says */
	bool last;
	unsigned int npde_units; /* what NPDE says; 0: there is none */
	bool npde_last;
	unsigned int npde_flags;
	unsigned int subvendor, subdevice;
};

static inline void chain_put16(uint8_t *at, unsigned int value)
{
	at[0] = value & 0xff;
	at[1] = value >> 8 & 0xff;
}

/* An x86 image's bytes sum up to 0. */
static inline void chain_sum(uint8_t *at, size_t length)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < length - 1; i++)
		sum = (uint8_t)(sum + at[i]);
	at[length - 1] = (uint8_t)-sum;
}

/* Writes the image at AT and returns its true length. */
static inline size_t chain_put(uint8_t *at, const struct chain_image *image)
{
	size_t length = 512 * (size_t)(image->npde_units ? image->npde_units : image->units);

	memset(at, 0x5a, length);
	memcpy(at, image->signature, 2);
	at[2] = (uint8_t)image->units;
	chain_put16(at + 0x18, CHAIN_DATA);
	memcpy(at + CHAIN_DATA, image->tag, 4);
	chain_put16(at + CHAIN_DATA + 0x04, image->vendor);
	chain_put16(at + CHAIN_DATA + 0x06, image->device);
	chain_put16(at + CHAIN_DATA + 0x0a, 0x18);
	at[CHAIN_DATA + 0x0d] = image->class & 0xff;
	chain_put16(at + CHAIN_DATA + 0x0e, image->class >> 8);
	chain_put16(at + CHAIN_DATA + 0x10, image->units);
	at[CHAIN_DATA + 0x14] = (uint8_t)image->code;
	at[CHAIN_DATA + 0x15] = image->last ? 0x80 : 0;
	chain_put16(at + CHAIN_BOARD, image->subvendor);
	chain_put16(at + CHAIN_BOARD + 2, image->subdevice);
	if (image->npde_units) {
		memcpy(at + CHAIN_NPDE, "NPDE", 4);
		chain_put16(at + CHAIN_NPDE + 4, 0x101);
		chain_put16(at + CHAIN_NPDE + 6, 0x0c);
		chain_put16(at + CHAIN_NPDE + 8, image->npde_units);
		at[CHAIN_NPDE + 0x0a] = image->npde_last ? 0x80 : 0;
		at[CHAIN_NPDE + 0x0b] = (uint8_t)image->npde_flags;
	}
	if (image->code == 0)
		chain_sum(at, length);
	return length;
}
