/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/vgpu-type.h"

#include <stdbool.h>
#include <string.h>

/* Is the word of LENGTH bytes at TEXT a number and then UNIT? */
static bool number(const char *text, size_t length, const char *unit, unsigned int *out)
{
	size_t digits = strspn(text, "0123456789");
	unsigned long value = 0;

	if (digits == 0 || digits > 9 || length != digits + strlen(unit) ||
		memcmp(text + digits, unit, strlen(unit)) != 0)
		return false;
	for (size_t i = 0; i < digits; i++)
		value = value * 10 + (unsigned long)(text[i] - '0');
	*out = (unsigned int)value;
	return true;
}

static void resolution(const char *text, size_t length, struct vgpu_type *out)
{
	size_t width = strspn(text, "0123456789");
	size_t height = text[width] == 'x' ? strspn(text + width + 1, "0123456789") : 0;

	if (width == 0 || height == 0 || length != width + 1 + height ||
		length >= sizeof(out->resolution))
		return;
	memcpy(out->resolution, text, length);
	out->resolution[length] = '\0';
}

static void line(const char *text, size_t length, struct vgpu_type *out)
{
	const struct {
		const char *name, *unit;
		unsigned int *value;
	} numbers[] = {
		{"low_gm_size: ", "MB", &out->low_mb},
		{"high_gm_size: ", "MB", &out->high_mb},
		{"fence: ", "", &out->fence},
		{"weight: ", "", &out->weight},
	};
	static const char size[] = "resolution: ";

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		size_t n = strlen(numbers[i].name);

		if (length > n && memcmp(text, numbers[i].name, n) == 0)
			number(text + n, length - n, numbers[i].unit, numbers[i].value);
	}
	if (length > sizeof(size) - 1 && memcmp(text, size, sizeof(size) - 1) == 0)
		resolution(text + sizeof(size) - 1, length - (sizeof(size) - 1), out);
}

void vgpu_type_parse(const char *text, struct vgpu_type *out)
{
	*out = (struct vgpu_type){.low_mb = 0};
	while (*text) {
		size_t length = strcspn(text, "\n");

		line(text, length, out);
		text += length + (text[length] == '\n');
	}
}
