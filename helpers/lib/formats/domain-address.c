/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/domain-address.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *domain_attribute(const char **attributes, const char *name)
{
	for (; *attributes; attributes += 2)
		if (strcmp(attributes[0], name) == 0)
			return attributes[1];
	return NULL;
}

/* 0x.. is hex, 0.. octal. strtoul itself takes signs, blanks and, in newer C libraries, 0b.. */
static bool number(const char *text, unsigned long max, unsigned long *out)
{
	int base = 10;
	char *end;

	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
		base = 16;
		text += 2;
	} else if (text[0] == '0') {
		base = 8;
	}
	if (!isxdigit((unsigned char)text[0]) || strpbrk(text, "xX"))
		return false;
	errno = 0;
	*out = strtoul(text, &end, base);
	return !errno && end != text && !*end && *out <= max;
}

const char *domain_address(const char **attributes, char out[static ADDRESS_SIZE])
{
	static const struct {
		const char *name;
		unsigned long max;
	} parts[] = {{"domain", 0xffffffff}, {"bus", 0xff}, {"slot", 0x1f}, {"function", 7}};
	unsigned long at[4] = {0};

	for (size_t i = 0; i < 4; i++) {
		const char *text = domain_attribute(attributes, parts[i].name);

		if (text && !number(text, parts[i].max, &at[i]))
			return parts[i].name;
	}
	snprintf(out, ADDRESS_SIZE, "%04lx:%02lx:%02lx.%lx", at[0] & 0xffffffff, at[1] & 0xff,
		at[2] & 0x1f, at[3] & 7);
	return NULL;
}
