/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "guest/edit.h"

/*
 * What is done to a guest that libvirt knows, so that at every moment undo can bring back the
 * definition of before the first change. The lock of guest_lock is held, the guest is idle. All
 * return a negative errno with WHY set if they fail.
 */

/* Is there anything to do: another definition, or another ROM? Returns 1, 0, or -errno: what is
 * kept of the guest is not to be trusted. */
int change_needed(const struct edit *edit, struct msg *why);

/* Installs the ROMs and defines the guest as it was edited. If libvirt refuses, nothing is left of
 * that. Returns 0 or -errno. */
int change_make(struct edit *edit, struct msg *why);

/* What undo would do. */
struct change_undo {
	char *previous; /* the definition to bring back; NULL: there is nothing to undo */
	char *defined; /* not NULL: somebody edited this since, and loses that */
};

/* Both pointers are then the caller's; change_undo_free. */
int change_undo_read(const struct edit *edit, struct change_undo *out, struct msg *why);
void change_undo_free(struct change_undo *undo);

/* Brings back the definition if there is one, and removes what was kept and installed for it.
 * Returns 0 or -errno. */
int change_undo(struct edit *edit, const struct change_undo *undo, struct msg *why);
