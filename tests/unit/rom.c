/* SPDX-License-Identifier: LGPL-2.1-or-later */
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

enum { ROOM = 1 << 16, NVIDIA_SIZE = 0x1200 };

static uint8_t room[ROOM];
static struct rom rom;
static char text[1 << 16];

static size_t put_all(uint8_t *at, const struct chain_image *image, size_t count)
{
	size_t length = 0;

	for (size_t i = 0; i < count; i++)
		length += chain_put(at + length, &image[i]);
	return length;
}

#define PUT(at, images) put_all(at, images, sizeof(images) / sizeof(*(images)))

static void add(const char *line)
{
	assert_true(strlen(text) + strlen(line) + 2 < sizeof(text));
	strcat(strcat(text, line), "\n");
}

static void describe(void)
{
	char line[2 * ROM_LINE_SIZE], whole[ROM_LINE_SIZE];

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
static const char *found(const uint8_t *data, size_t size)
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

static void check(size_t size, const char *expected)
{
	assert_string_equal(found(room, size), expected);
}

static int clear(void **state)
{
	(void)state;
	memset(room, 0xff, sizeof(room));
	return 0;
}

static void test_nvidia(void **state)
{
	(void)state;
	assert_int_equal(PUT(room, nvidia), NVIDIA_SIZE);
	check(NVIDIA_SIZE, nvidia_text);
	check(ROOM, nvidia_text); /* padded with ff */
}

/* A dump's header has no ROM in it, though it has the bytes of a signature. */
static void test_header(void **state)
{
	(void)state;
	memset(room, 0, 0x437);
	memcpy(room, "NVGI", 4);
	memcpy(room + 0x80, "\x55\xaa\xff\xff", 4);
	memcpy(room + 0x200, "\x55\xaa", 2);
	chain_put16(room + 0x218, 0x40);
	PUT(room + 0x437, nvidia);
	check(ROOM, "0x437 55aa 10de:1c8d class 030200 code 00 x86 length 1536 checksum ok\n"
		    "0xa37 55aa 0000:0000 class 030200 code 03 EFI length 1024 checksum -\n"
		    "0xe37 VN 10de:1b80 class 030000 code 70 NBSI length 512 checksum -\n"
		    "0x1037 VN 10de:1b80 class 030000 code e0 NVIDIA length 1536 checksum - last\n"
		    "end at 0x1637 of 0x437 10de:1c8d subsystem 17aa:39d1 4 images 4608 bytes\n");
}

static void test_plain(void **state)
{
	static const struct chain_image images[] = {
		{"\x55\xaa", "PCIR", 0x8086, 0x100e, 0x020000, 0x00, .units = 2},
		{"\x55\xaa", "PCIR", 0x8086, 0x100e, 0x020000, 0x03, .units = 1, .last = true},
	};
	static const struct chain_image old = {
		"\x77\xbb", "RGIS", 0x10de, 0x0020, 0x030000, 0x42, .units = 1, .last = true};

	(void)state;
	chain_put(room + PUT(room, images), &old);
	check(ROOM, "0x0 55aa 8086:100e class 020000 code 00 x86 length 1024 checksum ok\n"
		    "0x400 55aa 8086:100e class 020000 code 03 EFI length 512 checksum - last\n"
		    "end at 0x600 of 0x0 8086:100e 2 images 1536 bytes\n"
		    "0x600 bb77 10de:0020 class 030000 code 42 - length 512 checksum - last\n"
		    "end at 0x800 of 0x600 10de:0020 1 image 512 bytes\n");
}

static void test_checksum(void **state)
{
	static const struct chain_image one[] = {X86(.units = 1, .last = true)};
	static const struct chain_image none[] = {
		X86(.units = 1, .npde_units = 1, .npde_last = true, .npde_flags = 4)};

	(void)state;
	PUT(room, one);
	room[0x100]++;
	PUT(room + 512, none);
	room[0x300]++;
	check(1024, "0x0 55aa 10de:1c8d class 030200 code 00 x86 length 512 checksum bad last\n"
		    "end at 0x200 of 0x0 10de:1c8d 1 image 512 bytes\n"
		    "0x200 55aa 10de:1c8d class 030200 code 00 x86 length 512 checksum - last\n"
		    "end at 0x400 of 0x200 10de:1c8d 1 image 512 bytes\n");
}

/* The text with numbers that are the input's size, and nothing else, left out. */
static void without_size(char *line)
{
	static const char *const before[] = {"the input ends at 0x", "option ROM in "};

	for (size_t i = 0; i < sizeof(before) / sizeof(*before); i++) {
		char *at = strstr(line, before[i]);

		if (at)
			strcpy(at + strlen(before[i]), "N\n");
	}
}

/* What is said of the first bytes of the ROM: from how many on, and what. Of the images before the
 * one that is cut off the number is enough. */
static void test_cut_at_every_byte(void **state)
{
	static char seen[1 << 13], before[sizeof(text)];

	(void)state;
	PUT(room, nvidia);
	for (size_t size = 0; size <= NVIDIA_SIZE; size++) {
		size_t end = strlen(seen);

		found(room, size);
		without_size(text);
		if (strcmp(text, before) == 0)
			continue;
		strcpy(before, text);
		snprintf(seen + end, sizeof(seen) - end, "%zu: %zu images, %s", size,
			size < 0x200 ? 0 : rom.chain[0].images,
			strstr(text, size < NVIDIA_SIZE ? "image " : "end at"));
		if (size < 2)
			strcpy(seen + end, text);
	}
	assert_string_equal(seen,
		"there is no option ROM in N\n"
		"2: 0 images, image 0 at 0x0 has no whole header: the input ends at 0xN\n"
		"26: 0 images, image 0 at 0x0 points out of the input: its data structure would be "
		"at 0x70\n"
		"136: 0 images, image 0 at 0x0 is cut off: it would end at 0x1200\n"
		"156: 0 images, image 0 at 0x0 is cut off: it would end at 0x600\n"
		"1536: 1 images, image 1 at 0x600 is missing: none before it is the last, and the "
		"input ends at 0xN\n"
		"1537: 1 images, image 1 at 0x600 has no signature (55aa, bb77, VN) but 0x55\n"
		"1538: 1 images, image 1 at 0x600 has no whole header: the input ends at 0xN\n"
		"1562: 1 images, image 1 at 0x600 points out of the input: its data structure "
		"would be at 0x670\n"
		"1672: 1 images, image 1 at 0x600 is cut off: it would end at 0xa00\n"
		"2560: 2 images, image 2 at 0xa00 is missing: none before it is the last, and the "
		"input ends at 0xN\n"
		"2561: 2 images, image 2 at 0xa00 has no signature (55aa, bb77, VN) but 0x56\n"
		"2562: 2 images, image 2 at 0xa00 has no whole header: the input ends at 0xN\n"
		"2586: 2 images, image 2 at 0xa00 points out of the input: its data structure "
		"would be at 0xa70\n"
		"2696: 2 images, image 2 at 0xa00 is cut off: it would end at 0xc00\n"
		"3072: 3 images, image 3 at 0xc00 is missing: none before it is the last, and the "
		"input ends at 0xN\n"
		"3073: 3 images, image 3 at 0xc00 has no signature (55aa, bb77, VN) but 0x56\n"
		"3074: 3 images, image 3 at 0xc00 has no whole header: the input ends at 0xN\n"
		"3098: 3 images, image 3 at 0xc00 points out of the input: its data structure "
		"would be at 0xc70\n"
		"3208: 3 images, image 3 at 0xc00 is cut off: it would end at 0x1200\n"
		"4608: 4 images, end at 0x1200 of 0x0 10de:1c8d subsystem 17aa:39d1 4 images 4608 "
		"bytes\n");
}

/* One change of bytes in the ROM, and all that is said then. */
static void test_changed(void **state)
{
	static const struct {
		size_t at;
		const char bytes[3];
		const char *what;
	} changes[] = {
		/* the first image */
		{0x00, "\x55\xab", "another signature"},
		{0x18, "\xff\xff", "a pointer of ffff"},
		{0x18, "\x00\x00", "no pointer"},
		{0x18, "\x19\x00", "a pointer into the header"},
		{0x70, "pC", "another data structure"},
		{0x7a, "\xff\xff", "a data structure of ffff bytes: NPDE is not found"},
		{0x98, "\x00\x00", "no length in NPDE"},
		{0x98, "\xff\xff", "ffff units in NPDE"},
		{0x94, "\xff\xff", "another version of NPDE, one byte more"},
		/* the second */
		{0x600, "\xff\xff", "no signature but ffff"},
		{0x618, "\xff\xff", "a pointer out of the input"},
		{0x618, "\x00\x00", "a pointer to the image itself"},
		{0x618, "\xf0\x03", "a pointer to bytes of code"},
		{0x674, "\x86\x80", "another vendor"},
		{0x698, "\x00\x00", "no length"},
		{0x698, "\xff\xff", "ffff units"},
		{0x69a, "\x80\x01", "the last one"},
		/* the last */
		{0xc9a, "\x00\x00", "no last one"},
		{0xc9a, "\x7f\x00", "other indicators"},
	};
	static char seen[1 << 14];

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(*changes); i++) {
		size_t end = strlen(seen);

		PUT(room, nvidia);
		memcpy(room + changes[i].at, changes[i].bytes, 2);
		snprintf(seen + end, sizeof(seen) - end, "# %s\n%s", changes[i].what,
			found(room, NVIDIA_SIZE + 32));
	}
	assert_string_equal(seen,
		"# another signature\n"
		"0x600 55aa 0000:0000 class 030200 code 03 EFI length 1024 checksum -\n"
		"0xa00 VN 10de:1b80 class 030000 code 70 NBSI length 512 checksum -\n"
		"0xc00 VN 10de:1b80 class 030000 code e0 NVIDIA length 1536 checksum - last\n"
		"end at 0x1200 of 0x600 0000:0000 3 images 3072 bytes\n"
		"# a pointer of ffff\n"
		"image 0 at 0x0 points out of the input: its data structure would be at 0xffff\n"
		"# no pointer\n"
		"image 0 at 0x0 has no data structure (PCIR, NPDS, RGIS) at 0x0\n"
		"# a pointer into the header\n"
		"image 0 at 0x0 has no data structure (PCIR, NPDS, RGIS) at 0x19\n"
		"# another data structure\n"
		"image 0 at 0x0 has no data structure (PCIR, NPDS, RGIS) at 0x70\n"
		"# a data structure of ffff bytes: NPDE is not found\n"
		"0x0 55aa 10de:1c8d class 030200 code 00 x86 length 4608 checksum bad last\n"
		"end at 0x1200 of 0x0 10de:1c8d subsystem 17aa:39d1 1 image 4608 bytes\n"
		"# no length in NPDE\n"
		"image 0 at 0x0 has no length in its data structure at 0x70\n"
		"# ffff units in NPDE\n"
		"image 0 at 0x0 is cut off: it would end at 0x1fffe00\n"
		"# another version of NPDE, one byte more\n"
		"0x0 55aa 10de:1c8d class 030200 code 00 x86 length 1536 checksum bad\n"
		"0x600 55aa 0000:0000 class 030200 code 03 EFI length 1024 checksum -\n"
		"0xa00 VN 10de:1b80 class 030000 code 70 NBSI length 512 checksum -\n"
		"0xc00 VN 10de:1b80 class 030000 code e0 NVIDIA length 1536 checksum - last\n"
		"end at 0x1200 of 0x0 10de:1c8d subsystem 17aa:39d1 4 images 4608 bytes\n"
		"# no signature but ffff\n"
		"0x0 55aa 10de:1c8d class 030200 code 00 x86 length 1536 checksum ok\n"
		"image 1 at 0x600 has no signature (55aa, bb77, VN) but 0xffff\n"
		"# a pointer out of the input\n"
		"0x0 55aa 10de:1c8d class 030200 code 00 x86 length 1536 checksum ok\n"
		"image 1 at 0x600 points out of the input: its data structure would be at 0x105ff\n"
		"# a pointer to the image itself\n"
		"0x0 55aa 10de:1c8d class 030200 code 00 x86 length 1536 checksum ok\n"
		"image 1 at 0x600 has no data structure (PCIR, NPDS, RGIS) at 0x600\n"
		"# a pointer to bytes of code\n"
		"0x0 55aa 10de:1c8d class 030200 code 00 x86 length 1536 checksum ok\n"
		"image 1 at 0x600 has no data structure (PCIR, NPDS, RGIS) at 0x9f0\n"
		"# another vendor\n"
		"0x0 55aa 10de:1c8d class 030200 code 00 x86 length 1536 checksum ok\n"
		"image 1 at 0x600 is not of the first one's vendor but of 0x8086\n"
		"# no length\n"
		"0x0 55aa 10de:1c8d class 030200 code 00 x86 length 1536 checksum ok\n"
		"image 1 at 0x600 has no length in its data structure at 0x670\n"
		"# ffff units\n"
		"0x0 55aa 10de:1c8d class 030200 code 00 x86 length 1536 checksum ok\n"
		"image 1 at 0x600 is cut off: it would end at 0x2000400\n"
		"# the last one\n"
		"0x0 55aa 10de:1c8d class 030200 code 00 x86 length 1536 checksum ok\n"
		"0x600 55aa 0000:0000 class 030200 code 03 EFI length 1024 checksum - last\n"
		"end at 0xa00 of 0x0 10de:1c8d subsystem 17aa:39d1 2 images 2560 bytes\n"
		"# no last one\n"
		"0x0 55aa 10de:1c8d class 030200 code 00 x86 length 1536 checksum ok\n"
		"0x600 55aa 0000:0000 class 030200 code 03 EFI length 1024 checksum -\n"
		"0xa00 VN 10de:1b80 class 030000 code 70 NBSI length 512 checksum -\n"
		"0xc00 VN 10de:1b80 class 030000 code e0 NVIDIA length 1536 checksum -\n"
		"image 4 at 0x1200 has no signature (55aa, bb77, VN) but 0xffff\n"
		"# other indicators\n"
		"0x0 55aa 10de:1c8d class 030200 code 00 x86 length 1536 checksum ok\n"
		"0x600 55aa 0000:0000 class 030200 code 03 EFI length 1024 checksum -\n"
		"0xa00 VN 10de:1b80 class 030000 code 70 NBSI length 512 checksum -\n"
		"0xc00 VN 10de:1b80 class 030000 code e0 NVIDIA length 1536 checksum -\n"
		"image 4 at 0x1200 has no signature (55aa, bb77, VN) but 0xffff\n");
}

/* An image without an end, again and again. */
static void test_too_many(void **state)
{
	static const struct chain_image image = X86(.units = 1);
	char *end;

	(void)state;
	for (size_t i = 0; i < ROM_IMAGES_MAX; i++)
		chain_put(room + 512 * i, &image);
	chain_put(room + (size_t)512 * ROM_IMAGES_MAX, &image);
	found(room, (size_t)512 * (ROM_IMAGES_MAX + 1));
	assert_int_equal(rom.chains, 1);
	assert_int_equal(rom.chain[0].images, ROM_IMAGES_MAX);
	end = strstr(text, "image 64");
	assert_non_null(end);
	assert_string_equal(end,
		"image 64 at 0x8000 is one too many: none before it is the last, and the limit "
		"is 0x40\n");
}

static void test_limits(void **state)
{
	static const struct chain_image image = X86(.units = 1, .last = true);
	struct msg why;

	(void)state;
	for (size_t i = 0; i <= ROM_CHAINS_MAX; i++)
		chain_put(room + 512 * i, &image);
	assert_int_equal(rom_find(room, (size_t)512 * ROM_CHAINS_MAX, &rom, &why), 0);
	assert_int_equal(rom.chains, ROM_CHAINS_MAX);
	assert_int_equal(rom_find(room, (size_t)512 * (ROM_CHAINS_MAX + 1), &rom, &why), -E2BIG);
	assert_string_equal(why.text, "more than 64 option ROMs are not looked at");
	assert_int_equal(rom_find(room, ROM_BYTES_MAX + 1, &rom, &why), -EFBIG);
	assert_string_equal(why.text, "more than 16777216 bytes are no option ROM");
}

/* What follows a ROM that is cut short belongs to it, unless it begins as a ROM does. */
static void test_after_a_broken_one(void **state)
{
	static const struct chain_image first = X86(.units = 2);
	static const struct chain_image efi = EFI(.units = 1, .last = true);
	static const struct chain_image whole = X86(.units = 1, .last = true);

	(void)state;
	chain_put(room, &first);
	chain_put(room + 0x600, &efi);
	chain_put(room + 0x800, &whole);
	check(ROOM, "0x0 55aa 10de:1c8d class 030200 code 00 x86 length 1024 checksum ok\n"
		    "image 1 at 0x400 has no signature (55aa, bb77, VN) but 0xffff\n"
		    "0x800 55aa 10de:1c8d class 030200 code 00 x86 length 512 checksum ok last\n"
		    "end at 0xa00 of 0x800 10de:1c8d 1 image 512 bytes\n");
}

/* What is chosen for a card: its offset, or why there is none. */
static const char *chosen(unsigned int device, unsigned int subvendor, unsigned int subdevice)
{
	const struct rom_wish wish = {device ? 0x10de : 0, device, subvendor, subdevice};
	const struct rom_chain *chain = NULL;
	static struct msg why;
	int err;

	assert_int_equal(rom_find(room, ROOM, &rom, &why), 0);
	err = rom_choose(room, &rom, &wish, &chain, &why);
	assert_true((err == 0) == (chain != NULL));
	if (chain)
		snprintf(why.text, sizeof(why.text), "0x%zx%s", chain->offset,
			rom_other_board(chain, &wish) ? " of another board" : "");
	return why.text;
}

static void test_choice(void **state)
{
	static const struct chain_image rom_of[] = {
		X86(.units = 1, .last = true, .subvendor = 0x17aa, .subdevice = 0x39d1),
		X86(.units = 1, .last = true, .subvendor = 0x1043, .subdevice = 0x1234),
		X86(.units = 1, .last = true, .subvendor = 0x1043, .subdevice = 0x1234),
		{"\x55\xaa", "PCIR", 0x10de, 0x2191, 0x030000, 0x00, .units = 2, .last = true,
			.subvendor = 0x1462, .subdevice = 0x1274},
	};
	static const char *const several =
		"several different option ROMs could be meant; say which with --subsystem";

	(void)state;
	PUT(room, rom_of);
	memset(room + 0x800 + 1024, 0xff, sizeof(room) - 0x800 - 1024);
	chain_put(room + ROOM - 0x200, &rom_of[0]);
	chain_put16(room + ROOM - 0x200 + 0x70 + 0x06, 0x1ba1);
	chain_put16(room + ROOM - 0x200 + 0x70 + 0x10, 2);
	assert_string_equal(chosen(0x1c8d, 0x17aa, 0x39d1), "0x0");
	assert_string_equal(chosen(0x1c8d, 0x1043, 0x1234), "0x200");
	assert_string_equal(chosen(0x1c8d, 0x1043, 0x39d1), several);
	assert_string_equal(chosen(0x1c8d, 0, 0), several);
	assert_string_equal(chosen(0x2191, 0, 0), "0x600");
	assert_string_equal(chosen(0x2191, 0x1462, 0x1274), "0x600");
	assert_string_equal(chosen(0x2191, 0x17aa, 0x39d1), "0x600 of another board");
	assert_string_equal(chosen(0x1ba1, 0, 0),
		"the option ROM at 0xfe00 is not whole: image 0 at 0xfe00 is cut off: it would end "
		"at 0x10200");
	assert_string_equal(chosen(0x1b80, 0, 0), "no option ROM here is of 10de:1b80");
	assert_string_equal(chosen(0, 0, 0),
		"several different option ROMs could be meant; say which with --id");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_nvidia, clear),
		cmocka_unit_test_setup(test_header, clear),
		cmocka_unit_test_setup(test_plain, clear),
		cmocka_unit_test_setup(test_checksum, clear),
		cmocka_unit_test_setup(test_cut_at_every_byte, clear),
		cmocka_unit_test_setup(test_changed, clear),
		cmocka_unit_test_setup(test_too_many, clear),
		cmocka_unit_test_setup(test_limits, clear),
		cmocka_unit_test_setup(test_after_a_broken_one, clear),
		cmocka_unit_test_setup(test_choice, clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
