/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/embedded.h"

/* The length of what has that many bytes if there are as many. */
static void measure(struct embedded *out, struct span left, uint64_t size)
{
	out->cut = size > left.size;
	out->size = out->cut ? left.size : (size_t)size;
}

/* 7zFormat.txt of the LZMA SDK: the last part of an archive is where its first header says. */
static bool is_7z(struct span left, struct embedded *out)
{
	uint64_t offset, size;

	if (left.size < 32 || left.at[6] != 0)
		return false;
	offset = little64(left.at + 12);
	size = little64(left.at + 20);
	if (offset > UINT32_MAX || size == 0 || size > UINT32_MAX)
		return false;
	measure(out, left, 32 + offset + size);
	return true;
}

/* Where the archive ends that begins at START: a zip archive's directory says where itself is,
 * counted from there or from the beginning of the input; archives in the archive say otherwise. */
static size_t zip_end(struct span input, size_t start)
{
	enum { END_SIZE = 22 };
	size_t at = start;

	while ((at = span_find(input, at, "PK\5\6", 4)) != SIZE_MAX) {
		const uint8_t *end = input.at + at++;
		size_t before = (size_t)(end - input.at) - start, directory, offset;

		if (!span_has(input, at - 1, END_SIZE))
			break;
		directory = little32(end + 12);
		offset = little32(end + 16);
		if (directory <= before &&
			(offset == before - directory || offset == before - directory + start))
			return start + before + END_SIZE + little16(end + 20);
	}
	return SIZE_MAX;
}

/* APPNOTE.TXT of PKWARE, 4.3.7 and 4.3.16. */
static bool is_zip(struct span input, size_t offset, struct embedded *out)
{
	struct span left = span_from(input, offset);
	size_t end;

	if (left.size < 30 || left.at[4] > 63 || little16(left.at + 8) > 99 ||
		little16(left.at + 26) == 0 || !span_has(left, 30, little16(left.at + 26)))
		return false;
	end = zip_end(input, offset);
	out->cut = end > input.size;
	out->size = out->cut ? left.size : end - offset;
	return true;
}

/* [MS-CAB] 2.1 */
static bool is_cab(struct span left, struct embedded *out)
{
	enum { CAB_VERSION = 0x0103 };

	if (left.size < 36 || little32(left.at + 4) != 0 || little16(left.at + 24) != CAB_VERSION ||
		little16(left.at + 26) == 0 || little16(left.at + 28) == 0 ||
		little32(left.at + 16) >= little32(left.at + 8))
		return false;
	measure(out, left, little32(left.at + 8));
	return true;
}

/* As seen in updates: the length of zlib data, 11 bytes, a checksum; behind the data 16 more. */
static bool is_dell(struct span left, struct embedded *out)
{
	uint8_t sum = 0;

	if (left.size < 18)
		return false;
	for (size_t i = 0; i < 16; i++)
		sum ^= left.at[i];
	if (sum != 0 || left.at[16] != 0x78)
		return false;
	measure(out, left, 16 + (uint64_t)little32(left.at));
	return true;
}

/* As seen in updates: first comes how long the list is. */
static bool is_blocks(struct span left, struct embedded *out)
{
	out->size = left.size;
	return left.size >= 17 && little32(left.at) >= 17 && little32(left.at) < left.size;
}

static bool is_turned(struct span left, struct embedded *out)
{
	out->size = left.size;
	return left.size >= 32;
}

static bool is(struct span input, struct embedded *out)
{
	struct span left = span_from(input, out->offset);

	switch (out->kind) {
	case EMBEDDED_7Z:
		return is_7z(left, out);
	case EMBEDDED_ZIP:
		return is_zip(input, out->offset, out);
	case EMBEDDED_CAB:
		return is_cab(left, out);
	case EMBEDDED_DELL:
		return is_dell(left, out);
	case EMBEDDED_TURNED:
		return is_turned(left, out);
	case EMBEDDED_BLOCKS:
		return is_blocks(left, out);
	default:
		return false;
	}
}

static bool find_volume(struct span input, size_t from, struct embedded *out)
{
	if (!uefi_next_volume(input, from, &out->volume))
		return false;
	out->offset = out->volume.offset;
	out->size = out->volume.size;
	out->cut = out->volume.cut;
	return true;
}

static bool find(struct span input, size_t from, enum embedded_kind kind, struct embedded *out)
{
	static const struct {
		const char *bytes;
		size_t size, before; /* the signature is so far behind the beginning */
	} signatures[EMBEDDED_KINDS] = {
		[EMBEDDED_7Z] = {"7z\xbc\xaf\x27\x1c", 6, 0},
		[EMBEDDED_ZIP] = {"PK\3\4", 4, 0},
		[EMBEDDED_CAB] = {"MSCF", 4, 0},
		[EMBEDDED_DELL] = {"\xee\xaa\x76\x1b\xec\xbb\x20\xf1\xe6\x51", 10, 5},
		[EMBEDDED_TURNED] = {"\x6e\xf4\x79\x5f\x4e\x38", 6, 0},
		[EMBEDDED_BLOCKS] = {"_AMIPFAT", 8, 8},
	};
	size_t at = from + signatures[kind].before;

	out->kind = kind;
	if (kind == EMBEDDED_VOLUME)
		return find_volume(input, from, out);
	for (; (at = span_find(input, at, signatures[kind].bytes, signatures[kind].size)) !=
		SIZE_MAX;
		at++) {
		out->offset = at - signatures[kind].before;
		if (is(input, out))
			return true;
	}
	return false;
}

bool embedded_next(struct embedded_cursor *cursor, size_t from, struct embedded *out)
{
	const struct embedded *first = NULL;

	for (enum embedded_kind kind = 0; kind < EMBEDDED_KINDS; kind++) {
		struct embedded *next = &cursor->next[kind];

		if (!cursor->begun || (cursor->there[kind] && next->offset < from))
			cursor->there[kind] = find(cursor->input, from, kind, next);
		if (cursor->there[kind] && (!first || next->offset < first->offset))
			first = next;
	}
	cursor->begun = true;
	if (first)
		*out = *first;
	return first;
}

const char *embedded_name(enum embedded_kind kind)
{
	static const char *const names[EMBEDDED_KINDS] = {[EMBEDDED_VOLUME] = "volume",
		[EMBEDDED_7Z] = "7z",
		[EMBEDDED_ZIP] = "zip",
		[EMBEDDED_CAB] = "cab",
		[EMBEDDED_DELL] = "zlib",
		[EMBEDDED_TURNED] = "turned",
		[EMBEDDED_BLOCKS] = "blocks"};

	return names[kind];
}
