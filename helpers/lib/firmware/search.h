/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "base/deadline.h"
#include "formats/rom.h"
#include "formats/span.h"

/* What a file may cost. A firmware update unpacks to a tenth of this. */
enum {
	FIRMWARE_PLACE_SIZE = 4096,
	FIRMWARE_BYTES_MAX = 256 << 20, /* of the file, and of each part that is unpacked */
	FIRMWARE_UNPACKED_MAX = 1 << 30, /* of all parts together */
	FIRMWARE_PARTS_MAX = 1 << 16,
	FIRMWARE_DEPTH_MAX = 32,
	FIRMWARE_KEPT_MAX = 64 << 20, /* of option ROMs */
	FIRMWARE_NOTES_MAX = 32,
};

/* Why something was not looked into: COUNT parts for the same reason, and where the first is. */
struct firmware_note {
	size_t count;
	char place[ROM_PLACE_SIZE], text[256];
};

/*
 * What was found. A process fills it for another one, so it has no pointers of its own: the bytes
 * of chain N, if it is whole, are at KEEP + KEPT[N].
 */
struct firmware {
	struct rom rom;
	size_t kept[ROM_CHAINS_MAX], kept_size;
	size_t notes;
	struct firmware_note note[FIRMWARE_NOTES_MAX];
	size_t size; /* of the file */
	size_t parts, unpacked; /* that were looked at; bytes that came out */
	size_t coming; /* bytes that another program has unpacked and that nobody looked at yet */
	char place[FIRMWARE_PLACE_SIZE]; /* of what is looked at: parts' names, slashes between */
	struct msg why; /* if the search failed */
	uint8_t keep[FIRMWARE_KEPT_MAX];
};

struct firmware_options {
	struct deadline deadline;
	bool contents; /* print each part: its size and where it is */
	const char *scratch; /* a directory for what another program unpacks, or NULL */
};

/*
 * Looks for option ROMs in INPUT and in all that can be unpacked from it. OUT is zero before.
 * Returns 0 (there may be none), or a negative errno with OUT->why set if a limit was reached:
 * -E2BIG, -ETIMEDOUT, or -ENOMEM.
 */
int firmware_search(
	struct span input, const struct firmware_options *options, struct firmware *out);
