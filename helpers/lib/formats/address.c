/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/address.h"

#include <stddef.h>
#include <string.h>

/* The digit's value, or -1. Without the C library's tables and number formats, which a program that
 * runs for every device would have to load. */
static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Reads exactly MIN to MAX hex digits at *TEXT and steps over them and the character AFTER. */
static bool take_hex(const char **text, size_t min, size_t max, char after, unsigned long limit,
	unsigned long *out)
{
	unsigned long value = 0;
	size_t n = 0;

	for (; n <= max && hex_digit((*text)[n]) >= 0; n++)
		value = value << 4 | (unsigned long)hex_digit((*text)[n]);
	if (n < min || n > max || (*text)[n] != after)
		return false;
	*out = value;
	*text += n + (after != '\0');
	return *out <= limit;
}

bool address_parse(const char *text, char out[static ADDRESS_SIZE])
{
	unsigned long domain, bus, slot, function;
	const char *end = text, *start = text;
	size_t n = 0;

	if (!take_hex(&end, 4, 8, ':', 0xffffffff, &domain) ||
		!take_hex(&end, 2, 2, ':', 0xff, &bus) || !take_hex(&end, 2, 2, '.', 0x1f, &slot) ||
		!take_hex(&end, 1, 1, '\0', 7, &function))
		return false;
	/* a domain has leading zeros up to four digits */
	while (*start == '0' && start[4] != ':')
		start++;
	for (; start[n]; n++)
		out[n] = (char)(hex_digit(start[n]) > 9 ? start[n] | 0x20 : start[n]);
	out[n] = '\0';
	return true;
}

bool address_same_slot(const char *a, const char *b)
{
	size_t n = strlen(a);

	return n == strlen(b) && n > 2 && memcmp(a, b, n - 1) == 0;
}

bool address_parse_id(const char *text, unsigned int *vendor, unsigned int *device)
{
	unsigned long v, d;

	if (!take_hex(&text, 4, 4, ':', 0xffff, &v) || !take_hex(&text, 4, 4, '\0', 0xffff, &d))
		return false;
	*vendor = (unsigned int)v;
	*device = (unsigned int)d;
	return true;
}
