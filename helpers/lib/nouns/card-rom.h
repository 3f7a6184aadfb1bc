/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/log.h"

enum card_rom_source {
	CARD_ROM_SYSFS, /* `rom` of the function: the kernel maps the card's own ROM */
	CARD_ROM_DEBUGFS, /* `vbios.rom` of nouveau: what that driver found and keeps */
	CARD_ROM_SOURCES,
};

/*
 * Reads the option ROM of the function at ADDRESS, at most MAX bytes, into memory of its own that
 * the caller frees. For `rom` the card is kept awake, enabled if no driver has it, and all of that
 * is put back afterwards. A child does it, which is left behind after SECONDS; it puts back what
 * it changed once the kernel lets go. A card that a guest has is refused. Returns 0, or -errno with
 * WHY set (OUT untouched): -ENOENT if there is no such source, -EIO if the kernel finds no ROM.
 */
int card_rom_read(enum card_rom_source source, const char *address, unsigned int seconds,
	size_t max, uint8_t **out, size_t *size, struct msg *why);
