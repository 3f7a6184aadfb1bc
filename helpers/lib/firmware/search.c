/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "firmware/search.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/search-parts.h"
#include "formats/blocks.h"
#include "formats/embedded.h"

/* An earlier chain with the same bytes keeps them for this one, too. */
static bool keep_again(struct firmware *found, const struct rom_chain *chain, size_t size)
{
	for (size_t i = 0; i < found->rom.chains; i++) {
		const struct rom_chain *other = &found->rom.chain[i];

		if (!other->whole || other->end - other->offset != size ||
			memcmp(found->keep + found->kept[i], chain->bytes, size) != 0)
			continue;
		found->kept[found->rom.chains] = found->kept[i];
		return true;
	}
	return false;
}

static int keep(struct search *s, const struct rom_chain *chain)
{
	struct firmware *found = s->found;
	size_t size = chain->end - chain->offset, cut = 0;

	if (found->rom.chains == ROM_CHAINS_MAX)
		return msg_fail(&found->why, E2BIG, "more than %d option ROMs are not looked at",
			ROM_CHAINS_MAX);
	if (chain->whole && !keep_again(found, chain, size)) {
		if (size > FIRMWARE_KEPT_MAX - found->kept_size)
			return msg_fail(&found->why, E2BIG,
				"more than %d MiB of option ROMs are not looked at",
				FIRMWARE_KEPT_MAX >> 20);
		memcpy(found->keep + found->kept_size, chain->bytes, size);
		found->kept[found->rom.chains] = found->kept_size;
		found->kept_size += size;
	}
	if (s->place_length >= ROM_PLACE_SIZE)
		cut = s->place_length - ROM_PLACE_SIZE + 1;
	found->rom.chain[found->rom.chains] = *chain;
	memcpy(found->rom.chain[found->rom.chains].place, s->found->place + cut,
		s->place_length - cut + 1);
	found->rom.chains++;
	return 0;
}

/* The chains that begin before LIMIT; the cursor is then there, or behind a whole one. */
static int search_roms(struct search *s, struct rom_cursor *cursor, size_t limit)
{
	struct rom_chain *chain = malloc(sizeof(*chain));
	int err = 0;

	if (!chain)
		return search_refuse(s, -ENOMEM, NULL);
	while (err == 0 && rom_next(cursor, limit, chain)) {
		if (!chain->whole && cursor->at > limit)
			cursor->at = limit;
		err = keep(s, chain);
	}
	free(chain);
	return err;
}

static int search_within(struct search *s, struct span part, const struct embedded *e)
{
	if (e->cut)
		search_note(s, NULL, "it is cut off");
	switch (e->kind) {
	case EMBEDDED_VOLUME:
		return search_volume(s, &e->volume);
	case EMBEDDED_DELL:
		return search_dell(s, part);
	case EMBEDDED_BLOCKS:
		return search_blocks(s, part);
	case EMBEDDED_TURNED:
		return search_turned(s, part);
	default:
		return search_archive(s, part, e->kind);
	}
}

/* Returns 1 if its signature is there by chance. What is an archive needs no second name. */
static int search_embedded(struct search *s, struct span bytes, const struct embedded *e)
{
	struct span part = span_part(bytes, e->offset, e->size);
	size_t before;
	int err;

	if (e->offset == 0 && e->kind != EMBEDDED_VOLUME)
		return search_within(s, part, e);
	err = search_enter(s, part, &before, "%s 0x%zx", embedded_name(e->kind), e->offset);
	if (err < 0)
		return err;
	err = search_within(s, part, e);
	search_leave(s, before);
	return err;
}

/* All that is embedded, and ROMs between. What begins within a whole ROM belongs to that. */
static int search_all(struct search *s, struct span bytes, struct embedded_cursor *cursor)
{
	struct rom_cursor roms = {.data = bytes.at, .size = bytes.size, .is_rom = s->depth == 0};
	struct embedded next;

	while (embedded_next(cursor, roms.at, &next)) {
		int err = search_roms(s, &roms, next.offset);

		if (err == 0 && roms.at == next.offset) {
			err = search_embedded(s, bytes, &next);
			roms.at = next.offset + (err == 1 ? 1 : next.size);
		}
		if (err < 0)
			return err;
	}
	return search_roms(s, &roms, bytes.size);
}

int search_bytes(struct search *s, struct span bytes)
{
	struct embedded_cursor *cursor;
	struct span within;
	size_t before;
	int err = 0;

	if (uefi_capsule(bytes, &within)) {
		err = search_enter(s, within, &before, "capsule");
		if (err < 0)
			return err;
		err = search_bytes(s, within);
		search_leave(s, before);
		return err;
	}
	if (dell_list(bytes, &within))
		return search_dell_list(s, within);
	if (bytes.size >= 2 && memcmp(bytes.at, "MZ", 2) == 0)
		err = search_installer(s, bytes);
	if (err < 0)
		return err;
	cursor = calloc(1, sizeof(*cursor));
	if (!cursor)
		return search_refuse(s, -ENOMEM, NULL);
	cursor->input = bytes;
	err = search_all(s, bytes, cursor);
	free(cursor);
	return err;
}

int firmware_search(struct span input, const struct firmware_options *options, struct firmware *out)
{
	struct search s = {.found = out, .options = options, .left = FIRMWARE_UNPACKED_MAX};

	out->size = input.size;
	return search_bytes(&s, input);
}
