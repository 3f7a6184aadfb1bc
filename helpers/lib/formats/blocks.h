/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "formats/span.h"

/*
 * Firmware that is divided into blocks of Intel's BIOS Guard: each is a header, a script that says
 * where the piece belongs in the flash memory, the piece, and sometimes a signature.
 *
 * What Dell's update programs have within their zlib data, as seen in them: a list of parts
 * ("PFS.HDR."), each with data, a signature and more. Data that go into the flash memory in pieces
 * are lists again, of blocks in any order.
 */

/* Is all of INPUT such a list? PARTS is what follows its header. */
bool dell_list(struct span input, struct span *parts);

/*
 * The data of the part at *AT; moves *AT behind that part. Returns false at the end, or if what is
 * left is no part.
 */
bool dell_next_part(struct span parts, size_t *at, struct span *data);

/* Is DATA a block? OFFSET is where its PIECE belongs. */
bool dell_block(struct span data, size_t *offset, struct span *piece);

/*
 * The piece of the block at *AT, of those that follow each other in their order, as in AMI's
 * updates; moves *AT behind it and its signature. Returns false if there is none.
 */
bool ami_next_piece(struct span blocks, size_t *at, struct span *piece);
