/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/decompress.h"
#include "firmware/search-parts.h"
#include "formats/blocks.h"

int search_dell(struct search *s, struct span bytes)
{
	enum { HEADER = 16 };
	uint8_t *unpacked;
	size_t size;
	int err = decompress_zlib(span_from(bytes, HEADER), search_room(s), &unpacked, &size);

	if (err == -EBADMSG) {
		search_note(s, NULL, "the zlib data are damaged");
		return 1;
	}
	if (err < 0)
		return search_refuse(s, err, NULL);
	search_unpacked(s, size);
	err = search_bytes(s, (struct span){unpacked, size});
	free(unpacked);
	return err;
}

/* Where the first of the blocks belongs and where the last one ends, or false if not all of the
 * parts are blocks. */
static bool measure(struct span parts, size_t *first, size_t *end)
{
	struct span data, piece;
	size_t at = 0, offset, count = 0;

	*first = SIZE_MAX;
	*end = 0;
	for (; dell_next_part(parts, &at, &data); count++) {
		if (!dell_block(data, &offset, &piece))
			return false;
		if (offset < *first)
			*first = offset;
		if (offset + piece.size > *end)
			*end = offset + piece.size;
	}
	return count > 0;
}

static const char joined_name[] = "joined";

/* Memory for so much, all ff as in a flash memory, or NULL and the refusal. */
static uint8_t *make_room(struct search *s, size_t size, int *err)
{
	uint8_t *room = size > search_room(s) ? NULL : malloc(size);

	if (room)
		memset(room, 0xff, size);
	else
		*err = search_refuse(s, size > search_room(s) ? -E2BIG : -ENOMEM, joined_name);
	return room;
}

static int search_parts(struct search *s, struct span parts, size_t first, size_t size)
{
	size_t at = 0, offset;
	struct span data, piece;
	int err = 0;
	uint8_t *joined = make_room(s, size, &err);

	if (!joined)
		return err;
	while (dell_next_part(parts, &at, &data))
		if (dell_block(data, &offset, &piece))
			memcpy(joined + offset - first, piece.at, piece.size);
	err = search_file(s, joined_name, (struct span){joined, size});
	free(joined);
	return err;
}

int search_blocks(struct search *s, struct span bytes)
{
	struct span blocks = span_from(bytes, little32(bytes.at)), piece;
	size_t size = 0, at = 0, end;
	uint8_t *joined;
	int err = 0;

	while (ami_next_piece(blocks, &at, &piece))
		size += piece.size;
	if (size == 0)
		return 1;
	joined = make_room(s, size, &err);
	if (!joined)
		return err;
	end = at;
	at = size = 0;
	while (ami_next_piece(blocks, &at, &piece)) {
		memcpy(joined + size, piece.at, piece.size);
		size += piece.size;
	}
	err = search_file(s, joined_name, (struct span){joined, size});
	free(joined);
	return err < 0 ? err : search_bytes(s, span_from(blocks, end));
}

int search_turned(struct search *s, struct span bytes)
{
	int err = 0;
	uint8_t *turned = make_room(s, bytes.size, &err);

	if (!turned)
		return err;
	for (size_t i = 0; i < bytes.size; i++)
		turned[i] = (uint8_t)(bytes.at[i] >> 1 | bytes.at[i] << 7);
	search_unpacked(s, bytes.size);
	err = search_bytes(s, (struct span){turned, bytes.size});
	free(turned);
	return err;
}

int search_dell_list(struct search *s, struct span parts)
{
	size_t at = 0, before, first, end;
	struct span data;
	int err = 0;

	if (measure(parts, &first, &end))
		return search_parts(s, parts, first, end - first);
	for (size_t i = 1; err == 0 && dell_next_part(parts, &at, &data); i++) {
		err = search_enter(s, data, &before, "part %zu", i);
		if (err < 0)
			return err;
		err = search_bytes(s, data);
		search_leave(s, before);
	}
	return err < 0 ? err : search_bytes(s, span_from(parts, at));
}
