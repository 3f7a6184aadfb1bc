/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The input is two texts with a form feed between: their diff makes the second of the first, and
 * the first of the second. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/patch.h"
#include "formats/diff.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const char *from, const char *to)
{
	char *diff, *made;

	if (diff_unified("/f", from, to, &diff) < 0)
		abort();
	made = patch(from, diff, false);
	if (!made || strcmp(made, to) != 0)
		abort();
	free(made);
	made = patch(to, diff, true);
	if (!made || strcmp(made, from) != 0)
		abort();
	free(made);
	free(diff);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *cut = size ? memchr(data, '\f', size) : NULL;
	size_t first = cut ? (size_t)(cut - data) : size, second = cut ? size - first - 1 : 0;
	char *from = calloc(1, first + 1), *to = calloc(1, second + 1);

	if (!from || !to)
		abort();
	if (first > 0)
		memcpy(from, data, first);
	if (second > 0)
		memcpy(to, cut + 1, second);
	check(from, to);
	check(to, from);
	free(to);
	free(from);
	return 0;
}
