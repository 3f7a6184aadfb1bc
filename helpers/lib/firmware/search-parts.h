/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "firmware/search.h"
#include "formats/embedded.h"

/* A search under way: the files of this directory share it. Functions return 0, or a negative errno
 * that ends the search, with its reason in FOUND->why. */
struct search {
	struct firmware *found;
	const struct firmware_options *options;
	unsigned int depth;
	size_t left; /* bytes that may still be unpacked */
	size_t place_length; /* of FOUND->place */
};

/* Notes that this part, or NAME in it (if not NULL), is not looked into. */
void search_note(struct search *s, const char *name, const char *reason);

/* Goes down into a part with that name; BEFORE is for the way back. */
int search_enter(struct search *s, struct span part, size_t *before, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void search_leave(struct search *s, size_t before);

/* How many bytes the next part may have; search_unpacked counts them. */
size_t search_room(const struct search *s);
void search_unpacked(struct search *s, size_t size);

/* Counts and looks at a file that was unpacked, whose name is one printable line. */
int search_file(struct search *s, const char *name, struct span bytes);

/* The refusal of NAME (NULL: of this part) for ERR: -E2BIG if there is not so much room, -ENOSPC if
 * all that was unpacked is too much, -ETIMEDOUT or -ENOMEM. */
int search_refuse(struct search *s, int err, const char *name);

/* Looks at the bytes of this part: for option ROMs, and for what can be unpacked. */
int search_bytes(struct search *s, struct span bytes);

/* The same for what is within. All of them return 1 if it turns out to be nothing of the kind. */
int search_archive(struct search *s, struct span bytes, enum embedded_kind kind);
int search_dell(struct search *s, struct span bytes);
int search_blocks(struct search *s, struct span bytes);
int search_turned(struct search *s, struct span bytes);

int search_volume(struct search *s, const struct uefi_volume *volume);
int search_dell_list(struct search *s, struct span parts);
int search_installer(struct search *s, struct span bytes);
