/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "rom-check.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_cut_at_every_byte, clear),
		cmocka_unit_test_setup(test_changed, clear),
		cmocka_unit_test_setup(test_too_many, clear),
		cmocka_unit_test_setup(test_after_a_broken_one, clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
