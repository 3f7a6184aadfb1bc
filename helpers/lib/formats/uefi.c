/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/uefi.h"

#include <stdio.h>
#include <string.h>

enum {
	CAPSULE_HEADER_SIZE = 0x10,
	CAPSULE_IMAGE_SIZE = 0x18,
	CAPSULE_SIZE = 0x1c,
	CAPSULE_HEADER_MAX = 1 << 16,
	VOLUME_FILE_SYSTEM = 0x10,
	VOLUME_LENGTH = 0x20,
	VOLUME_SIGNATURE = 0x28,
	VOLUME_HEADER_LENGTH = 0x30,
	VOLUME_EXTENDED = 0x34,
	VOLUME_REVISION = 0x37,
	VOLUME_SIZE = 0x38,
	EXTENDED_LENGTH = 0x10,
	EXTENDED_SIZE = 0x14,
};

void uefi_guid(const uint8_t *guid, char out[static UEFI_GUID_SIZE])
{
	snprintf(out, UEFI_GUID_SIZE, "%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x",
		little32(guid), little16(guid + 4), little16(guid + 6), guid[8], guid[9], guid[10],
		guid[11], guid[12], guid[13], guid[14], guid[15]);
}

static bool guid_in(const uint8_t *guid, const char *const list[])
{
	char text[UEFI_GUID_SIZE];

	uefi_guid(guid, text);
	for (; *list; list++)
		if (strcmp(*list, text) == 0)
			return true;
	return false;
}

bool uefi_capsule(struct span input, struct span *body)
{
	static const char *const known[] = {
		"3b6686bd-0d76-4030-b70e-b5519e2fc5a0", /* of the first specification */
		"6dcbd5ed-e82d-4c44-bda1-7194199ad92a", /* for the Firmware Management Protocol */
		"4a3ca68b-7723-48fb-803d-578cc1fec44d", /* AMI's, signed */
		"14eebb90-890a-43db-aed1-5d3c4588a418", /* AMI's, not signed */
		"539182b9-abb5-4391-b69a-e3a943f72fcc", /* Intel's */
		"e20bafd3-9914-4f4f-9537-3129e090eb3c", /* Lenovo's */
		"25b5fe76-8243-4a5c-a9bd-7ee3246198b5", /* Lenovo's */
		"3be07062-1d51-45d2-832b-f093257ed461", /* Toshiba's */
		NULL,
	};
	uint32_t header;

	if (input.size < CAPSULE_SIZE)
		return false;
	header = little32(input.at + CAPSULE_HEADER_SIZE);
	if (header < CAPSULE_SIZE || header > CAPSULE_HEADER_MAX || header >= input.size)
		return false;
	if (little32(input.at + CAPSULE_IMAGE_SIZE) != input.size && !guid_in(input.at, known))
		return false;
	*body = span_from(input, header);
	return true;
}

static bool has_files(const uint8_t *volume)
{
	static const char *const known[] = {
		"8c8ce578-8a3d-4f1c-9935-896185c32dd3",
		"5473c07a-3dcb-4dca-bd6f-1e9689e7349a",
		"7a9354d9-0468-444a-81ce-0bf617d890df",
		"04adeead-61ff-4d31-b6ba-64f8bf901f5a", /* Apple's */
		"bd001b8c-6a71-487b-a14f-0c2a2dcf7a5d", /* Apple's */
		"ad3fffff-d28b-44c4-9f13-9ea98a97f9f0", /* Intel's */
		"d6a1cd70-4b33-4994-a6ea-375f2ccc5437", /* Intel's */
		"4f494156-aed6-4d64-a537-b8a5557bceec", /* Sony's */
		NULL,
	};

	return guid_in(volume + VOLUME_FILE_SYSTEM, known);
}

static bool sums_up(struct span header)
{
	uint16_t sum = 0;

	for (size_t i = 0; i + 1 < header.size; i += 2)
		sum = (uint16_t)(sum + little16(header.at + i));
	return sum == 0;
}

/* Where the files begin: behind the header, or behind the second one that it points at. */
static size_t files_offset(struct span volume, size_t header)
{
	size_t extended = little16(volume.at + VOLUME_EXTENDED), length;

	if (volume.at[VOLUME_REVISION] < 2 || extended < header ||
		!span_has(volume, extended, EXTENDED_SIZE))
		return header;
	length = little32(volume.at + extended + EXTENDED_LENGTH);
	return span_has(volume, extended, length) ? (extended + length + 7) & ~(size_t)7 : header;
}

static bool read_volume(struct span input, size_t offset, struct uefi_volume *out)
{
	struct span left = span_from(input, offset), volume;
	uint64_t length;
	size_t header;
	bool files;

	if (left.size < VOLUME_SIZE)
		return false;
	header = little16(left.at + VOLUME_HEADER_LENGTH);
	length = little64(left.at + VOLUME_LENGTH);
	files = has_files(left.at);
	if (header < VOLUME_SIZE || header > left.size || header >= length || length > UINT32_MAX ||
		(!files && !sums_up(span_part(left, 0, header))))
		return false;
	volume = span_part(left, 0, (size_t)length);
	*out = (struct uefi_volume){.offset = offset,
		.size = volume.size,
		.cut = length > left.size,
		.has_files = files,
		.body = span_from(volume, files ? files_offset(volume, header) : header)};
	return true;
}

bool uefi_next_volume(struct span input, size_t from, struct uefi_volume *out)
{
	size_t at = from + VOLUME_SIGNATURE;

	for (; (at = span_find(input, at, "_FVH", 4)) != SIZE_MAX; at++)
		if (read_volume(input, at - VOLUME_SIGNATURE, out))
			return true;
	return false;
}
