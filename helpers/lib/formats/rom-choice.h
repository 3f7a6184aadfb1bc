/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "formats/rom.h"

enum { ROM_CHAIN_LINE_SIZE = ROM_LINE_SIZE + ROM_PLACE_SIZE };

/* The card that a ROM is wanted for. Only a chain's first image says what the ROM is of. */
struct rom_wish {
	unsigned int vendor, device; /* both 0: any */
	unsigned int subvendor, subdevice; /* both 0: not known */
};

bool rom_matches(const struct rom_chain *chain, const struct rom_wish *wish);

/* Is it known to be made for another board with the same chip? */
bool rom_other_board(const struct rom_chain *chain, const struct rom_wish *wish);

/*
 * The whole chain that matches; of several, the one with the subsystem of the wish; of several
 * with the same bytes, the first. Returns 0, or a negative errno
 * with WHY set (OUT untouched): -ENOENT if none matches, -EINVAL if those that do are not whole,
 * -ENOTUNIQ if several are left.
 */
int rom_choose(const struct rom *rom, const struct rom_wish *wish, const struct rom_chain **out,
	struct msg *why);

/* The same, but of the whole chains that match simply this one, from 1 on; -ENOENT if there are
 * less. */
int rom_choose_candidate(const struct rom *rom, const struct rom_wish *wish, unsigned int number,
	const struct rom_chain **out, struct msg *why);

/* " in PLACE" for messages, cut so that it fits; nothing for the file itself. */
const char *rom_in_place(const struct rom_chain *chain, char out[static ROM_PLACE_SIZE + 4]);

/* "0x9400 10de:1c8d subsystem 17aa:39d1 3 images 127488 bytes in update.exe/BIOS.bin" */
void rom_chain_line(const struct rom_chain *chain, char out[static ROM_CHAIN_LINE_SIZE]);
