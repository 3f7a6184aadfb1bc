/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "formats/uefi.h"

enum {
	FILE_INTEGRITY = 0x11, /* of the body: not in the header's checksum */
	FILE_TYPE = 0x12,
	FILE_LENGTH = 0x14,
	FILE_STATE = 0x17, /* likewise */
	FILE_SIZE = 0x18,
	FILE_LARGE_SIZE = 0x20,
	TYPE_RAW = 0x01,
	TYPE_STANDARD_MAX = 0x0f,
	TYPE_OEM_MIN = 0xc0,
	TYPE_PAD = 0xf0,
};

enum {
	SECTION_SIZE = 0x04,
	SECTION_LARGE_SIZE = 0x08,
	LARGE = 0xffffff, /* in place of a length: it follows the header */
	COMPRESSION = 0x01,
	COMPRESSION_TYPE = 0x04, /* these from the end of the section's header on */
	COMPRESSION_SIZE = 0x05,
	GUID_DEFINED = 0x02,
	GUID_OFFSET = 0x10,
	GUID_ATTRIBUTES = 0x12,
	GUID_SIZE = 0x14,
	GUID_PROCESSING = 0x01,
	DISPOSABLE = 0x03,
	SUBTYPE_GUID = 0x18,
};

static bool sums_up(struct span file, size_t header)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < header; i++)
		if (i != FILE_INTEGRITY && i != FILE_STATE)
			sum = (uint8_t)(sum + file.at[i]);
	return sum == 0;
}

static bool known_type(unsigned int type)
{
	return type != 0 && (type <= TYPE_STANDARD_MAX || type >= TYPE_OEM_MIN);
}

/* The length of what begins FILE and the length of its header, or false if that is no file. */
static bool measure_file(struct span file, size_t *length, size_t *header)
{
	if (file.size < FILE_SIZE)
		return false;
	*header = FILE_SIZE;
	*length = little24(file.at + FILE_LENGTH);
	if (*length == LARGE && file.size >= FILE_LARGE_SIZE) {
		uint64_t large = little64(file.at + FILE_SIZE);

		*header = FILE_LARGE_SIZE;
		*length = large < SIZE_MAX ? (size_t)large : SIZE_MAX;
	}
	if (*length < *header || *length > file.size)
		return false;
	/* some vendors' checksums are wrong */
	return sums_up(file, *header) || known_type(file.at[FILE_TYPE]);
}

bool uefi_next_file(struct span body, size_t *at, struct uefi_file *out)
{
	size_t from = (*at + 7) & ~(size_t)7, length, header;
	struct span file = span_from(body, from);

	if (file.size == 0)
		return false;
	if (!measure_file(file, &length, &header)) {
		*out = (struct uefi_file){.raw = true, .free = true, .body = file};
		*at = body.size;
		return true;
	}
	*out = (struct uefi_file){.guid = file.at,
		.raw = file.at[FILE_TYPE] == TYPE_RAW || file.at[FILE_TYPE] == TYPE_PAD,
		.body = span_part(file, header, length - header)};
	*at = from + length;
	return true;
}

static const char *type_name(unsigned int type)
{
	static const struct {
		unsigned int type;
		const char *name;
	} names[] = {{COMPRESSION, "compression"}, {GUID_DEFINED, "GUID-defined"},
		{DISPOSABLE, "disposable"}, {0x10, "PE32"}, {0x11, "PIC"}, {0x12, "TE"},
		{0x13, "dependency"}, {0x14, "version"}, {0x15, "user interface"},
		{0x16, "16-bit code"}, {0x17, "volume image"}, {SUBTYPE_GUID, "freeform"},
		{0x19, "raw"}, {0x1b, "dependency"}, {0x1c, "dependency"}, {0x20, "Insyde's"},
		{0xf0, "Phoenix'"}};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (names[i].type == type)
			return names[i].name;
	return NULL;
}

static void set(struct uefi_section *out, enum uefi_packing packing, const char *name)
{
	out->packing = packing;
	out->name = name;
}

/* BODY is what follows the section's header, here and below. */
static void read_compression(struct span body, struct uefi_section *out)
{
	out->body = span_from(body, COMPRESSION_SIZE);
	switch (body.at[COMPRESSION_TYPE]) {
	case 0x00:
		set(out, UEFI_SECTIONS, "not compressed");
		break;
	case 0x01:
		set(out, UEFI_UNKNOWN, "Tiano");
		break;
	case 0x02:
		set(out, UEFI_LZMA, "LZMA");
		break;
	case 0x86:
		set(out, UEFI_LZMA_X86, "LZMA for x86");
		break;
	default:
		set(out, UEFI_UNKNOWN, "of unknown type");
	}
}

static bool find_packing(const uint8_t *guid, struct uefi_section *out)
{
	static const struct {
		char guid[UEFI_GUID_SIZE];
		enum uefi_packing packing;
		const char *name;
	} known[] = {
		{"ee4e5898-3914-4259-9d6e-dc7bd79403cf", UEFI_LZMA, "LZMA"},
		{"0ed85e23-f253-413f-a03c-901987b04397", UEFI_LZMA, "LZMA"}, /* HP's */
		{"bd9921ea-ed91-404a-8b2f-b4d724747c8c", UEFI_LZMA, "LZMA"}, /* Microsoft's */
		{"d42ae6bd-1352-4bfb-909a-ca72a6eae889", UEFI_LZMA_X86, "LZMA for x86"},
		{"1d301fe9-be79-4353-91c2-d23bc959ae0c", UEFI_GZIP, "gzip"},
		{"ce3233f5-2cd6-4d87-9152-4a238bb6d1c4", UEFI_ZLIB, "zlib"}, /* AMD's */
		{"991efac0-e260-416b-a4b8-3b153072b804", UEFI_ZLIB, "zlib"}, /* AMD's */
		{"fc1bcdb0-7d31-49aa-936a-a4600d9dd083", UEFI_SECTIONS, "with a CRC"},
		{"a31280ad-481e-41b6-95e8-127f4c984779", UEFI_UNKNOWN, "Tiano"},
		{"3d532050-5cda-4fd0-879e-0f7f630d5afb", UEFI_UNKNOWN, "Brotli"},
	};
	char text[UEFI_GUID_SIZE];

	uefi_guid(guid, text);
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (strcmp(known[i].guid, text) == 0) {
			set(out, known[i].packing, known[i].name);
			return true;
		}
	return false;
}

/* DATA is what its header says to be the data; before a signed section's lies a certificate. */
static void read_guid_defined(struct span body, struct span data, struct uefi_section *out)
{
	static const uint8_t with_certificate[] = {0xe8, 0x89, 0x9d, 0x0f, 0x59, 0x92, 0x76, 0x4f,
		0xa5, 0xaf, 0x0c, 0x89, 0xe3, 0x40, 0x23, 0xdf};

	out->guid = body.at;
	out->body = data;
	if (find_packing(body.at, out))
		return;
	if (memcmp(body.at, with_certificate, sizeof(with_certificate)) == 0) {
		set(out, UEFI_SECTIONS, "signed");
		if (body.size >= GUID_SIZE + 4)
			out->body = span_from(data, little32(body.at + GUID_SIZE));
	} else if (body.at[GUID_ATTRIBUTES] & GUID_PROCESSING) {
		set(out, UEFI_UNKNOWN, "of unknown type");
	} else {
		set(out, UEFI_SECTIONS, "GUID-defined");
	}
}

static void read_section(
	struct span section, size_t header, unsigned int type, struct uefi_section *out)
{
	struct span body = span_from(section, header);
	size_t offset = type == GUID_DEFINED && body.size >= GUID_SIZE
				? little16(body.at + GUID_OFFSET)
				: 0;

	*out = (struct uefi_section){.packing = UEFI_PLAIN, .body = body};
	if (type == COMPRESSION && body.size >= COMPRESSION_SIZE)
		read_compression(body, out);
	else if (offset >= header + GUID_SIZE && offset <= section.size)
		read_guid_defined(body, span_from(section, offset), out);
	else if (type == DISPOSABLE)
		set(out, UEFI_SECTIONS, type_name(type));
	else if (type == SUBTYPE_GUID)
		out->body = span_from(body, 0x10);
	if (!out->name)
		out->name = type_name(type);
}

bool uefi_next_section(struct span sections, size_t *at, struct uefi_section *out)
{
	size_t from = (*at + 3) & ~(size_t)3, length, header = SECTION_SIZE;
	struct span section = span_from(sections, from);

	if (section.size < SECTION_SIZE || !type_name(section.at[3]))
		return false;
	length = little24(section.at);
	if (length == LARGE && section.size >= SECTION_LARGE_SIZE) {
		header = SECTION_LARGE_SIZE;
		length = little32(section.at + SECTION_SIZE);
	}
	if (length < header || length > section.size)
		return false;
	read_section(span_part(section, 0, length), header, section.at[3], out);
	*at = from + length;
	return true;
}
