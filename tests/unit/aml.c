/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "formats/aml.h"
#include "formats/ssdt.h"

static const struct aml_header header = {.signature = {'S', 'S', 'D', 'T'}, .revision = 1};

/* The length of a package with BODY bytes in it, as ACPI 6.4, 20.2.4 has it. */
static void test_package_length(void **state)
{
	static const struct {
		size_t body;
		unsigned char lead[4];
		size_t bytes;
	} rows[] = {
		{0, {0x01}, 1}, {0x3d, {0x3e}, 1}, {0x3e, {0x3f}, 1},
		{0x3f, {0x41, 0x04}, 2}, /* 0x3f + 2 = 0x41 */
		{0x40, {0x42, 0x04}, 2}, {0xffc, {0x4e, 0xff}, 2},
		{0xffd, {0x4f, 0xff}, 2}, /* 0xfff */
		{0xffe, {0x81, 0x00, 0x01}, 3}, /* 0xffe + 3 = 0x1001 */
		{0xfff, {0x82, 0x00, 0x01}, 3}, {0x1000, {0x83, 0x00, 0x01}, 3},
		{0xffffc, {0x8f, 0xff, 0xff}, 3}, /* 0xfffff */
		{0xffffd, {0xc1, 0x00, 0x00, 0x01}, 4}, /* + 4 = 0x100001 */
	};
	unsigned char *body = calloc(1, 0x100000);

	(void)state;
	assert_non_null(body);
	body[0] = 0x5a;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct aml aml = {0};

		aml_code(&aml, "if");
		aml_bytes(&aml, body, rows[i].body);
		aml_code(&aml, "} 1");
		assert_int_equal(aml.error, 0);
		assert_int_equal(aml.length, 1 + rows[i].bytes + rows[i].body + 1);
		assert_int_equal(aml.bytes[0], 0xa0);
		assert_memory_equal(aml.bytes + 1, rows[i].lead, rows[i].bytes);
		if (rows[i].body > 0)
			assert_int_equal(aml.bytes[1 + rows[i].bytes], 0x5a);
		assert_int_equal(aml.bytes[aml.length - 1], 1);
		free(aml.bytes);
	}
	free(body);
}

static void test_words(void **state)
{
	static const struct {
		const char *code, *bytes;
		size_t length;
	} rows[] = {
		{"", "", 0},
		{"0 1 2 255 256", "\0\1\x0a\2\x0a\xff\x0b\0\1", 9},
		{"0xffff 0x10000", "\x0b\xff\xff\x0c\0\0\1\0", 8},
		{"0xffffffff 0x100000000", "\x0c\xff\xff\xff\xff\x0e\0\0\0\0\1\0\0\0", 14},
		{"#0 #0xff", "\0\xff", 2},
		{"'' 'LION'", "\x0d\0\x0dLION", 8},
		{"A _SB AB12", "A____SB_AB12", 12},
		{"_SB.PCI0", "\x2e_SB_PCI0", 9},
		{"\\_SB.PCI0.S08", "\\\x2f\3_SB_PCI0S08_", 15},
		{"\\ ^ ^^A", "\\\0^\0^^A___", 10},
		{"local0 local7 arg0 arg6", "\x60\x67\x68\x6e", 4},
		{"store arg1 local2", "\x70\x69\x62", 3},
		{"acquire \\_GL", "\x5b\x23\\_GL_", 7},
		{"device A } buffer 1 } }", NULL, 0}, /* one too many */
		{"while if 0 } }", "\xa2\4\xa0\2\0", 5},
		{"device A }", "\x5b\x82\5A___", 7},
		{"lower", NULL, 0},
		{"local8", NULL, 0},
		{"arg7", NULL, 0},
		{"local", NULL, 0},
		{"local12", NULL, 0},
		{"ABCDE", NULL, 0},
		{"A..B", NULL, 0},
		{"A.", NULL, 0},
		{".A", NULL, 0},
		{"#256", NULL, 0},
		{"#", NULL, 0},
		{"1x", NULL, 0},
		{"0x10000000000000000", NULL, 0},
		{"'LION", NULL, 0},
		{"'", NULL, 0},
		{"}", NULL, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct aml aml = {0};

		aml_code(&aml, "%s", rows[i].code);
		assert_int_equal(aml.error, rows[i].bytes ? 0 : -EINVAL);
		if (rows[i].bytes) {
			assert_int_equal(aml.length, rows[i].length);
			if (rows[i].length > 0)
				assert_memory_equal(aml.bytes, rows[i].bytes, rows[i].length);
		}
		free(aml.bytes);
	}
}

static void test_table(void **state)
{
	struct aml aml = {0};
	unsigned char sum = 0;

	(void)state;
	aml_begin(&aml, &header);
	aml_code(&aml, "name A 0x1234");
	assert_int_equal(aml_end(&aml), 0);
	assert_int_equal(aml.length, 36 + 8);
	assert_memory_equal(aml.bytes, "SSDT\x2c\0\0\0\1", 9);
	for (size_t i = 0; i < aml.length; i++)
		sum = (unsigned char)(sum + aml.bytes[i]);
	assert_int_equal(sum, 0);
	free(aml.bytes);
}

static void test_no_table(void **state)
{
	static unsigned char body[AML_TABLE_MAX - 36 + 1];
	struct aml fits = {0}, large = {0}, unclosed = {0}, wrong = {0}, empty = {0}, deep = {0};

	(void)state;
	aml_begin(&fits, &header);
	aml_bytes(&fits, body, sizeof(body) - 1);
	assert_int_equal(aml_end(&fits), 0);
	aml_begin(&large, &header);
	aml_bytes(&large, body, sizeof(body));
	assert_int_equal(aml_end(&large), -EFBIG);
	aml_begin(&unclosed, &header);
	aml_code(&unclosed, "scope \\");
	assert_int_equal(aml_end(&unclosed), -EINVAL);
	aml_begin(&wrong, &header);
	aml_code(&wrong, "nonsense");
	aml_code(&wrong, "name A 1");
	assert_int_equal(wrong.length, 36);
	assert_int_equal(aml_end(&wrong), -EINVAL);
	assert_int_equal(aml_end(&empty), -EINVAL);
	for (int i = 0; i < AML_DEPTH; i++)
		aml_code(&deep, "if");
	assert_int_equal(deep.error, 0);
	aml_code(&deep, "if");
	assert_int_equal(deep.error, -EINVAL);
	free(fits.bytes);
	free(large.bytes);
	free(unclosed.bytes);
	free(wrong.bytes);
	free(deep.bytes);
}

static void test_rom_parts(void **state)
{
	static const unsigned char rom[SSDT_ROM_MAX + 1];
	struct aml aml = {0};

	(void)state;
	assert_int_equal(ssdt_rom_parts(1), 1);
	assert_int_equal(ssdt_rom_parts(SSDT_PART), 1);
	assert_int_equal(ssdt_rom_parts(SSDT_PART + 1), 2);
	assert_int_equal(ssdt_rom_parts(SSDT_ROM_MAX), SSDT_PARTS_MAX);
	assert_int_equal(ssdt_rom_part(rom, 0, 0, &aml), -EINVAL);
	assert_int_equal(ssdt_rom_part(rom, SSDT_PART, 1, &aml), -EINVAL);
	assert_int_equal(ssdt_rom_part(rom, sizeof(rom), 0, &aml), -EINVAL);
	assert_int_equal(ssdt_rom_method(0, &aml), -EINVAL);
	assert_int_equal(ssdt_rom_method(SSDT_PARTS_MAX + 1, &aml), -EINVAL);
	assert_null(aml.bytes);
	assert_int_equal(ssdt_rom_part(rom, SSDT_ROM_MAX, SSDT_PARTS_MAX - 1, &aml), 0);
	assert_true(aml.length > SSDT_PART && aml.length <= AML_TABLE_MAX);
	free(aml.bytes);
	aml = (struct aml){0};
	assert_int_equal(ssdt_rom_method(SSDT_PARTS_MAX, &aml), 0);
	free(aml.bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_package_length),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_no_table),
		cmocka_unit_test(test_rom_parts),
	};

	return cmocka_run_group_tests_name("aml", tests, NULL, NULL);
}
