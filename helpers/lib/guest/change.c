/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/change.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const enum state_file roms[] = {STATE_VBIOS, STATE_VGPU_ROM};
enum { ROMS = sizeof(roms) / sizeof(*roms) };

/* A file of the guest's, NULL if it is not there. Returns 0 or -errno with WHY set. */
struct kept {
	char *bytes;
	size_t length;
};

static int keep(const char *uuid, enum state_file file, struct kept *out, struct msg *why)
{
	int err;

	*out = (struct kept){0};
	err = guest_read(uuid, file, &out->bytes, &out->length, why);
	return err == -ENOENT ? 0 : err;
}

static bool is_installed(const struct rom_file *rom, const struct kept *kept)
{
	return kept->bytes && kept->length == rom->length &&
	       memcmp(kept->bytes, rom->bytes, rom->length) == 0;
}

int change_needed(const struct edit *edit, struct msg *why)
{
	bool needed = edit_differs(edit);
	struct kept kept;
	int err = keep(edit->uuid, STATE_PREVIOUS, &kept, why);

	if (err < 0)
		return err;
	free(kept.bytes);
	for (size_t i = 0; i < ROMS && !needed; i++) {
		const struct rom_file *rom = &edit->rom[roms[i]];

		if (!rom->file)
			continue;
		err = keep(edit->uuid, roms[i], &kept, why);
		if (err < 0)
			return err;
		needed = !is_installed(rom, &kept);
		free(kept.bytes);
	}
	return needed;
}

/* The guest's files before a change: what undo needs, and what a failure puts back. */
struct before {
	struct kept file[STATE_FILES];
	bool written[STATE_FILES];
};

static int write_file(const struct edit *edit, struct before *before, enum state_file file,
	const void *bytes, size_t length, struct msg *why)
{
	before->written[file] = true;
	return guest_write(edit->uuid, file, bytes, length, why);
}

/* Before libvirt is asked: the way back, then what the new definition names. */
static int prepare(const struct edit *edit, struct before *before, struct msg *why)
{
	const struct kept *defined = &before->file[STATE_DEFINED];
	int err = 0;

	if (edit_differs(edit) && !before->file[STATE_PREVIOUS].bytes)
		err = write_file(
			edit, before, STATE_PREVIOUS, edit->before, strlen(edit->before), why);
	for (size_t i = 0; i < ROMS && err == 0; i++) {
		const struct rom_file *rom = &edit->rom[roms[i]];

		if (rom->file && !is_installed(rom, &before->file[roms[i]]))
			err = write_file(edit, before, roms[i], rom->bytes, rom->length, why);
	}
	/* what a person edited meanwhile stays to be seen by undo */
	if (err == 0 && edit_differs(edit) && defined->bytes &&
		strcmp(defined->bytes, edit->before) == 0) {
		before->written[STATE_DEFINED] = true;
		err = guest_remove(edit->uuid, STATE_DEFINED, why);
	}
	return err;
}

static void put_back(const struct edit *edit, const struct before *before)
{
	for (enum state_file file = STATE_FILES; file-- > 0;) {
		const struct kept *kept = &before->file[file];

		if (!before->written[file])
			continue;
		if (kept->bytes)
			guest_write(edit->uuid, file, kept->bytes, kept->length, NULL);
		else
			guest_remove(edit->uuid, file, NULL);
	}
}

/* The definition as libvirt has it now becomes the one that undo expects. */
static int finish(struct edit *edit, const struct before *before, struct msg *why)
{
	struct msg reason;
	char *now = NULL;
	int err = connection_definition(edit->connection, &now, &reason);

	if (err == 0 && (!before->file[STATE_DEFINED].bytes || before->written[STATE_DEFINED]))
		err = guest_write(edit->uuid, STATE_DEFINED, now, strlen(now), &reason);
	if (err < 0) {
		free(now);
		return msg_fail(why, -err,
			"%s is changed, but what it is now could not be kept: %s; gpu-handoff "
			"guest undo works, and will not see later edits of others",
			edit->name, reason.text);
	}
	free(edit->before);
	edit->before = now;
	return 0;
}

int change_make(struct edit *edit, struct msg *why)
{
	struct before before = {0};
	int err = 0;

	for (enum state_file file = 0; file < STATE_FILES && err == 0; file++)
		err = keep(edit->uuid, file, &before.file[file], why);
	if (err == 0) {
		err = prepare(edit, &before, why);
		if (err == 0 && edit_differs(edit))
			err = connection_define(edit->connection, xml_text(edit->xml), true, why);
		if (err < 0 && err != -ECONNRESET) /* then undo needs the way back */
			put_back(edit, &before);
		else if (err == 0 && edit_differs(edit))
			err = finish(edit, &before, why);
	}
	for (size_t i = 0; i < STATE_FILES; i++)
		free(before.file[i].bytes);
	return err;
}

int change_undo_read(const struct edit *edit, struct change_undo *out, struct msg *why)
{
	struct kept previous, defined;
	int err = keep(edit->uuid, STATE_PREVIOUS, &previous, why);

	if (err < 0)
		return err;
	err = keep(edit->uuid, STATE_DEFINED, &defined, why);
	if (err < 0) {
		free(previous.bytes);
		return err;
	}
	/* an undo that was cut short has brought it back, a change has perhaps not begun */
	if (previous.bytes && defined.bytes && strcmp(previous.bytes, edit->before) != 0 &&
		strcmp(defined.bytes, edit->before) != 0) {
		out->defined = defined.bytes;
	} else {
		free(defined.bytes);
		out->defined = NULL;
	}
	out->previous = previous.bytes;
	return 0;
}

void change_undo_free(struct change_undo *undo)
{
	free(undo->previous);
	free(undo->defined);
	*undo = (struct change_undo){0};
}

int change_undo(struct edit *edit, const struct change_undo *undo, struct msg *why)
{
	char path[STATE_PATH_SIZE];
	int err = 0;

	if (!undo->previous) /* of a change that was cut short before it began */
		return guest_remove(edit->uuid, STATE_PREVIOUS, why);
	if (strcmp(undo->previous, edit->before) != 0)
		err = connection_define(edit->connection, undo->previous, false, why);
	for (enum state_file file = STATE_FILES; file-- > 0 && err == 0;) {
		guest_path(edit->uuid, file, path);
		/* a ROM that was named before any change is not ours to remove */
		if (!strstr(undo->previous, path))
			err = guest_remove(edit->uuid, file, why);
	}
	return err;
}
