/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "formats/diff.h"
#include "patch.h"

#define HEAD   "--- /etc/f\n+++ /etc/f\n"
#define END    "\\ No newline at end of file\n"
#define TEN    "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n"
#define ELEVEN "1\n2\n3\n4\nnew\n5\n6\n7\n8\n9\n10\n"

/* What diff -u of GNU diffutils prints, but for the times in its first lines. */
static void test_as_diff(void **state)
{
	static const struct {
		const char *from, *to, *diff;
	} rows[] = {
		{"a\n", "a\n", ""},
		{"", "", ""},
		{NULL, NULL, ""},
		{NULL, "a\n", "--- /dev/null\n+++ /etc/f\n@@ -0,0 +1 @@\n+a\n"},
		{NULL, "", "--- /dev/null\n+++ /etc/f\n"},
		{"a\nb\n", NULL, "--- /etc/f\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-a\n-b\n"},
		{"a\n", "b\n", HEAD "@@ -1 +1 @@\n-a\n+b\n"},
		{"a\nb\n", "b\n", HEAD "@@ -1,2 +1 @@\n-a\n b\n"},
		{"a", "a\n", HEAD "@@ -1 +1 @@\n-a\n" END "+a\n"},
		{"a\n", "a", HEAD "@@ -1 +1 @@\n-a\n+a\n" END},
		{"a\nb", "c\nb", HEAD "@@ -1,2 +1,2 @@\n-a\n+c\n b\n" END},
		{TEN, ELEVEN, HEAD "@@ -2,6 +2,7 @@\n 2\n 3\n 4\n+new\n 5\n 6\n 7\n"},
		{ELEVEN, TEN, HEAD "@@ -2,7 +2,6 @@\n 2\n 3\n 4\n-new\n 5\n 6\n 7\n"},
		/* six lines between two changes are one hunk, seven are two */
		{"a\n1\n2\n3\n4\n5\n6\nb\n", "c\n1\n2\n3\n4\n5\n6\nd\n",
			HEAD "@@ -1,8 +1,8 @@\n-a\n+c\n 1\n 2\n 3\n 4\n 5\n 6\n-b\n+d\n"},
		{"a\n1\n2\n3\n4\n5\n6\n7\nb\n", "c\n1\n2\n3\n4\n5\n6\n7\nd\n",
			HEAD "@@ -1,4 +1,4 @@\n-a\n+c\n 1\n 2\n 3\n"
			     "@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-b\n+d\n"},
		/* the longest common part, not the first */
		{"x\na\nb\nc\nd\n", "a\nb\nc\nx\nd\n",
			HEAD "@@ -1,5 +1,5 @@\n-x\n a\n b\n c\n+x\n d\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *diff;

		assert_int_equal(diff_unified("/etc/f", rows[i].from, rows[i].to, &diff), 0);
		assert_string_equal(diff, rows[i].diff);
		free(diff);
	}
}

static void check_both_ways(const char *from, const char *to)
{
	char *diff, *made;

	assert_int_equal(diff_unified("/f", from, to, &diff), 0);
	made = patch(from, diff, false);
	assert_non_null(made);
	assert_string_equal(made, to);
	free(made);
	made = patch(to, diff, true);
	assert_non_null(made);
	assert_string_equal(made, from);
	free(made);
	free(diff);
}

/* A text of LINES lines out of few different ones, the same for the same SEED. */
static char *make_text(uint32_t seed, unsigned int lines)
{
	char *text = malloc(2 * lines + 1);

	assert_non_null(text);
	for (unsigned int i = 0; i < lines; i++) {
		seed = seed * 1664525 + 1013904223;
		text[2 * i] = (char)('a' + (seed >> 28) % 5);
		text[2 * i + 1] = '\n';
	}
	text[2 * lines] = '\0';
	if (lines > 0 && seed >> 30 == 0)
		text[2 * lines - 1] = '\0';
	return text;
}

static void test_both_ways(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 2000; i++) {
		char *from = make_text(i, i % 37), *to = make_text(~i, i % 41);

		check_both_ways(from, to);
		free(to);
		free(from);
	}
}

/* More lines than are compared one by one: what is between the ends is replaced. */
static void test_many_lines(void **state)
{
	enum { LINES = 10000, SIZE = LINES * 12 };
	char *from = calloc(1, SIZE), *to = calloc(1, SIZE);
	size_t a = 0, b = 0;

	(void)state;
	assert_true(from && to);
	for (int i = 0; i < LINES; i++) {
		a += (size_t)snprintf(from + a, SIZE - a, "line %d\n", i % 5000);
		b += (size_t)snprintf(to + b, SIZE - b, i == 1 ? "other\n" : "line %d\n", i % 4999);
	}
	check_both_ways(from, to);
	free(to);
	free(from);
}

static void test_patch_is_strict(void **state)
{
	static const char *const wrong[] = {
		HEAD "@@ -1 +1 @@\n-b\n+a\n",
		HEAD "@@ -2 +1 @@\n-a\n+b\n",
		HEAD "@@ -1 +2 @@\n-a\n+b\n",
		HEAD "@@ -1,2 +1 @@\n-a\n+b\n",
		HEAD "@@ -1 +1,2 @@\n-a\n+b\n",
		HEAD "-a\n+b\n",
		"@@ -1 +1 @@\n-a\n+b\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		char *made = patch("a\n", wrong[i], false);

		assert_null(made);
		free(made);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_as_diff),
		cmocka_unit_test(test_both_ways),
		cmocka_unit_test(test_many_lines),
		cmocka_unit_test(test_patch_is_strict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
