/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "formats/rom.h"

enum { BLOCK = 64 };

static bool signature(const uint8_t *at)
{
	return (at[0] == 0x55 && at[1] == 0xaa) || (at[0] == 0x77 && at[1] == 0xbb);
}

/* Without a branch, so that compilers make vector instructions of it. Reads one byte more. */
static bool block_has_signature(const uint8_t *at)
{
	uint8_t any = 0;

	for (size_t i = 0; i < BLOCK; i++)
		any |= (uint8_t)(((at[i] == 0x55) & (at[i + 1] == 0xaa)) |
				 ((at[i] == 0x77) & (at[i + 1] == 0xbb)));
	return any;
}

/* The first signature at or after FROM and before LIMIT, which is returned if there is none. */
static size_t next_signature(const uint8_t *data, size_t size, size_t from, size_t limit)
{
	size_t at = from;

	while (at < limit && size - at > BLOCK && !block_has_signature(data + at))
		at += BLOCK;
	while (at < limit && size - at >= 2 && !signature(data + at))
		at++;
	return at < limit && size - at >= 2 ? at : limit;
}

/* After a broken chain one that begins without x86 code is what was left of that. */
static bool begins(const struct rom_cursor *cursor, size_t at)
{
	int code;

	if (cursor->is_rom && at == 0)
		return true;
	code = rom_begins(cursor->data, cursor->size, at);
	return code >= 0 && (!cursor->broken || code == 0);
}

bool rom_next(struct rom_cursor *cursor, size_t limit, struct rom_chain *out)
{
	while (cursor->at < limit) {
		size_t at = next_signature(cursor->data, cursor->size, cursor->at, limit);
		int err;

		cursor->at = at + (at < limit);
		if (at == limit || !begins(cursor, at))
			continue;
		err = rom_walk(cursor->data, cursor->size, at, out);
		cursor->broken = err < 0;
		/* what lies in the images of one that is not whole is no chain of its own */
		cursor->at = out->end + (err == -EINVAL);
		return true;
	}
	return false;
}

int rom_find(const uint8_t *data, size_t size, struct rom *out, struct msg *why)
{
	struct rom_cursor cursor = {.data = data, .size = size, .is_rom = true};
	struct rom_chain spare;

	for (out->chains = 0; out->chains < ROM_CHAINS_MAX; out->chains++)
		if (!rom_next(&cursor, size, &out->chain[out->chains]))
			break;
	if (out->chains == ROM_CHAINS_MAX && rom_next(&cursor, size, &spare))
		return msg_fail(
			why, E2BIG, "more than %d option ROMs are not looked at", ROM_CHAINS_MAX);
	if (out->chains == 0)
		return msg_fail(why, ENOENT, "there is no option ROM in %zu bytes", size);
	return 0;
}
