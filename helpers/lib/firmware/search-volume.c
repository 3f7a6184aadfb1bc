/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "firmware/decompress.h"
#include "firmware/search-parts.h"

static int search_sections(struct search *s, struct span sections);

static int decompress(
	enum uefi_packing packing, struct span in, size_t max, uint8_t **out, size_t *size)
{
	switch (packing) {
	case UEFI_LZMA:
		return decompress_lzma(in, max, out, size);
	case UEFI_LZMA_X86:
		return decompress_lzma_x86(in, max, out, size);
	default:
		return decompress_zlib(in, max, out, size);
	}
}

/* Some vendors put a header of their own before the data: Intel's of 4 bytes, AMD's of 256. */
static int decompress_some(
	const struct uefi_section *section, size_t max, uint8_t **out, size_t *size)
{
	size_t before =
		section->packing == UEFI_LZMA || section->packing == UEFI_LZMA_X86 ? 4 : 256;
	int err = decompress(section->packing, section->body, max, out, size);

	if (err == -EBADMSG && section->body.size > before &&
		decompress(section->packing, span_from(section->body, before), max, out, size) == 0)
		return 0;
	return err;
}

static int search_packed(struct search *s, const struct uefi_section *section)
{
	uint8_t *unpacked;
	char text[100];
	size_t size;
	int err = decompress_some(section, search_room(s), &unpacked, &size);

	if (err == -EBADMSG) {
		snprintf(text, sizeof(text), "the %s data are damaged", section->name);
		search_note(s, NULL, text);
		return search_bytes(s, section->body);
	}
	if (err < 0)
		return search_refuse(s, err, NULL);
	search_unpacked(s, size);
	err = search_sections(s, (struct span){unpacked, size});
	free(unpacked);
	return err;
}

static int search_unknown(struct search *s, const struct uefi_section *section)
{
	char guid[UEFI_GUID_SIZE], text[100];

	if (section->guid)
		uefi_guid(section->guid, guid);
	snprintf(text, sizeof(text), "the compression %s%s%s%s is not known here", section->name,
		section->guid ? " (" : "", section->guid ? guid : "", section->guid ? ")" : "");
	search_note(s, NULL, text);
	return search_bytes(s, section->body);
}

static int search_section(struct search *s, const struct uefi_section *section)
{
	switch (section->packing) {
	case UEFI_PLAIN:
		return search_bytes(s, section->body);
	case UEFI_SECTIONS:
		return search_sections(s, section->body);
	case UEFI_UNKNOWN:
		return search_unknown(s, section);
	default:
		return search_packed(s, section);
	}
}

/* What are no sections, or follow them, are bytes. */
static int search_sections(struct search *s, struct span sections)
{
	struct uefi_section section;
	size_t at = 0, before;
	int err = 0;

	for (size_t i = 1; err == 0 && uefi_next_section(sections, &at, &section); i++) {
		err = search_enter(s, section.body, &before, "section %zu %s", i, section.name);
		if (err < 0)
			return err;
		err = search_section(s, &section);
		search_leave(s, before);
	}
	return err < 0 ? err : search_bytes(s, span_from(sections, at));
}

static int search_volume_file(struct search *s, const struct uefi_file *file)
{
	char guid[UEFI_GUID_SIZE] = "";
	size_t before;
	int err;

	if (!file->free)
		uefi_guid(file->guid, guid);
	err = file->free ? search_enter(s, file->body, &before, "free space")
			 : search_enter(s, file->body, &before, "file %s", guid);
	if (err < 0)
		return err;
	err = file->raw ? search_bytes(s, file->body) : search_sections(s, file->body);
	search_leave(s, before);
	return err;
}

int search_volume(struct search *s, const struct uefi_volume *volume)
{
	struct uefi_file file;
	size_t at = 0;
	int err = 0;

	if (!volume->has_files)
		return search_bytes(s, volume->body);
	while (err == 0 && uefi_next_file(volume->body, &at, &file))
		err = search_volume_file(s, &file);
	return err;
}
