/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "formats/span.h"
#include "formats/uefi.h"

/* What has more within: archives behind a program that unpacks them, volumes in a flash image. */
enum embedded_kind {
	EMBEDDED_VOLUME,
	EMBEDDED_7Z,
	EMBEDDED_ZIP,
	EMBEDDED_CAB,
	EMBEDDED_DELL, /* zlib data in an update program of Dell's; SIZE counts its header, too */
	EMBEDDED_TURNED, /* a 7z archive in one of Insyde's, of which each byte is turned by a bit
			  */
	EMBEDDED_BLOCKS, /* AMI's: a list of what follows it, then blocks of Intel's BIOS Guard */
	EMBEDDED_KINDS,
};

struct embedded {
	enum embedded_kind kind;
	size_t offset, size; /* in the input; what is left of that, if the end is not known */
	bool cut; /* it would be longer than what is left */
	struct uefi_volume volume; /* if it is one */
};

/* What looks for them in INPUT. Fill INPUT and clear the rest. */
struct embedded_cursor {
	struct span input;
	bool begun;
	bool there[EMBEDDED_KINDS];
	struct embedded next[EMBEDDED_KINDS];
};

/*
 * The first that begins at or after FROM, which does not go down from call to call. A signature
 * counts only with a header behind it that makes sense. Returns whether there is one.
 */
bool embedded_next(struct embedded_cursor *cursor, size_t from, struct embedded *out);

/* "7z", "volume" */
const char *embedded_name(enum embedded_kind kind);
