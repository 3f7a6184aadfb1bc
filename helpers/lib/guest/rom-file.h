/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>

#include "base/log.h"
#include "formats/rom-choice.h"

/* An option ROM out of a file that a person names. */
struct rom_file {
	char *file; /* all of it; free with rom_file_free */
	const char *bytes; /* the ROM in it, without what lies around it */
	size_t length;
	unsigned int vendor, device, subvendor, subdevice; /* as the ROM has them; 0: not known */
	char doubt[128]; /* why it may be the wrong one, or "" */
};

/*
 * Reads the file PATH, which has to be a regular one, and takes the ROM of WISH out of it. Returns
 * 0, or a negative errno with WHY set (OUT untouched).
 */
int rom_file_read(
	const char *path, const struct rom_wish *wish, struct rom_file *out, struct msg *why);
void rom_file_free(struct rom_file *rom);
