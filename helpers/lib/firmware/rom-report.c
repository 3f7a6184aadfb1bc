/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "firmware/rom-report.h"

#include <stdio.h>

static bool list_chain(const struct rom_chain *chain)
{
	char line[ROM_CHAIN_LINE_SIZE], place[ROM_PLACE_SIZE + 4];

	for (size_t i = 0; i < chain->images; i++) {
		rom_image_line(&chain->image[i], line);
		puts(line);
	}
	if (chain->whole) {
		rom_chain_line(chain, line);
		printf("0x%zx end of %s\n", chain->end, line);
		return true;
	}
	fflush(stdout);
	say(LOG_ERR, "the option ROM at 0x%zx%s is not whole: %s", chain->offset,
		rom_in_place(chain, place), chain->why.text);
	return false;
}

bool rom_report_list(const struct rom *rom)
{
	bool whole = true;

	for (size_t i = 0; i < rom->chains; i++)
		whole = list_chain(&rom->chain[i]) && whole;
	return whole;
}

void rom_report_candidates(const struct rom *rom, const struct rom_wish *wish)
{
	char line[ROM_CHAIN_LINE_SIZE];

	for (size_t i = 0; i < rom->chains; i++) {
		if (!rom->chain[i].whole || !rom_matches(&rom->chain[i], wish))
			continue;
		rom_chain_line(&rom->chain[i], line);
		puts(line);
	}
	fflush(stdout);
}

void rom_report_doubts(const struct rom_chain *chain, const struct rom_wish *wish)
{
	char place[ROM_PLACE_SIZE + 4];

	rom_in_place(chain, place);
	for (size_t i = 0; i < chain->images; i++)
		if (chain->image[i].checksum == ROM_CHECKSUM_BAD)
			say(LOG_WARNING, "the image at 0x%zx%s has a bad checksum",
				chain->image[i].offset, place);
	if (rom_other_board(chain, wish))
		say(LOG_WARNING, "the option ROM at 0x%zx%s is of board %04x:%04x, not %04x:%04x",
			chain->offset, place, chain->subvendor, chain->subdevice, wish->subvendor,
			wish->subdevice);
}

void rom_report_notes(const struct firmware *firmware)
{
	fflush(stdout);
	for (size_t i = 0; i < firmware->notes; i++) {
		const struct firmware_note *note = &firmware->note[i];
		char more[64] = "";

		if (note->count > 1)
			snprintf(more, sizeof(more), " (and %zu more like this)", note->count - 1);
		say(LOG_WARNING, "not unpacked: %s: %s%s", note->place, note->text, more);
	}
}
