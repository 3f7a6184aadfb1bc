/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A card's ROM, and all that is found in an input as one text. */
#pragma once

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "chain.h"
#include "formats/rom-choice.h"

#define X86(...)                                                                                   \
	{                                                                                          \
		"\x55\xaa", "PCIR", 0x10de, 0x1c8d, 0x030200, 0x00, __VA_ARGS__                    \
	}
#define EFI(...)                                                                                   \
	{                                                                                          \
		"\x55\xaa", "PCIR", 0, 0, 0x030200, 0x03, __VA_ARGS__                              \
	}
#define OWN(code, ...)                                                                             \
	{                                                                                          \
		"VN", "NPDS", 0x10de, 0x1b80, 0x030000, code, __VA_ARGS__                          \
	}

/* As on a laptop's card: PCIR of the first says that it is all of the ROM. */
static const struct chain_image nvidia[] = {
	X86(.units = 9, .last = true, .npde_units = 3, .npde_flags = 1, .subvendor = 0x17aa,
		.subdevice = 0x39d1),
	EFI(.units = 2, .last = true, .npde_units = 2),
	OWN(0x70, .units = 1),
	OWN(0xe0, .units = 3, .last = false, .npde_units = 3, .npde_last = true),
};

static const char nvidia_text[] =
	"0x0 55aa 10de:1c8d class 030200 code 00 x86 length 1536 checksum ok\n"
	"0x600 55aa 0000:0000 class 030200 code 03 EFI length 1024 checksum -\n"
	"0xa00 VN 10de:1b80 class 030000 code 70 NBSI length 512 checksum -\n"
	"0xc00 VN 10de:1b80 class 030000 code e0 NVIDIA length 1536 checksum - last\n"
	"end at 0x1200 of 0x0 10de:1c8d subsystem 17aa:39d1 4 images 4608 bytes\n";

enum { ROOM = 1 << 18, NVIDIA_SIZE = 0x1200 };

static uint8_t room[ROOM];
static struct rom rom;
static char text[1 << 16];

static inline size_t put_all(uint8_t *at, const struct chain_image *image, size_t count)
{
	size_t length = 0;

	for (size_t i = 0; i < count; i++)
		length += chain_put(at + length, &image[i]);
	return length;
}

#define PUT(at, images) put_all(at, images, sizeof(images) / sizeof(*(images)))

static inline void add(const char *line)
{
	assert_true(strlen(text) + strlen(line) + 2 < sizeof(text));
	strcat(strcat(text, line), "\n");
}

static inline void describe(void)
{
	char line[2 * ROM_CHAIN_LINE_SIZE], whole[ROM_CHAIN_LINE_SIZE];

	for (size_t i = 0; i < rom.chains; i++) {
		const struct rom_chain *chain = &rom.chain[i];

		for (size_t j = 0; j < chain->images; j++) {
			rom_image_line(&chain->image[j], line);
			add(line);
		}
		rom_chain_line(chain, whole);
		snprintf(line, sizeof(line), "end at 0x%zx of %s", chain->end, whole);
		add(chain->whole ? line : chain->why.text);
	}
}

/* All that is found in a copy of exactly SIZE bytes, which a sanitizer watches. */
static inline const char *found(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);
	struct msg why;

	assert_non_null(copy);
	memcpy(copy, data, size);
	*text = '\0';
	if (rom_find(copy, size, &rom, &why) < 0)
		add(why.text);
	else
		describe();
	free(copy);
	return text;
}

static inline void check(size_t size, const char *expected)
{
	assert_string_equal(found(room, size), expected);
}

static inline int clear(void **state)
{
	(void)state;
	memset(room, 0xff, sizeof(room));
	return 0;
}
