/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "guest/card.h"
#include "guest/connection.h"
#include "guest/rom-file.h"
#include "guest/state.h"
#include "guest/wish.h"

/* A guest's definition, from a file or from libvirt, while it is edited. */
struct edit {
	struct connection *connection; /* NULL: a file */
	char name[256]; /* of the domain or of the file, as messages have it */
	char uuid[37]; /* lower case; "" if a file has none */
	struct versions versions;
	char *before; /* the definition as it was read */
	struct xml *xml; /* as it is now */
	bool other_host; /* it is prepared for another host's card */
	/* ROMs that the definition names and that have to be installed for it; file NULL: none */
	struct rom_file rom[STATE_FILES];
	struct msg kept_rom; /* about the one that it named before and that stays, or "" */
};

/* Where the definition comes from. */
struct edit_source {
	const char *file; /* NULL: DOMAIN; "-": stdin */
	const char *connect, *domain; /* CONNECT may be NULL */
	bool writes; /* it shall be defined anew */
	struct versions versions; /* for a FILE; 0: libvirt's library here, QEMU 7.2 */
};

/* Both return 0, or a negative errno with WHY set; EDIT can then be closed, too. */
int edit_open(const struct edit_source *source, struct edit *edit, struct msg *why);
void edit_close(struct edit *edit);

/* What a person wants, in that person's words. */
struct edit_wish {
	struct wish wish; /* without its card and paths */
	struct card_hint card;
	const char *vbios, *rom; /* files with option ROMs of the dGPU and of the vGPU, or NULL */
};

/* Edits the definition as wished for. */
int edit_apply(struct edit *edit, const struct edit_wish *wish, struct msg *why);

/* Writes it as today's libvirt and QEMU want it. */
int edit_migrate(struct edit *edit, struct msg *why);

/* Has it become another one? */
bool edit_differs(const struct edit *edit);

/* The unified diff of two definitions of the guest, passwords hidden. Returns 0 and *OUT, which the
 * caller frees, or a negative errno with WHY set. */
int edit_diff(
	const struct edit *edit, const char *from, const char *to, char **out, struct msg *why);
