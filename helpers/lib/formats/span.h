/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Bytes of somebody else's. */
struct span {
	const uint8_t *at;
	size_t size;
};

/* Does SPAN have SIZE bytes at OFFSET? */
static inline int span_has(struct span span, size_t offset, size_t size)
{
	return offset <= span.size && size <= span.size - offset;
}

/* What is left of SPAN from OFFSET on, at most SIZE bytes of it. */
static inline struct span span_part(struct span span, size_t offset, size_t size)
{
	size_t from = offset < span.size ? offset : span.size, left = span.size - from;

	return (struct span){span.at + from, size < left ? size : left};
}

static inline struct span span_from(struct span span, size_t offset)
{
	return span_part(span, offset, SIZE_MAX);
}

/* Where in SPAN the bytes of a signature are, at or after FROM; SIZE_MAX if nowhere. */
static inline size_t span_find(struct span span, size_t from, const void *bytes, size_t size)
{
	struct span left = span_from(span, from);
	const uint8_t *found = left.size < size ? NULL : memmem(left.at, left.size, bytes, size);

	return found ? (size_t)(found - span.at) : SIZE_MAX;
}

/* Numbers of which the lowest byte comes first. */
static inline uint16_t little16(const uint8_t *at)
{
	return (uint16_t)(at[0] | at[1] << 8);
}

static inline uint32_t little24(const uint8_t *at)
{
	return little16(at) | (uint32_t)at[2] << 16;
}

static inline uint32_t little32(const uint8_t *at)
{
	return little16(at) | (uint32_t)little16(at + 2) << 16;
}

static inline uint64_t little64(const uint8_t *at)
{
	return little32(at) | (uint64_t)little32(at + 4) << 32;
}
