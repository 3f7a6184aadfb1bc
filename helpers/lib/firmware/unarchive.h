/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/deadline.h"
#include "base/log.h"
#include "formats/embedded.h"

/* An archive in memory that is read from its beginning to its end. */
struct unarchive;

enum { UNARCHIVE_NAME_SIZE = 256 };

/* Opens the archive of that KIND (7z, zip, cab) in BYTES. Returns 0 or -errno with WHY set. */
int unarchive_open(
	struct span bytes, enum embedded_kind kind, struct unarchive **out, struct msg *why);

/*
 * Unpacks the next file into memory of its own that the caller frees, and writes its name as one
 * printable line, cut if it is too long. Returns 1, or 0 at the end, or a negative errno with WHY
 * set and nothing to free: -EBADMSG if this file cannot be had (the next one may), -E2BIG if it has
 * more than MAX bytes, -ETIMEDOUT, -EIO if the archive cannot be read further.
 */
int unarchive_next(struct unarchive *archive, size_t max, struct deadline deadline,
	char name[static UNARCHIVE_NAME_SIZE], uint8_t **out, size_t *size, struct msg *why);

void unarchive_close(struct unarchive *archive);
