/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/search.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void check_chain(const struct firmware *f, size_t i)
{
	const struct rom_chain *chain = &f->rom.chain[i];
	size_t size = chain->end - chain->offset;
	struct rom_chain again;

	check(memchr(chain->place, '\0', sizeof(chain->place)) && !strchr(chain->place, '\n'));
	if (!chain->whole)
		return;
	check(f->kept[i] <= f->kept_size && size <= f->kept_size - f->kept[i]);
	check(rom_walk(f->keep + f->kept[i], size, 0, &again) == 0);
	check(again.end == size && again.images == chain->images);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum { SECONDS = 10 };
	static struct firmware f;
	struct firmware_options options = {.deadline = deadline_in(SECONDS)};
	int err;

	memset(&f, 0, offsetof(struct firmware, keep));
	err = firmware_search((struct span){data, size}, &options, &f);
	check(err == 0 || err == -E2BIG || err == -ETIMEDOUT || err == -ENOMEM);
	check((err == 0) == (*f.why.text == '\0'));
	check(f.rom.chains <= ROM_CHAINS_MAX && f.notes <= FIRMWARE_NOTES_MAX);
	check(f.parts <= FIRMWARE_PARTS_MAX && f.unpacked <= FIRMWARE_UNPACKED_MAX);
	for (size_t i = 0; i < f.rom.chains; i++)
		check_chain(&f, i);
	for (size_t i = 0; i < f.notes; i++)
		check(f.note[i].count > 0 && *f.note[i].place && *f.note[i].text);
	return 0;
}
