/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "status/page.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

enum { TEXT_MAX = 4096 };

bool page_colours(FILE *out)
{
	const char *no_color = secure_getenv("NO_COLOR"), *term = secure_getenv("TERM");

	return isatty(fileno(out)) == 1 && !(no_color && *no_color) && term && *term &&
	       strcmp(term, "dumb") != 0;
}

/* Select graphic rendition of ECMA-48 */
static void set_ink(const struct page *page, enum ink ink)
{
	static const char *const codes[] = {[INK_PLAIN] = "\033[0m",
		[INK_BOLD] = "\033[1m",
		[INK_WARNING] = "\033[33m",
		[INK_ALARM] = "\033[31m"};

	if (page->colour)
		fputs(codes[ink], page->out);
}

/* Bytes and columns of TEXT up to COLUMNS or, if WORD, to the next blank. */
static size_t measure(const char *text, size_t columns, bool word, size_t *wide)
{
	size_t bytes = 0;

	*wide = 0;
	while (text[bytes] && *wide < columns && !(word && text[bytes] == ' ')) {
		bytes += text_utf8(text + bytes, strlen(text + bytes));
		++*wide;
	}
	return bytes;
}

/* Writes TEXT from column AT on; the lines that follow begin at column INDENT. */
static void wrap(const struct page *page, const char *text, size_t at, size_t indent)
{
	bool first = true;

	while (*text) {
		size_t blanks = strspn(text, " "), wide, whole;
		size_t bytes;

		measure(text + blanks, TEXT_MAX, true, &whole);
		if (!first && at + blanks + whole > PAGE_WIDTH) {
			fprintf(page->out, "\n%*s", (int)indent, "");
			at = indent;
			blanks = 0;
			text += strspn(text, " ");
		}
		bytes = measure(text + blanks, PAGE_WIDTH - at - blanks, true, &wide);
		if (bytes == 0)
			break;
		fprintf(page->out, "%.*s", (int)(blanks + bytes), text);
		text += blanks + bytes;
		at += blanks + wide;
		first = false;
	}
}

#define PRINTABLE_FROM_FORMAT(printable, format)                                                   \
	char raw[TEXT_MAX], printable[TEXT_MAX];                                                   \
	va_list ap;                                                                                \
	va_start(ap, format);                                                                      \
	vsnprintf(raw, sizeof(raw), format, ap);                                                   \
	va_end(ap);                                                                                \
	text_printable(raw, printable, sizeof(printable))

void page_title(const struct page *page, enum ink ink, const char *format, ...)
{
	PRINTABLE_FROM_FORMAT(text, format);
	size_t wide, bytes = measure(text, PAGE_WIDTH, false, &wide);

	set_ink(page, ink);
	fprintf(page->out, "%.*s", (int)bytes, text);
	set_ink(page, INK_PLAIN);
	fputc('\n', page->out);
}

void page_text(const struct page *page, enum ink ink, const char *format, ...)
{
	PRINTABLE_FROM_FORMAT(text, format);

	set_ink(page, ink);
	wrap(page, text, 0, 2);
	set_ink(page, INK_PLAIN);
	fputc('\n', page->out);
}

void page_row(const struct page *page, enum ink ink, const char *label, const char *format, ...)
{
	PRINTABLE_FROM_FORMAT(text, format);

	fprintf(page->out, "  %-*s", PAGE_INDENT - 2, label);
	set_ink(page, ink);
	wrap(page, text, PAGE_INDENT, PAGE_INDENT + 2);
	set_ink(page, INK_PLAIN);
	fputc('\n', page->out);
}

void page_gap(const struct page *page)
{
	fputc('\n', page->out);
}
