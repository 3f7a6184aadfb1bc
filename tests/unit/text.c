/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"

#define UUID "af5972fb-5530-41a7-0000-fd836204445b"

static void test_utf8(void **state)
{
	static const struct {
		const char *text;
		size_t length, found;
	} rows[] = {
		{"a", 1, 1},
		{"a", 0, 0},
		{"\0", 1, 1},
		{"\x7f", 1, 1},
		{"\xc3\xa9", 2, 2},
		{"\xc3\xa9", 1, 0},
		{"\xc3(", 2, 0},
		{"\xa9", 1, 0},
		{"\xc1\xbf", 2, 0},
		{"\xc2\x80", 2, 2},
		{"\xe2\x82\xac", 3, 3},
		{"\xe2\x82\xac", 2, 0},
		{"\xe0\x9f\xbf", 3, 0},
		{"\xe0\xa0\x80", 3, 3},
		{"\xed\xa0\x80", 3, 0},
		{"\xed\x9f\xbf", 3, 3},
		{"\xf0\x9f\x98\x80", 4, 4},
		{"\xf0\x8f\xbf\xbf", 4, 0},
		{"\xf4\x8f\xbf\xbf", 4, 4},
		{"\xf4\x90\x80\x80", 4, 0},
		{"\xf5\x80\x80\x80", 4, 0},
		{"\xff", 1, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(text_utf8(rows[i].text, rows[i].length), rows[i].found);
}

static void test_printable(void **state)
{
	char out[64], small[6];

	(void)state;
	text_printable("win10 \xc3\xa9", out, sizeof(out));
	assert_string_equal(out, "win10 \xc3\xa9");
	text_printable("a\nb\x1b[2J\x7f\xff", out, sizeof(out));
	assert_string_equal(out, "a\\x0ab\\x1b[2J\\x7f\\xff");
	text_printable("\xc2\x9b", out, sizeof(out)); /* CSI of C1 */
	assert_string_equal(out, "\\xc2\\x9b");
	text_printable("a\xe2\x80\xaez", small, sizeof(small)); /* cut between characters */
	assert_string_equal(small, "a");
	text_printable("", out, sizeof(out));
	assert_string_equal(out, "");
	text_printable("1234\xc3\xa9", small, sizeof(small));
	assert_string_equal(small, "1234");
	text_printable("12\n", small, sizeof(small));
	assert_string_equal(small, "12");
	text_printable("12345678", small, sizeof(small));
	assert_string_equal(small, "12345");
	text_printable("x", small, 1);
	assert_string_equal(small, "");
}

/* The first and last of each range of characters that are not shown, and their neighbours. */
static void test_shown(void **state)
{
	static const struct {
		const char *text, *printable;
	} rows[] = {
		{"\x1f \x7e\x7f", "\\x1f ~\\x7f"},
		{"\xc2\x80\xc2\x9f\xc2\xa0", "\\xc2\\x80\\xc2\\x9f\xc2\xa0"},
		{"\xc2\xac\xc2\xad\xc2\xae", "\xc2\xac\\xc2\\xad\xc2\xae"},
		{"\xd8\x9b\xd8\x9c\xd8\x9d", "\xd8\x9b\\xd8\\x9c\xd8\x9d"},
		{"\xe1\xa0\x8d\xe1\xa0\x8e\xe1\xa0\x8f", "\xe1\xa0\x8d\\xe1\\xa0\\x8e\xe1\xa0\x8f"},
		{"\xe2\x80\x8a\xe2\x80\x8b\xe2\x80\x8c\xe2\x80\x8d",
			"\xe2\x80\x8a\\xe2\\x80\\x8b\xe2\x80\x8c\xe2\x80\x8d"},
		{"\xe2\x80\x8e\xe2\x80\x8f\xe2\x80\x90",
			"\\xe2\\x80\\x8e\\xe2\\x80\\x8f\xe2\x80\x90"},
		{"\xe2\x80\xa7\xe2\x80\xa8\xe2\x80\xae\xe2\x80\xaf",
			"\xe2\x80\xa7\\xe2\\x80\\xa8\\xe2\\x80\\xae\xe2\x80\xaf"},
		{"\xe2\x81\x9f\xe2\x81\xa0\xe2\x81\xaf\xe2\x81\xb0",
			"\xe2\x81\x9f\\xe2\\x81\\xa0\\xe2\\x81\\xaf\xe2\x81\xb0"},
		{"\xef\xbb\xbe\xef\xbb\xbf\xef\xbc\x80", "\xef\xbb\xbe\\xef\\xbb\\xbf\xef\xbc\x80"},
		{"\xef\xbf\xb8\xef\xbf\xb9\xef\xbf\xbb\xef\xbf\xbc",
			"\xef\xbf\xb8\\xef\\xbf\\xb9\\xef\\xbf\\xbb\xef\xbf\xbc"},
		{"\xf3\x9f\xbf\xbf\xf3\xa0\x80\x80\xf3\xa0\x81\xbf\xf3\xa0\x82\x80",
			"\xf3\x9f\xbf\xbf\\xf3\\xa0\\x80\\x80\\xf3\\xa0\\x81\\xbf\xf3\xa0\x82\x80"},
		{"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
	};
	uint32_t character = 1;
	char out[64];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		text_printable(rows[i].text, out, sizeof(out));
		assert_string_equal(out, rows[i].printable);
	}
	assert_int_equal(text_character("\xf0\x9f\x98\x80", 4, &character), 4);
	assert_int_equal(character, 0x1f600);
	assert_int_equal(text_character("\xf0\x9f\x98\x80", 3, &character), 0);
	assert_int_equal(text_character("", 0, &character), 0);
	assert_int_equal(character, 0x1f600);
}

static void test_escape(void **state)
{
	static const struct {
		const char *text, *escaped;
	} rows[] = {
		{"", ""},
		{"win10", "win10"},
		{"a-b.c_d~e", "a-b.c_d~e"},
		{"-rf /", "-rf%20%2F"},
		{"a\nb", "a%0Ab"},
		{"100%", "100%25"},
		{"\xc3\xa9\xff", "%C3%A9%FF"},
		{"$(id)", "%24%28id%29"},
	};
	char out[64];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(text_escape(rows[i].text, out, sizeof(out)), 0);
		assert_string_equal(out, rows[i].escaped);
		assert_int_equal(text_unescape(rows[i].escaped, out, sizeof(out)), 0);
		assert_string_equal(out, rows[i].text);
	}
	/* every byte but NUL goes there and back */
	for (int c = 1; c < 256; c++) {
		const char text[] = {(char)c, '\0'};
		char back[8];

		assert_int_equal(text_escape(text, out, sizeof(out)), 0);
		assert_null(strpbrk(out, " \t\r\n"));
		assert_int_equal(text_unescape(out, back, sizeof(back)), 0);
		assert_string_equal(back, text);
	}
}

static void test_escape_limits(void **state)
{
	static const char *const wrong[] = {"%", "%4", "%zz", "%4z", "%z4", "a%00b", "%%41"};
	char out[8] = "before";

	(void)state;
	assert_int_equal(text_escape("a b c", out, sizeof(out)), -ENAMETOOLONG);
	assert_string_equal(out, "before");
	assert_int_equal(text_escape("a bcd", out, sizeof(out)), 0);
	assert_string_equal(out, "a%20bcd");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		assert_int_equal(text_unescape(wrong[i], out, sizeof(out)), -EINVAL);
		assert_string_equal(out, "a%20bcd");
	}
	assert_int_equal(text_unescape("12345678", out, sizeof(out)), -ENAMETOOLONG);
	assert_string_equal(out, "a%20bcd");
	assert_int_equal(text_unescape("%31%32%33%344567", out, sizeof(out)), -ENAMETOOLONG);
	assert_int_equal(text_unescape("%31%32%33%34567", out, sizeof(out)), 0);
	assert_string_equal(out, "1234567");
	assert_int_equal(text_unescape("%c3%A9", out, sizeof(out)), 0);
	assert_string_equal(out, "\xc3\xa9");
}

static void test_copy(void **state)
{
	char out[4] = "old";

	(void)state;
	assert_int_equal(text_copy(out, sizeof(out), "1234"), -ENAMETOOLONG);
	assert_string_equal(out, "old");
	assert_int_equal(text_copy(out, sizeof(out), "123"), 0);
	assert_string_equal(out, "123");
	assert_int_equal(text_copy(out, sizeof(out), ""), 0);
	assert_string_equal(out, "");
}

static void test_uuid(void **state)
{
	static const char *const wrong[] = {"", "af5972fb", UUID "0",
		" af5972fb-5530-41a7-0000-fd836204445b", "af5972fb-5530-41a7-0000-fd836204445",
		"af5972fb-5530-41a7-0000-fd836204445g", "af5972fb05530-41a7-0000-fd836204445b",
		"af5972fb-5530-41a7-0000-fd83620-445b", "af5972fb553041a70000fd836204445b",
		"{f5972fb-5530-41a7-0000-fd83620444b}", "../../../../../../../../../../../etc"};
	char out[37] = "untouched";

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		assert_false(text_uuid(wrong[i], out));
		assert_string_equal(out, "untouched");
	}
	assert_true(text_uuid("AF5972FB-5530-41a7-0000-FD836204445B", out));
	assert_string_equal(out, UUID);
}

static void test_distance(void **state)
{
	static const struct {
		const char *a, *b;
		size_t distance;
	} rows[] = {
		{"", "", 0},
		{"take", "take", 0},
		{"", "take", 4},
		{"tkae", "take", 1},
		{"tak", "take", 1},
		{"takee", "take", 1},
		{"tike", "take", 1},
		{"atke", "take", 1},
		{"akte", "take", 2},
		{"ca", "abc", 3},
		{"vbios", "vgpu", 4},
		{"0123456789012345678901234567890", "", 31},
		{"01234567890123456789012345678901", "0", TEXT_DISTANCE_MAX},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(text_distance(rows[i].a, rows[i].b), rows[i].distance);
		assert_int_equal(text_distance(rows[i].b, rows[i].a), rows[i].distance);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_printable),
		cmocka_unit_test(test_shown),
		cmocka_unit_test(test_escape),
		cmocka_unit_test(test_escape_limits),
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_uuid),
		cmocka_unit_test(test_distance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
