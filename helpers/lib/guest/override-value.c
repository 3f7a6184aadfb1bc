/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "guest/override.h"

static const char *const type_names[] = {
	[OVERRIDE_STRING] = "string",
	[OVERRIDE_UNSIGNED] = "unsigned",
	[OVERRIDE_SIGNED] = "signed",
	[OVERRIDE_BOOL] = "bool",
};

const char *override_type_name(enum override_type type)
{
	return type_names[type];
}

/* As C and QEMU's -set write numbers: decimal, 0x.., 0.. */
static int read_number(const char *value, bool sign, char *out, size_t size)
{
	const char *digits = value + (sign && *value == '-');
	char *end;
	int n;

	if (!isdigit((unsigned char)*digits))
		return -EINVAL;
	errno = 0;
	if (sign)
		n = snprintf(out, size, "%" PRIdMAX, strtoimax(value, &end, 0));
	else
		n = snprintf(out, size, "%" PRIuMAX, strtoumax(value, &end, 0));
	return errno || *end || n < 0 || (size_t)n >= size ? -EINVAL : 0;
}

static int read_bool(const char *value, char *out, size_t size)
{
	static const char *const words[][2] = {
		{"on", "off"}, {"true", "false"}, {"yes", "no"}, {"y", "n"}};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		for (size_t no = 0; no < 2; no++)
			if (!strcmp(value, words[i][no]))
				return text_copy(out, size, no ? "false" : "true");
	return -EINVAL;
}

int override_value(enum override_type type, const char *value, char **out, struct msg *why)
{
	char text[32], *copy;
	int r = 0;

	if (type == OVERRIDE_BOOL)
		r = read_bool(value, text, sizeof(text));
	else if (type != OVERRIDE_STRING)
		r = read_number(value, type == OVERRIDE_SIGNED, text, sizeof(text));
	if (r)
		return msg_fail(
			why, EINVAL, "'%.64s' is no value of the type %s", value, type_names[type]);
	copy = strdup(type == OVERRIDE_STRING ? value : text);
	if (!copy)
		return msg_fail(why, ENOMEM, "not enough memory");
	*out = copy;
	return 0;
}

bool override_is_true(const char *value)
{
	char text[8];

	return read_bool(value, text, sizeof(text)) == 0 && !strcmp(text, "true");
}
