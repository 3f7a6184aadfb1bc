/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "formats/blocks.h"
#include "formats/embedded.h"
#include "formats/uefi.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { DEPTH_MAX = 8, PARTS_MAX = 10000 };

static unsigned int parts;

static void check(bool holds)
{
	if (!holds)
		abort();
}

/* All of it can be read, and it lies in what it was found in. */
static bool inside(struct span part, struct span whole)
{
	static volatile uint8_t sum;

	if (part.size > 0)
		sum = (uint8_t)(sum + part.at[part.size - 1]);
	return part.at >= whole.at && part.at + part.size <= whole.at + whole.size;
}

static void look(struct span input, unsigned int depth);

static void look_at_sections(struct span sections, unsigned int depth)
{
	struct uefi_section section;
	size_t at = 0, before = 0;

	while (parts < PARTS_MAX && uefi_next_section(sections, &at, &section)) {
		char guid[UEFI_GUID_SIZE];

		check(at > before && at <= sections.size && inside(section.body, sections));
		check(section.name && section.packing <= UEFI_UNKNOWN);
		if (section.guid) {
			uefi_guid(section.guid, guid);
			check(strlen(guid) == sizeof(guid) - 1);
		}
		before = at;
		parts++;
		if (depth < DEPTH_MAX && section.packing == UEFI_SECTIONS)
			look_at_sections(section.body, depth + 1);
		look(section.body, depth + 1);
	}
	check(at <= sections.size);
}

static void look_at_volume(struct span input, const struct uefi_volume *volume, unsigned int depth)
{
	struct uefi_file file;
	size_t at = 0, before = 0;

	check(volume->size > 0 && span_has(input, volume->offset, volume->size));
	check(inside(volume->body, span_part(input, volume->offset, volume->size)));
	while (volume->has_files && parts < PARTS_MAX && uefi_next_file(volume->body, &at, &file)) {
		check(at > before && at <= volume->body.size && inside(file.body, volume->body));
		check(file.free == !file.guid);
		before = at;
		parts++;
		if (file.raw)
			look(file.body, depth + 1);
		else
			look_at_sections(file.body, depth + 1);
	}
}

static void look_at_list(struct span list, unsigned int depth)
{
	struct span data, piece;
	size_t at = 0, before = 0, offset;

	while (parts < PARTS_MAX && dell_next_part(list, &at, &data)) {
		check(at > before && at <= list.size && inside(data, list));
		before = at;
		parts++;
		if (dell_block(data, &offset, &piece))
			check(offset <= UINT32_MAX && piece.size > 0 && inside(piece, data));
		look(data, depth + 1);
	}
}

static void look_at_blocks(struct span blocks)
{
	size_t at = 0, before = 0;
	struct span piece;

	for (; ami_next_piece(blocks, &at, &piece); before = at)
		check(at > before && at <= blocks.size && piece.size > 0 && inside(piece, blocks));
}

static void look(struct span input, unsigned int depth)
{
	struct embedded_cursor cursor = {.input = input};
	struct embedded next;
	struct span body;
	size_t from = 0;

	if (depth >= DEPTH_MAX)
		return;
	look_at_blocks(input);
	if (uefi_capsule(input, &body)) {
		check(inside(body, input) && body.size < input.size);
		look(body, depth + 1);
	}
	if (dell_list(input, &body)) {
		check(inside(body, input));
		look_at_list(body, depth + 1);
	}
	for (; parts < PARTS_MAX && embedded_next(&cursor, from, &next); from = next.offset + 1) {
		check(next.offset >= from && next.size > 0 && embedded_name(next.kind));
		check(span_has(input, next.offset, next.size));
		parts++;
		if (next.kind == EMBEDDED_VOLUME)
			look_at_volume(input, &next.volume, depth + 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	parts = 0;
	look((struct span){data, size}, 0);
	return 0;
}
