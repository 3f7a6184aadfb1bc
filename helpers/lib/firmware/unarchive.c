/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "firmware/unarchive.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <archive.h>
#include <archive_entry.h>

#include "base/text.h"

enum { PIECE = 1 << 16 };

struct unarchive {
	struct archive *reader;
	unsigned int files;
};

static int fail(struct archive *reader, int err, struct msg *why)
{
	const char *text = archive_error_string(reader);

	return msg_fail(why, err, "%s", text ? text : "it is damaged");
}

static int support(struct archive *reader, enum embedded_kind kind)
{
	switch (kind) {
	case EMBEDDED_7Z:
		return archive_read_support_format_7zip(reader);
	case EMBEDDED_CAB:
		return archive_read_support_format_cab(reader);
	default:
		return archive_read_support_format_zip(reader);
	}
}

int unarchive_open(
	struct span bytes, enum embedded_kind kind, struct unarchive **out, struct msg *why)
{
	struct unarchive *archive = calloc(1, sizeof(*archive));
	int err;

	if (!archive)
		return msg_fail(why, ENOMEM, "there is no memory for it");
	archive->reader = archive_read_new();
	if (!archive->reader) {
		free(archive);
		return msg_fail(why, ENOMEM, "there is no memory for it");
	}
	if (support(archive->reader, kind) < ARCHIVE_WARN ||
		archive_read_open_memory(archive->reader, bytes.at, bytes.size) < ARCHIVE_WARN) {
		err = fail(archive->reader, EIO, why);
		unarchive_close(archive);
		return err;
	}
	*out = archive;
	return 0;
}

void unarchive_close(struct unarchive *archive)
{
	archive_read_free(archive->reader);
	free(archive);
}

/* Names in 7z and cab are Unicode, which the C locale has not. */
static void read_name(
	struct unarchive *archive, struct archive_entry *entry, char name[UNARCHIVE_NAME_SIZE])
{
	const char *text = archive_entry_pathname_utf8(entry);

	if (!text)
		text = archive_entry_pathname(entry);
	if (text && *text)
		text_printable(text, name, UNARCHIVE_NAME_SIZE);
	else
		snprintf(name, UNARCHIVE_NAME_SIZE, "file %u", archive->files);
}

/* What a file says of its size is only where to begin. */
static int grow(uint8_t **bytes, size_t *room, size_t max)
{
	size_t more = *room == 0 ? PIECE : 2 * *room;
	uint8_t *moved;

	if (*room > max)
		return -E2BIG;
	if (more > max)
		more = max + 1;
	moved = realloc(*bytes, more);
	if (!moved)
		return -ENOMEM;
	*bytes = moved;
	*room = more;
	return 0;
}

static int read_file(struct unarchive *archive, size_t max, struct deadline deadline, uint8_t **out,
	size_t *size, struct msg *why)
{
	size_t room = 0, have = 0;
	uint8_t *bytes = NULL;
	la_ssize_t n;
	int err = 0;

	do {
		if (have == room)
			err = grow(&bytes, &room, max);
		if (err == 0 && deadline_left(deadline) == 0)
			err = -ETIMEDOUT;
		if (err < 0)
			break;
		n = archive_read_data(
			archive->reader, bytes + have, room - have < PIECE ? room - have : PIECE);
		if (n > 0)
			have += (size_t)n;
	} while (n > 0 || n == ARCHIVE_RETRY);
	if (err == 0 && n < 0)
		err = fail(archive->reader, n == ARCHIVE_FATAL ? EIO : EBADMSG, why);
	if (err < 0) {
		free(bytes);
		return err;
	}
	*out = bytes;
	*size = have;
	return 1;
}

int unarchive_next(struct unarchive *archive, size_t max, struct deadline deadline,
	char name[static UNARCHIVE_NAME_SIZE], uint8_t **out, size_t *size, struct msg *why)
{
	struct archive_entry *entry;
	int result;

	do {
		result = archive_read_next_header(archive->reader, &entry);
		if (result == ARCHIVE_EOF)
			return 0;
		if (result == ARCHIVE_FATAL || result == ARCHIVE_FAILED)
			return fail(archive->reader, EIO, why);
		if (deadline_left(deadline) == 0)
			return -ETIMEDOUT;
		archive->files++;
	} while (result == ARCHIVE_RETRY || archive_entry_filetype(entry) != AE_IFREG);
	read_name(archive, entry, name);
	if (archive_entry_is_encrypted(entry))
		return msg_fail(why, EBADMSG, "it is encrypted");
	return read_file(archive, max, deadline, out, size, why);
}
