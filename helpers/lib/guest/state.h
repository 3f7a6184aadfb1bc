/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>

#include "base/deadline.h"
#include "base/log.h"

/*
 * What the edit of a guest left on this host: /var/lib/gpu-handoff/UUID/. QEMU, as any user, may
 * pass through the directories (0711); the definitions have passwords in them (0600).
 */
#define STATE_DIR "/var/lib/gpu-handoff"

enum state_file {
	STATE_PREVIOUS, /* the definition before the first edit: what undo brings back */
	STATE_DEFINED, /* the definition after the last one; missing while one is made */
	STATE_VBIOS,
	STATE_VGPU_ROM,
	STATE_FILES,
};

enum { STATE_PATH_SIZE = sizeof(STATE_DIR) + 64 };

/* Where the file is, for the guest UUID (lower case). */
void guest_path(const char *uuid, enum state_file file, char out[static STATE_PATH_SIZE]);

/*
 * Makes STATE_DIR if it is not there, and waits for its lock, which makes two edits run one after
 * the other. Returns a descriptor that holds the lock, or -errno with WHY set: -EPERM if it is not
 * root's own, -ETIMEDOUT.
 */
int guest_lock(struct deadline deadline, struct msg *why);

/*
 * Reads a file, at most as much as a definition or a ROM may have, into memory that the caller
 * frees, terminated. Returns 0, -ENOENT if it is not there (WHY untouched), or -errno with WHY set
 * (OUT untouched): -EPERM if it is not root's own or others may write it.
 */
int guest_read(const char *uuid, enum state_file file, char **out, size_t *length, struct msg *why);

/* Writes a file so that it is there, whole, even if the power fails. Returns 0 or -errno with WHY
 * set. */
int guest_write(
	const char *uuid, enum state_file file, const void *bytes, size_t length, struct msg *why);

/* Removes a file, and the guest's directory if nothing is left in it. Returns 0, or -errno with WHY
 * set. */
int guest_remove(const char *uuid, enum state_file file, struct msg *why);
