/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

size_t text_utf8(const char *text, size_t length)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t need = 0;

	if (length == 0)
		return 0;
	if (p[0] < 0x80)
		return 1;
	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		need = 2;
	else if ((p[0] & 0xf0) == 0xe0)
		need = 3;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		need = 4;
	if (need == 0 || length < need)
		return 0;
	for (size_t i = 1; i < need; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	/* overlong forms, surrogates, above U+10FFFF */
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
		(p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return need;
}

size_t text_character(const char *text, size_t length, uint32_t *out)
{
	static const unsigned char lead[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	size_t n = text_utf8(text, length);

	if (n == 0)
		return 0;
	*out = (unsigned char)*text & lead[n];
	for (size_t i = 1; i < n; i++)
		*out = *out << 6 | ((unsigned char)text[i] & 0x3f);
	return n;
}

bool text_shown(uint32_t character)
{
	static const struct {
		uint32_t first, last;
	} hidden[] = {
		{0x00, 0x1f},
		{0x7f, 0x9f}, /* DEL, and C1, which terminals obey as they do ESC */
		{0xad, 0xad},
		{0x61c, 0x61c},
		{0x180e, 0x180e},
		{0x200b, 0x200b}, /* the joiners behind it are part of how names are spelt */
		{0x200e, 0x200f},
		{0x2028, 0x202e},
		{0x2060, 0x206f},
		{0xfeff, 0xfeff},
		{0xfff9, 0xfffb},
		{0xe0000, 0xe007f},
	};

	for (size_t i = 0; i < sizeof(hidden) / sizeof(*hidden); i++)
		if (character >= hidden[i].first && character <= hidden[i].last)
			return false;
	return true;
}

void text_printable(const char *text, char *out, size_t size)
{
	size_t length = strlen(text), at = 0;

	while (length > 0) {
		uint32_t character;
		size_t n = text_character(text, length, &character);

		if (n > 0 && text_shown(character)) {
			if (at + n >= size)
				break;
			memcpy(out + at, text, n);
			at += n;
		} else {
			n = n > 0 ? n : 1;
			if (at + 4 * n >= size)
				break;
			for (size_t i = 0; i < n; i++, at += 4)
				snprintf(out + at, size - at, "\\x%02x", (unsigned char)text[i]);
		}
		text += n;
		length -= n;
	}
	out[at] = '\0';
}

static bool unreserved(unsigned char c)
{
	return (c < 0x80 && isalnum(c)) || c == '-' || c == '.' || c == '_' || c == '~';
}

int text_escape(const char *text, char *out, size_t size)
{
	size_t need = 1, at = 0;

	for (const char *p = text; *p; p++)
		need += unreserved((unsigned char)*p) ? 1 : 3;
	if (need > size)
		return -ENAMETOOLONG;
	for (const char *p = text; *p; p++) {
		if (unreserved((unsigned char)*p))
			out[at++] = *p;
		else
			at += (size_t)snprintf(out + at, size - at, "%%%02X", (unsigned char)*p);
	}
	out[at] = '\0';
	return 0;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int text_unescape(const char *text, char *out, size_t size)
{
	size_t need = 1;

	for (const char *p = text; *p; p++, need++) {
		if (*p != '%')
			continue;
		if (hex_digit(p[1]) < 0 || hex_digit(p[2]) < 0 || (p[1] == '0' && p[2] == '0'))
			return -EINVAL;
		p += 2;
	}
	if (need > size)
		return -ENAMETOOLONG;
	for (; *text; text++) {
		if (*text != '%') {
			*out++ = *text;
			continue;
		}
		*out++ = (char)(hex_digit(text[1]) << 4 | hex_digit(text[2]));
		text += 2;
	}
	*out = '\0';
	return 0;
}

int text_copy(char *out, size_t size, const char *text)
{
	size_t length = strlen(text);

	if (length >= size)
		return -ENAMETOOLONG;
	memcpy(out, text, length + 1);
	return 0;
}

bool text_uuid(const char *text, char out[static 37])
{
	if (strlen(text) != 36)
		return false;
	for (size_t i = 0; i < 36; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? text[i] != '-' : hex_digit(text[i]) < 0)
			return false;
	}
	for (size_t i = 0; i <= 36; i++)
		out[i] = (char)tolower((unsigned char)text[i]);
	return true;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t text_distance(const char *a, const char *b)
{
	/* of the first I bytes of A and the first J of B */
	size_t d[TEXT_DISTANCE_MAX][TEXT_DISTANCE_MAX], m = strlen(a), n = strlen(b);

	if (m >= TEXT_DISTANCE_MAX || n >= TEXT_DISTANCE_MAX)
		return TEXT_DISTANCE_MAX;
	for (size_t i = 0; i <= m; i++)
		for (size_t j = 0; j <= n; j++) {
			if (i == 0 || j == 0) {
				d[i][j] = i + j;
				continue;
			}
			d[i][j] = least(d[i - 1][j], d[i][j - 1]) + 1;
			d[i][j] = least(d[i][j], d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
		}
	return d[m][n];
}
