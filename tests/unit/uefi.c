/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "formats/uefi.h"

enum { HEADER = 72, FILE_HEADER = 24, SIZE = 176 };

static uint8_t room[SIZE + 64];
static char text[4096];
static bool sizes = true; /* in the text */

static void put(uint8_t *at, size_t count, uint64_t value)
{
	for (size_t i = 0; i < count; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

/* Of the checksums only that of the header matters: the file system is known. */
static void put_file(uint8_t *at, unsigned int type, size_t size, uint8_t name)
{
	memset(at, name, 16);
	put(at + 0x12, 1, type);
	put(at + 0x14, 3, size);
}

/*
 * A volume with a file of two sections (raw, and a GUID-defined one with a raw one in it), a raw
 * file of 5 bytes, and 27 bytes of free space.
 */
static int make(void **state)
{
	static const uint8_t ffs2[] = {0x78, 0xe5, 0x8c, 0x8c, 0x3d, 0x8a, 0x1c, 0x4f, 0x99, 0x35,
		0x89, 0x61, 0x85, 0xc3, 0x2d, 0xd3};
	uint8_t *at = room + HEADER;

	(void)state;
	memset(room, 0, HEADER);
	memset(at, 0xff, sizeof(room) - HEADER);
	memcpy(room + 0x10, ffs2, sizeof(ffs2));
	put(room + 0x20, 8, SIZE);
	memcpy(room + 0x28, "_FVH", 4);
	put(room + 0x30, 2, HEADER);
	room[0x37] = 2;
	put_file(at, 2, FILE_HEADER + 8 + 24 + 6, 0x11);
	at += FILE_HEADER;
	memcpy(at, "\x06\x00\x00\x19\x61\x62", 6);
	memset(at + 8, 0x22, 24);
	memcpy(at + 8, "\x1e\x00\x00\x02", 4);
	put(at + 8 + 4 + 16, 2, 24);
	put(at + 8 + 4 + 18, 2, 0);
	memcpy(at + 8 + 24, "\x06\x00\x00\x19\x63\x64", 6);
	put_file(room + 136, 1, FILE_HEADER + 5, 0x33);
	memcpy(room + 136 + FILE_HEADER, "hello", 5);
	return 0;
}

static void say(const char *what, const char *name, struct span body)
{
	size_t length = strlen(text);

	if (sizes)
		snprintf(
			text + length, sizeof(text) - length, "%s %s %zu\n", what, name, body.size);
	else
		snprintf(text + length, sizeof(text) - length, "%s, ", what);
}

static void describe_sections(struct span sections)
{
	struct uefi_section section;
	size_t at = 0;

	while (uefi_next_section(sections, &at, &section)) {
		say("section", section.name, section.body);
		if (section.packing == UEFI_SECTIONS)
			describe_sections(section.body);
	}
}

/* All that is seen in a copy of exactly SIZE bytes, which a sanitizer watches. */
static const char *seen(size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);
	struct uefi_volume volume;
	struct uefi_file file;
	size_t at = 0;

	assert_non_null(copy);
	memcpy(copy, room, size);
	*text = '\0';
	if (uefi_next_volume((struct span){copy, size}, 0, &volume)) {
		say("volume", volume.cut ? "cut" : "whole", volume.body);
		while (uefi_next_file(volume.body, &at, &file)) {
			char guid[UEFI_GUID_SIZE] = "-";

			if (!file.free)
				uefi_guid(file.guid, guid);
			say(file.free ? "free" : file.raw ? "raw" : "file", guid, file.body);
			if (!file.raw)
				describe_sections(file.body);
		}
	}
	free(copy);
	return text;
}

static void test_volume(void **state)
{
	(void)state;
	assert_string_equal(seen(SIZE), "volume whole 104\n"
					"file 11111111-1111-1111-1111-111111111111 38\n"
					"section raw 2\n"
					"section GUID-defined 6\n"
					"section raw 2\n"
					"raw 33333333-3333-3333-3333-333333333333 5\n"
					"free - 8\n");
}

/* What is seen of the first bytes: from how many on, and what. */
static void test_cut_at_every_byte(void **state)
{
	static char all[1 << 13], before[sizeof(text)] = "nothing";

	(void)state;
	sizes = false;
	for (size_t size = 0; size <= SIZE; size++) {
		size_t end = strlen(all);

		if (strcmp(seen(size), before) == 0)
			continue;
		snprintf(before, sizeof(before), "%s", text);
		snprintf(all + end, sizeof(all) - end, "%zu: %s\n", size, text);
	}
	sizes = true;
	assert_string_equal(all, "0: \n"
				 "72: volume, \n"
				 "73: volume, free, \n"
				 "134: volume, file, section, section, section, \n"
				 "137: volume, file, section, section, section, free, \n"
				 "165: volume, file, section, section, section, raw, \n"
				 "169: volume, file, section, section, section, raw, free, \n");
}

/* One byte of all changed to each value: what is seen lies in the input, and it has an end. */
static void test_change_of_every_byte(void **state)
{
	(void)state;
	for (size_t at = 0; at < SIZE; at++)
		for (unsigned int value = 0; value < 256; value++) {
			uint8_t kept = room[at];

			room[at] = (uint8_t)value;
			seen(SIZE);
			room[at] = kept;
		}
	test_volume(state);
}

static void test_capsule(void **state)
{
	struct span body, input = {room, 64};
	uint8_t *at = room;

	(void)state;
	memset(room, 0, sizeof(room));
	put(at + 0x10, 4, 28);
	put(at + 0x18, 4, 64);
	assert_true(uefi_capsule(input, &body));
	assert_true(body.at == room + 28 && body.size == 36);
	put(at + 0x18, 4, 63);
	assert_false(uefi_capsule(input, &body)); /* neither that long nor of a known GUID */
	put(at, 8, 0x40300d763b6686bd);
	put(at + 8, 8, 0xa0c52f9e51b50eb7);
	assert_true(uefi_capsule(input, &body));
	put(at + 0x10, 4, 27);
	assert_false(uefi_capsule(input, &body));
	put(at + 0x10, 4, 64);
	assert_false(uefi_capsule(input, &body)); /* nothing follows the header */
	put(at + 0x10, 4, 0xffffffff);
	assert_false(uefi_capsule(input, &body));
	for (size_t size = 0; size < 28; size++)
		assert_false(uefi_capsule((struct span){room, size}, &body));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_volume, make),
		cmocka_unit_test_setup(test_cut_at_every_byte, make),
		cmocka_unit_test_setup(test_change_of_every_byte, make),
		cmocka_unit_test_setup(test_capsule, make),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
