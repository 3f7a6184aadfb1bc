/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "formats/span.h"

/*
 * From memory to memory of its own that the caller frees. All of them return 0, or a negative errno
 * with nothing to free: -E2BIG if more than MAX bytes would come out, -EBADMSG if the data are
 * damaged or something else, -ENOMEM.
 */

/* As LZMA Utils had it: 13 bytes of header, then data. */
int decompress_lzma(struct span in, size_t max, uint8_t **out, size_t *size);

/* The same, and the addresses in x86 code that a filter made absolute are made relative again. */
int decompress_lzma_x86(struct span in, size_t max, uint8_t **out, size_t *size);

/* zlib or gzip, whichever the header says. */
int decompress_zlib(struct span in, size_t max, uint8_t **out, size_t *size);
