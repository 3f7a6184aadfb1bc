/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tree.h"

#include "status/page.h"

/* What WRITE puts on a page without colours; the caller frees it. */
static char *written(void (*write)(const struct page *page))
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	struct page page = {.out = out};

	assert_non_null(out);
	write(&page);
	fclose(out);
	return text;
}

static void check(void (*write)(const struct page *page), const char *wanted)
{
	char *text = written(write);

	assert_string_equal(text, wanted);
	free(text);
}

static void write_rows(const struct page *page)
{
	page_title(page, INK_BOLD, "%s", "title");
	page_gap(page);
	page_row(page, INK_PLAIN, "label", "%s", "text");
	page_row(page, INK_ALARM, "", "%s", "more  text");
	page_row(page, INK_PLAIN, "none", "%s", "");
	page_text(page, INK_WARNING, "%s", "  at the margin");
}

static void test_rows(void **state)
{
	(void)state;
	check(write_rows, "title\n"
			  "\n"
			  "  label     text\n"
			  "            more  text\n"
			  "  none      \n"
			  "  at the margin\n");
}

static void write_long(const struct page *page)
{
	page_title(page, INK_PLAIN, "%s",
		"012345678901234567890123456789012345678901234567890123456789012345678901234567890"
		"1");
	page_row(page, INK_PLAIN, "full", "%s",
		"2345678901234567890123456789012345678901234567890123456789 123456789");
	page_row(page, INK_PLAIN, "wrapped", "%s",
		"2345678901234567890123456789012345678901234567890123456789 1234567890 and on");
	page_row(page, INK_PLAIN, "broken", "%s",
		"a 4567890123456789012345678901234567890123456789012345678901234567890 and on");
	page_text(page, INK_PLAIN, "%s",
		"012345678901234567890123456789012345678901234567890123456789012345678901234567 90 "
		"23");
}

static void test_long(void **state)
{
	(void)state;
	check(write_long,
		"01234567890123456789012345678901234567890123456789012345678901234567890123456789\n"
		"  full      2345678901234567890123456789012345678901234567890123456789 123456789\n"
		"  wrapped   2345678901234567890123456789012345678901234567890123456789\n"
		"              1234567890 and on\n"
		"  broken    a\n"
		"              456789012345678901234567890123456789012345678901234567890123456789\n"
		"              0 and on\n"
		"012345678901234567890123456789012345678901234567890123456789012345678901234567\n"
		"  90 23\n");
}

/* Characters of more than one byte are never cut, and what is no character cannot reach a terminal.
 */
static void write_characters(const struct page *page)
{
	char umlauts[2 * 100 + 1];

	for (size_t i = 0; i < 100; i++)
		memcpy(umlauts + 2 * i, "\xc3\xbc", 3);
	page_title(page, INK_PLAIN, "%s", umlauts);
	page_row(page, INK_PLAIN, "row", "%s", umlauts);
	page_row(page, INK_PLAIN, "bad", "%s", "\x1b[31m \xff \n");
}

static void test_characters(void **state)
{
	char wanted[1024] = "", *at = wanted;

	(void)state;
	for (size_t i = 0; i < 80; i++)
		at = stpcpy(at, "\xc3\xbc");
	at = stpcpy(at, "\n  row       ");
	for (size_t i = 0; i < 68; i++)
		at = stpcpy(at, "\xc3\xbc");
	at = stpcpy(at, "\n              ");
	for (size_t i = 0; i < 32; i++)
		at = stpcpy(at, "\xc3\xbc");
	stpcpy(at, "\n  bad       \\x1b[31m \\xff \\x0a\n");
	check(write_characters, wanted);
}

static bool colours_on(int fd)
{
	FILE *out = fdopen(dup(fd), "w");
	bool colours;

	assert_non_null(out);
	colours = page_colours(out);
	fclose(out);
	return colours;
}

/* Colours are for a terminal, and for whoever has not asked for none. */
static void test_where_colours_are(void **state)
{
	int terminal = posix_openpt(O_RDWR | O_NOCTTY),
	    file = open("/tmp", O_TMPFILE | O_RDWR, 0600);

	(void)state;
	assert_true(terminal >= 0 && file >= 0);
	setenv("TERM", "xterm", 1);
	unsetenv("NO_COLOR");
	assert_true(colours_on(terminal));
	assert_false(colours_on(file));
	setenv("NO_COLOR", "", 1);
	assert_true(colours_on(terminal));
	setenv("NO_COLOR", "1", 1);
	assert_false(colours_on(terminal));
	unsetenv("NO_COLOR");
	setenv("TERM", "dumb", 1);
	assert_false(colours_on(terminal));
	unsetenv("TERM");
	assert_false(colours_on(terminal));
	close(terminal);
	close(file);
}

static void write_coloured(const struct page *page)
{
	struct page coloured = {.out = page->out, .colour = true};

	page_row(&coloured, INK_ALARM, "label", "%s", "text");
}

static void test_colours(void **state)
{
	(void)state;
	check(write_coloured, "  label     \033[31mtext\033[0m\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_characters),
		cmocka_unit_test(test_where_colours_are),
		cmocka_unit_test(test_colours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
