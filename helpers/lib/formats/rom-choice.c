/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/rom-choice.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

bool rom_matches(const struct rom_chain *chain, const struct rom_wish *wish)
{
	if (wish->vendor == 0 && wish->device == 0)
		return true;
	return chain->vendor == wish->vendor && chain->device == wish->device;
}

static bool has_subsystem(const struct rom_wish *wish)
{
	return wish->subvendor != 0 || wish->subdevice != 0;
}

static bool same_board(const struct rom_chain *chain, const struct rom_wish *wish)
{
	return has_subsystem(wish) && chain->subvendor == wish->subvendor &&
	       chain->subdevice == wish->subdevice;
}

bool rom_other_board(const struct rom_chain *chain, const struct rom_wish *wish)
{
	return has_subsystem(wish) && chain->subvendor != 0 && !same_board(chain, wish);
}

static bool same_bytes(const struct rom_chain *a, const struct rom_chain *b)
{
	return a->end - a->offset == b->end - b->offset &&
	       memcmp(a->bytes, b->bytes, a->end - a->offset) == 0;
}

/* Whole chains that match, only of the same board if BOARD, and whether their bytes differ. */
struct found {
	const struct rom_chain *first;
	bool differ;
};

static struct found look(const struct rom *rom, const struct rom_wish *wish, bool board)
{
	struct found f = {0};

	for (size_t i = 0; i < rom->chains; i++) {
		const struct rom_chain *chain = &rom->chain[i];

		if (!chain->whole || !rom_matches(chain, wish) ||
			(board && !same_board(chain, wish)))
			continue;
		if (!f.first)
			f.first = chain;
		else if (!same_bytes(f.first, chain))
			f.differ = true;
	}
	return f;
}

/* Of a chain that is broken in its first image nobody knows whose it was. */
static int none(const struct rom *rom, const struct rom_wish *wish, struct msg *why)
{
	char place[ROM_PLACE_SIZE + 4];

	for (size_t i = 0; i < rom->chains; i++) {
		const struct rom_chain *chain = &rom->chain[i];

		if (!chain->whole && (rom_matches(chain, wish) || chain->vendor == 0))
			return msg_fail(why, EINVAL, "the option ROM at 0x%zx%s is not whole: %s",
				chain->offset, rom_in_place(chain, place), chain->why.text);
	}
	return msg_fail(why, ENOENT,
		"no option ROM here is of %04x:%04x; list shows those that are here", wish->vendor,
		wish->device);
}

int rom_choose(const struct rom *rom, const struct rom_wish *wish, const struct rom_chain **out,
	struct msg *why)
{
	struct found f = look(rom, wish, true);

	if (!f.first)
		f = look(rom, wish, false);
	if (!f.first)
		return none(rom, wish, why);
	if (f.differ)
		return msg_fail(why, ENOTUNIQ, "several different option ROMs could be meant; %s",
			wish->vendor ? "say which with --subsystem or --candidate"
				     : "say which with --id");
	*out = f.first;
	return 0;
}

int rom_choose_candidate(const struct rom *rom, const struct rom_wish *wish, unsigned int number,
	const struct rom_chain **out, struct msg *why)
{
	unsigned int seen = 0;

	for (size_t i = 0; i < rom->chains; i++) {
		if (!rom->chain[i].whole || !rom_matches(&rom->chain[i], wish) || ++seen != number)
			continue;
		*out = &rom->chain[i];
		return 0;
	}
	return seen == 0 ? none(rom, wish, why)
			 : msg_fail(why, ENOENT, "there is no candidate %u, but %u", number, seen);
}

const char *rom_in_place(const struct rom_chain *chain, char out[static ROM_PLACE_SIZE + 4])
{
	snprintf(out, ROM_PLACE_SIZE + 4, "%s%s", *chain->place ? " in " : "", chain->place);
	return out;
}

void rom_chain_line(const struct rom_chain *chain, char out[static ROM_CHAIN_LINE_SIZE])
{
	char board[32] = "", place[ROM_PLACE_SIZE + 4];

	if (chain->subvendor != 0)
		snprintf(board, sizeof(board), " subsystem %04x:%04x", chain->subvendor,
			chain->subdevice);
	snprintf(out, ROM_CHAIN_LINE_SIZE, "0x%zx %04x:%04x%s %zu image%s %zu bytes%s",
		chain->offset, chain->vendor, chain->device, board, chain->images,
		chain->images == 1 ? "" : "s", chain->end - chain->offset,
		rom_in_place(chain, place));
}
