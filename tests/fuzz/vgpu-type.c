/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "formats/vgpu-type.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is read can be shown: digits around one x, numbers of at most nine digits. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct vgpu_type type;
	size_t length;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	vgpu_type_parse(text, &type);
	free(text);
	length = strlen(type.resolution);
	if (length >= sizeof(type.resolution) || (length > 0 && length < 3) ||
		strspn(type.resolution, "0123456789x") != length || type.low_mb > 999999999 ||
		type.high_mb > 999999999 || type.fence > 999999999 || type.weight > 999999999)
		abort();
	return 0;
}
