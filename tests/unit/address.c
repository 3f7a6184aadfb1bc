/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "formats/address.h"

static void test_parse(void **state)
{
	static const struct {
		const char *text, *address;
	} rows[] = {
		{"0000:01:00.0", "0000:01:00.0"},
		{"0000:0A:1F.7", "0000:0a:1f.7"},
		{"10000:e1:00.0", "10000:e1:00.0"},
		{"FFFFFFFF:ff:1f.7", "ffffffff:ff:1f.7"},
		{"00010000:e1:00.0", "10000:e1:00.0"},
		{"00000000:e1:00.0", "0000:e1:00.0"},
	};
	static const char *const wrong[] = {"", "01:00.0", "000:01:00.0", "0000:1:00.0",
		"0000:01:0.0", "0000:01:00", "0000:01:00.", "0000:01:00.00", "0000:01:00.8",
		"0000:01:20.0", "0000:001:00.0", "000000000:01:00.0", "0000:01:00.0 ",
		" 0000:01:00.0", "0000:01:00.0\n", "0000-01-00.0", "0x00:01:00.0", "0000:01:00:0",
		"000g:01:00.0", "+000:01:00.0", "0000:01:00.-"};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char out[ADDRESS_SIZE] = "untouched";

		assert_true(address_parse(rows[i].text, out));
		assert_string_equal(out, rows[i].address);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		char out[ADDRESS_SIZE] = "untouched";

		assert_false(address_parse(wrong[i], out));
		assert_string_equal(out, "untouched");
	}
}

static void test_same_slot(void **state)
{
	(void)state;
	assert_true(address_same_slot("0000:01:00.0", "0000:01:00.1"));
	assert_true(address_same_slot("0000:01:00.0", "0000:01:00.0"));
	assert_false(address_same_slot("0000:01:00.0", "0000:01:01.0"));
	assert_false(address_same_slot("0000:01:00.0", "0000:02:00.0"));
	assert_false(address_same_slot("0000:01:00.0", "0001:01:00.0"));
	assert_false(address_same_slot("10000:01:00.0", "0000:01:00.0"));
	assert_false(address_same_slot("0000:01:00.0", "10000:01:00.0"));
}

static void test_id(void **state)
{
	static const char *const wrong[] = {"", "10de", "10de:", ":1c8d", "10de:1c8d ", "10de:1c8",
		"10de:1c8d0", "010de:1c8d", "0x10de:0x1c8d", "10de-1c8d", "10de:1c8g"};
	unsigned int vendor = 1, device = 2;

	(void)state;
	assert_true(address_parse_id("10DE:1c8D", &vendor, &device));
	assert_int_equal(vendor, 0x10de);
	assert_int_equal(device, 0x1c8d);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_false(address_parse_id(wrong[i], &vendor, &device));
	assert_int_equal(vendor, 0x10de);
	assert_int_equal(device, 0x1c8d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_same_slot),
		cmocka_unit_test(test_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
