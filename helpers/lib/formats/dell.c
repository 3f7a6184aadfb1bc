/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/dell.h"

enum {
	LIST_LENGTH = 0x0c,
	LIST_SIZE = 0x10,
	PART_VERSION = 0x10,
	PART_DATA = 0x28, /* four lengths: of the data, their signature, more data, theirs */
	PART_SIZE_1 = 0x48,
	PART_SIZE_2 = 0x58,
	BLOCK_SCRIPT_LENGTH = 0x1c,
	BLOCK_DATA_LENGTH = 0x20,
	BLOCK_SIZE = 0x30,
	SCRIPT_OFFSET = 0x0c, /* what the script's second instruction loads */
	SCRIPT_LENGTH = 0x1c, /* what its fourth one does */
	SCRIPT_SIZE = 0x20,
};

bool dell_list(struct span input, struct span *parts)
{
	if (input.size < LIST_SIZE || memcmp(input.at, "PFS.HDR.", 8) != 0)
		return false;
	*parts = span_part(input, LIST_SIZE, little32(input.at + LIST_LENGTH));
	return true;
}

bool dell_next_part(struct span parts, size_t *at, struct span *data)
{
	struct span part = span_from(parts, *at);
	size_t header =
		part.size > PART_VERSION && part.at[PART_VERSION] == 2 ? PART_SIZE_2 : PART_SIZE_1;
	uint64_t end = header;

	if (part.size < header)
		return false;
	for (size_t i = 0; i < 4; i++)
		end += little32(part.at + PART_DATA + 4 * i);
	if (end > part.size)
		return false;
	*data = span_part(part, header, little32(part.at + PART_DATA));
	*at += (size_t)end;
	return true;
}

bool dell_block(struct span data, size_t *offset, struct span *piece)
{
	size_t script, length;

	if (data.size < BLOCK_SIZE + SCRIPT_SIZE)
		return false;
	script = little32(data.at + BLOCK_SCRIPT_LENGTH);
	length = little32(data.at + BLOCK_DATA_LENGTH);
	if (script < SCRIPT_SIZE || !span_has(data, BLOCK_SIZE, script) || length == 0 ||
		!span_has(data, BLOCK_SIZE + script, length) ||
		little32(data.at + BLOCK_SIZE + SCRIPT_LENGTH) != length)
		return false;
	*offset = little32(data.at + BLOCK_SIZE + SCRIPT_OFFSET);
	*piece = span_part(data, BLOCK_SIZE + script, length);
	return true;
}
