/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/config-text.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/text.h"

#define OWN_LINE "a comment stands on a line of its own"

struct line {
	const char *text;
	size_t length;
	unsigned int number;
};

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Where one of MARKS follows a blank in TEXT, or LENGTH. */
static size_t find_after_blank(const char *text, size_t length, const char *marks)
{
	for (size_t i = 1; i < length; i++)
		if (text[i] && strchr(marks, text[i]) && blank(text[i - 1]))
			return i;
	return length;
}

static int check_bytes(const struct line *line, struct msg *why)
{
	for (size_t i = 0; i < line->length;) {
		size_t n = text_utf8(line->text + i, line->length - i);
		unsigned char c = (unsigned char)line->text[i];

		if (n == 0)
			return msg_fail(why, EINVAL, "line %u: not UTF-8; save the file as UTF-8",
				line->number);
		if (c == '\r')
			return msg_fail(why, EINVAL,
				"line %u: a carriage return; save the file with Unix line ends",
				line->number);
		if (c == 0)
			return msg_fail(why, EINVAL, "line %u: a NUL byte; this is not a text file",
				line->number);
		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return msg_fail(why, EINVAL,
				"line %u: the control character 0x%02x; remove it", line->number,
				c);
		i += n;
	}
	return 0;
}

static int check_section(const struct line *line, struct msg *why)
{
	const char *close = memchr(line->text, ']', line->length);
	size_t name, at;

	if (!close)
		return msg_fail(
			why, EINVAL, "line %u: the section's name does not end in ]", line->number);
	name = (size_t)(close - line->text) - 1;
	for (at = name + 2; at < line->length; at++)
		if (!blank(line->text[at]))
			return msg_fail(why, EINVAL,
				"line %u: text after ]; " OWN_LINE
				", and a guest with ] in its name is named by its UUID",
				line->number);
	if (name > CONFIG_SECTION_MAX)
		return msg_fail(why, EINVAL,
			"line %u: a section's name has at most %d bytes; name the guest by its "
			"UUID",
			line->number, CONFIG_SECTION_MAX);
	if (find_after_blank(line->text, line->length, ";") < line->length)
		return msg_fail(why, EINVAL,
			"line %u: ' ;' in a section's name; name the guest by its UUID",
			line->number);
	return 0;
}

static int check_setting(const struct line *line, struct msg *why)
{
	size_t at = 0;

	while (at < line->length && line->text[at] != '=' && line->text[at] != ':')
		at++;
	if (at == line->length)
		return msg_fail(why, EINVAL, "line %u: neither [SECTION] nor SETTING = VALUE",
			line->number);
	if (line->text[at] == ':')
		return msg_fail(why, EINVAL,
			"line %u: ':' after the setting's name; write SETTING = VALUE",
			line->number);
	if (at == 0)
		return msg_fail(why, EINVAL,
			"line %u: no setting before '='; write SETTING = VALUE", line->number);
	if (find_after_blank(line->text, line->length, ";#") < line->length)
		return msg_fail(
			why, EINVAL, "line %u: text after the value; " OWN_LINE, line->number);
	return 0;
}

static int check_line(const struct line *line, struct msg *why)
{
	size_t start = 0;
	int err;

	if (line->length > CONFIG_LINE_MAX)
		return msg_fail(why, EINVAL,
			"line %u: longer than %d bytes; break it (a list setting may repeat)",
			line->number, CONFIG_LINE_MAX);
	err = check_bytes(line, why);
	if (err)
		return err;
	while (start < line->length && blank(line->text[start]))
		start++;
	if (start == line->length || line->text[start] == '#' || line->text[start] == ';')
		return 0;
	if (start > 0)
		return msg_fail(why, EINVAL,
			"line %u: begins with a blank; begin sections and settings at the margin",
			line->number);
	return line->text[0] == '[' ? check_section(line, why) : check_setting(line, why);
}

int config_text_check(const char *text, size_t length, struct msg *why)
{
	struct line line = {.text = text};

	if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		return msg_fail(why, EINVAL,
			"line 1: begins with a byte order mark; save the file without it");
	for (size_t at = 0; at < length; at += line.length + 1) {
		const char *end = memchr(text + at, '\n', length - at);
		int err;

		line.text = text + at;
		line.length = end ? (size_t)(end - line.text) : length - at;
		line.number++;
		err = check_line(&line, why);
		if (err)
			return err;
	}
	return 0;
}
