/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "firmware/decompress.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include <lzma.h>
#include <zlib.h>

enum { LZMA_HEADER = 13, FIRST = 1 << 16, MEMORY_MAX = 256 << 20, CHUNK = 1 << 16 };

/* A header that says more than that is none. */
static const uint64_t KNOWN_MAX = 1ull << 38;

/* What comes out, and room for more of it: never more than MAX and one byte, which shows that it
 * is too much. */
struct output {
	uint8_t *bytes;
	size_t size, room, max;
};

static int grow(struct output *o)
{
	size_t room = o->room == 0 ? FIRST : 2 * o->room;
	uint8_t *bytes;

	if (o->room > o->max)
		return -E2BIG;
	if (room > o->max)
		room = o->max + 1;
	bytes = realloc(o->bytes, room);
	if (!bytes)
		return -ENOMEM;
	o->bytes = bytes;
	o->room = room;
	return 0;
}

static int finish(struct output *o, int err, uint8_t **out, size_t *size)
{
	if (err == 0 && o->size > o->max)
		err = -E2BIG;
	if (err < 0) {
		free(o->bytes);
		return err;
	}
	*out = o->bytes;
	*size = o->size;
	return 0;
}

static int lzma_error(lzma_ret result)
{
	return result == LZMA_MEM_ERROR	       ? -ENOMEM
	       : result == LZMA_MEMLIMIT_ERROR ? -E2BIG
					       : -EBADMSG;
}

/* Until STREAM ends, or what is known to come out is there: some data have no mark at the end. */
static int run_lzma(lzma_stream *stream, struct output *o)
{
	for (;;) {
		lzma_ret result;

		if (o->size == o->room) {
			int err = grow(o);

			if (err < 0)
				return err;
		}
		stream->next_out = o->bytes + o->size;
		stream->avail_out = o->room - o->size;
		result = lzma_code(stream, LZMA_FINISH);
		o->size = o->room - stream->avail_out;
		if (result == LZMA_STREAM_END)
			return 0;
		if (result != LZMA_OK || (stream->avail_in == 0 && stream->avail_out > 0))
			return lzma_error(result);
	}
}

int decompress_lzma(struct span in, size_t max, uint8_t **out, size_t *size)
{
	lzma_stream stream = LZMA_STREAM_INIT;
	struct output o = {.max = max};
	uint64_t known;
	int err;

	if (in.size <= LZMA_HEADER)
		return -EBADMSG;
	known = little64(in.at + 5);
	if (known != UINT64_MAX && known > max)
		return known > KNOWN_MAX ? -EBADMSG : -E2BIG;
	if (lzma_alone_decoder(&stream, MEMORY_MAX) != LZMA_OK)
		return -ENOMEM;
	stream.next_in = in.at;
	stream.avail_in = in.size;
	err = run_lzma(&stream, &o);
	lzma_end(&stream);
	return finish(&o, err, out, size);
}

/* SIZE bytes as LZMA2 that is not compressed: a filter of liblzma must have a decoder behind it. */
static int wrap(const uint8_t *bytes, size_t size, uint8_t **out, size_t *wrapped)
{
	uint8_t *to = malloc(size + 3 * (size / CHUNK + 1) + 1);

	if (!to)
		return -ENOMEM;
	*out = to;
	for (size_t at = 0; at < size; at += CHUNK) {
		size_t part = size - at < CHUNK ? size - at : CHUNK;

		*to++ = at == 0 ? 1 : 2;
		*to++ = (uint8_t)((part - 1) >> 8);
		*to++ = (uint8_t)(part - 1);
		memcpy(to, bytes + at, part);
		to += part;
	}
	*to++ = 0;
	*wrapped = (size_t)(to - *out);
	return 0;
}

static int filter_x86(const uint8_t *bytes, size_t count, uint8_t **out, size_t *size)
{
	lzma_options_lzma options = {.dict_size = LZMA_DICT_SIZE_MIN};
	const lzma_filter filters[] = {
		{LZMA_FILTER_X86, NULL}, {LZMA_FILTER_LZMA2, &options}, {LZMA_VLI_UNKNOWN, NULL}};
	lzma_stream stream = LZMA_STREAM_INIT;
	struct output o = {.max = count};
	size_t wrapped;
	uint8_t *in;
	int err = wrap(bytes, count, &in, &wrapped);

	if (err < 0)
		return err;
	if (lzma_raw_decoder(&stream, filters) == LZMA_OK) {
		stream.next_in = in;
		stream.avail_in = wrapped;
		err = run_lzma(&stream, &o);
	} else {
		err = -ENOMEM;
	}
	lzma_end(&stream);
	free(in);
	return finish(&o, err, out, size);
}

int decompress_lzma_x86(struct span in, size_t max, uint8_t **out, size_t *size)
{
	uint8_t *bytes;
	size_t count;
	int err = decompress_lzma(in, max, &bytes, &count);

	if (err < 0)
		return err;
	err = filter_x86(bytes, count, out, size);
	free(bytes);
	return err;
}

static int run_zlib(z_stream *stream, struct output *o)
{
	for (;;) {
		int result;

		if (o->size == o->room) {
			int err = grow(o);

			if (err < 0)
				return err;
		}
		stream->next_out = o->bytes + o->size;
		stream->avail_out = (uInt)(o->room - o->size);
		result = inflate(stream, Z_NO_FLUSH);
		o->size = o->room - stream->avail_out;
		if (result == Z_STREAM_END)
			return 0;
		if (result != Z_OK)
			return result == Z_MEM_ERROR ? -ENOMEM : -EBADMSG;
	}
}

int decompress_zlib(struct span in, size_t max, uint8_t **out, size_t *size)
{
	enum { LARGEST_WINDOW = 15, ANY_HEADER = 32 };
	z_stream stream = {0};
	struct output o = {.max = max};
	int err;

	if (in.size > UINT32_MAX || max >= UINT32_MAX)
		return -EBADMSG;
	stream.next_in = (z_const Bytef *)(uintptr_t)in.at;
	stream.avail_in = (uInt)in.size;
	if (inflateInit2(&stream, LARGEST_WINDOW + ANY_HEADER) != Z_OK)
		return -ENOMEM;
	err = run_zlib(&stream, &o);
	inflateEnd(&stream);
	return finish(&o, err, out, size);
}
