/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/search-parts.h"
#include "firmware/unarchive.h"

int search_file(struct search *s, const char *name, struct span bytes)
{
	size_t before;
	int err;

	search_unpacked(s, bytes.size);
	err = search_enter(s, bytes, &before, "%s", name);
	if (err < 0)
		return err;
	err = search_bytes(s, bytes);
	search_leave(s, before);
	return err;
}

int search_archive(struct search *s, struct span bytes, enum embedded_kind kind)
{
	struct unarchive *archive;
	struct msg why;
	bool any = false;
	int err = unarchive_open(bytes, kind, &archive, &why), result;

	if (err < 0) {
		search_note(s, NULL, why.text);
		return 1;
	}
	for (;;) {
		char name[UNARCHIVE_NAME_SIZE] = "";
		uint8_t *file;
		size_t size;

		result = unarchive_next(
			archive, search_room(s), s->options->deadline, name, &file, &size, &why);
		any = any || result >= 0 || result == -EBADMSG;
		if (result == 1) {
			err = search_file(s, name, (struct span){file, size});
			free(file);
		} else if (result == -EBADMSG || result == -EIO) {
			search_note(s, *name ? name : NULL, why.text);
		} else if (result < 0) {
			err = search_refuse(s, result, *name ? name : NULL);
		}
		if (err < 0 || (result != 1 && result != -EBADMSG))
			break;
	}
	unarchive_close(archive);
	return err < 0 || any ? err : 1;
}
