/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/address.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Reads exactly MIN to MAX hex digits at *TEXT and steps over them and the character AFTER. */
static bool take_hex(const char **text, size_t min, size_t max, char after, unsigned long limit,
	unsigned long *out)
{
	size_t n = 0;

	while (n <= max && isxdigit((unsigned char)(*text)[n]))
		n++;
	if (n < min || n > max || (*text)[n] != after)
		return false;
	*out = strtoul(*text, NULL, 16);
	*text += n + (after != '\0');
	return *out <= limit;
}

bool address_parse(const char *text, char out[static ADDRESS_SIZE])
{
	unsigned long domain, bus, slot, function;

	if (!take_hex(&text, 4, 8, ':', 0xffffffff, &domain) ||
		!take_hex(&text, 2, 2, ':', 0xff, &bus) ||
		!take_hex(&text, 2, 2, '.', 0x1f, &slot) ||
		!take_hex(&text, 1, 1, '\0', 7, &function))
		return false;
	snprintf(out, ADDRESS_SIZE, "%04lx:%02lx:%02lx.%lx", domain & 0xffffffff, bus & 0xff,
		slot & 0x1f, function & 7);
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
