/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "formats/address.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void check_escape(const char *text, size_t size, char *escaped, char *back)
{
	check(text_escape(text, escaped, 3 * size + 1) == 0);
	check(!strpbrk(escaped, " \t\r\n/"));
	check(text_unescape(escaped, back, size + 1) == 0 && !strcmp(back, text));
	if (text_unescape(text, back, size + 1) == 0)
		check(strlen(back) <= size);
}

static void check_printable(const char *text, size_t size, char *out)
{
	size_t length, n;
	uint32_t character;

	text_printable(text, out, 4 * size + 2);
	length = strlen(out);
	for (size_t i = 0; i < length; i += n) {
		n = text_character(out + i, length - i, &character);
		check(n > 0 && text_shown(character));
	}
	text_printable(text, out, size + 1); /* cut */
	check(strlen(out) <= size);
}

static void check_canonical(const char *text)
{
	char address[ADDRESS_SIZE], again[ADDRESS_SIZE], uuid[37], same[37];
	unsigned int vendor, device;

	if (address_parse(text, address))
		check(address_parse(address, again) && !strcmp(address, again));
	if (address_parse_id(text, &vendor, &device))
		check(vendor <= 0xffff && device <= 0xffff);
	if (text_uuid(text, uuid))
		check(text_uuid(uuid, same) && !strcmp(uuid, same));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *out = malloc(4 * size + 2), *back = malloc(size + 1);

	check(text && out && back);
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	check_escape(text, size, out, back);
	check_printable(text, size, out);
	check_canonical(text);
	free(back);
	free(out);
	free(text);
	return 0;
}
