/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/blocks.h"

enum {
	LIST_LENGTH = 0x0c,
	LIST_SIZE = 0x10,
	PART_VERSION = 0x10,
	PART_DATA = 0x28, /* four lengths: of the data, their signature, more data, theirs */
	PART_SIZE_1 = 0x48,
	PART_SIZE_2 = 0x58,
	BLOCK_ATTRIBUTES = 0x14, /* the lowest bit: there is a signature */
	BLOCK_SCRIPT_LENGTH = 0x1c,
	BLOCK_DATA_LENGTH = 0x20,
	BLOCK_SIZE = 0x30,
	SCRIPT_OFFSET = 0x0c, /* what the script's second instruction loads */
	SCRIPT_LENGTH = 0x1c, /* what its fourth one does */
	SCRIPT_SIZE = 0x20,
	SIGNATURE_2048 = 0x20c, /* the first number in it is 1 */
	SIGNATURE_3072 = 0x30c,
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

static bool read_block(struct span data, struct span *script, struct span *piece)
{
	size_t script_size, size;

	if (data.size < BLOCK_SIZE)
		return false;
	script_size = little32(data.at + BLOCK_SCRIPT_LENGTH);
	size = little32(data.at + BLOCK_DATA_LENGTH);
	if (script_size < SCRIPT_SIZE || !span_has(data, BLOCK_SIZE, script_size) || size == 0 ||
		!span_has(data, BLOCK_SIZE + script_size, size))
		return false;
	*script = span_part(data, BLOCK_SIZE, script_size);
	*piece = span_part(data, BLOCK_SIZE + script_size, size);
	return true;
}

bool dell_block(struct span data, size_t *offset, struct span *piece)
{
	struct span script, found;

	if (!read_block(data, &script, &found) || little32(script.at + SCRIPT_LENGTH) != found.size)
		return false;
	*offset = little32(script.at + SCRIPT_OFFSET);
	*piece = found;
	return true;
}

bool ami_next_piece(struct span blocks, size_t *at, struct span *piece)
{
	struct span block = span_from(blocks, *at), script, signature;

	if (!read_block(block, &script, piece))
		return false;
	*at += BLOCK_SIZE + script.size + piece->size;
	signature = span_from(blocks, *at);
	if (block.at[BLOCK_ATTRIBUTES] & 1 && signature.size >= 4)
		*at += little32(signature.at) == 1 ? SIGNATURE_2048 : SIGNATURE_3072;
	if (*at > blocks.size)
		*at = blocks.size;
	return true;
}
