/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "formats/rom-choice.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

/* Images follow each other without a gap, and only the last one of a whole chain is last. */
static void check_chain(const struct rom_chain *chain, size_t size)
{
	size_t at = chain->offset;

	check(chain->images <= ROM_IMAGES_MAX && chain->whole == (*chain->why.text == '\0'));
	check(!chain->whole || chain->images > 0);
	for (size_t i = 0; i < chain->images; i++) {
		const struct rom_image *image = &chain->image[i];
		char line[ROM_LINE_SIZE];

		check(image->offset == at && image->length > 0 && image->length % 512 == 0);
		check(image->last == (chain->whole && i + 1 == chain->images));
		rom_image_line(image, line);
		check(strlen(line) + 1 < sizeof(line));
		at += image->length;
	}
	check(at == chain->end && chain->end <= size && !strchr(chain->why.text, '\n'));
}

static void choose(const struct rom *rom, const struct rom_wish *wish)
{
	const struct rom_chain *chosen = NULL;
	struct msg why;
	int err = rom_choose(rom, wish, &chosen, &why);

	check((err == 0) == (chosen != NULL));
	check(!chosen || (chosen->whole && rom_matches(chosen, wish)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rom rom;
	struct rom_wish any = {0}, card = {0x10de, 0x1c8d, 0x17aa, 0x39d1};
	struct msg why;
	int err = rom_find(data, size, &rom, &why);
	size_t end = 0;

	check(err == 0 || err == -ENOENT || err == -E2BIG);
	if (err < 0)
		return 0;
	check(rom.chains > 0 && rom.chains <= ROM_CHAINS_MAX);
	for (size_t i = 0; i < rom.chains; i++) {
		check(rom.chain[i].offset >= end);
		check_chain(&rom.chain[i], size);
		end = rom.chain[i].end;
	}
	choose(&rom, &any);
	choose(&rom, &card);
	return 0;
}
