/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "rom-check.h"

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
	assert_string_equal(why.text, "more than 256 option ROMs are not looked at");
}

/* What is chosen for a card: its offset, or why there is none. */
static const char *candidate(
	unsigned int device, unsigned int number, unsigned int subvendor, unsigned int subdevice)
{
	const struct rom_wish wish = {device ? 0x10de : 0, device, subvendor, subdevice};
	const struct rom_chain *chain = NULL;
	static struct msg why;
	int err;

	assert_int_equal(rom_find(room, ROOM, &rom, &why), 0);
	err = number ? rom_choose_candidate(&rom, &wish, number, &chain, &why)
		     : rom_choose(&rom, &wish, &chain, &why);
	assert_true((err == 0) == (chain != NULL));
	if (chain)
		snprintf(why.text, sizeof(why.text), "0x%zx%s", chain->offset,
			rom_other_board(chain, &wish) ? " of another board" : "");
	return why.text;
}

static const char *chosen(unsigned int device, unsigned int subvendor, unsigned int subdevice)
{
	return candidate(device, 0, subvendor, subdevice);
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
	static const char *const several = "several different option ROMs could be meant; say "
					   "which with --subsystem or --candidate";

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
	assert_string_equal(chosen(0x1ba1, 0, 0), "the option ROM at 0x3fe00 is not whole: image 0 "
						  "at 0x3fe00 is cut off: it would end "
						  "at 0x40200");
	assert_string_equal(chosen(0x1b80, 0, 0),
		"no option ROM here is of 10de:1b80; list shows those that are here");
	assert_string_equal(candidate(0x1c8d, 3, 0, 0), "0x400");
	assert_string_equal(candidate(0x1c8d, 1, 0x1043, 0x1234), "0x0 of another board");
	assert_string_equal(candidate(0x1c8d, 4, 0, 0), "there is no candidate 4, but 3");
	assert_string_equal(candidate(0x2191, 1, 0, 0), "0x600");
	assert_string_equal(candidate(0x1b80, 1, 0, 0),
		"no option ROM here is of 10de:1b80; list shows those that are here");
	assert_string_equal(candidate(0, 4, 0, 0), "0x600");
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
		cmocka_unit_test_setup(test_limits, clear),
		cmocka_unit_test_setup(test_choice, clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
