/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "base/log.h"
#include "formats/config.h"
#include "handoff/undo.h"

/* Whose undo files to run. */
enum give_back_scope {
	GIVE_BACK_ONE, /* that of one guest, by UUID or name; says that the guest's release began */
	GIVE_BACK_ALL, /* every one whose guest does not run */
	GIVE_BACK_STALE, /* every one that is stale */
};

/*
 * Runs undo files. For GIVE_BACK_ONE, UUID may be "" if only NAME is known, or NAME NULL; a guest
 * without a file has nothing to give back. HOOK: libvirt's release, called by
 * that daemon: the guest is gone; NULL by hand. CONFIG (may
 * be NULL) only tells how long to wait for one operation. Says what could not be given back, and by
 * hand that there was nothing. Returns the number of lines that remain, or -errno with WHY set:
 * -EBUSY if a guest still runs or may be starting.
 */
int give_back(enum give_back_scope scope, const char *uuid, const char *name,
	const struct undo_owner *hook, const struct config *config, struct msg *why);

/* Prints what give_back would do, newest first, for each file under a line "# guest UUID NAME".
 * Returns 0 or -errno with WHY set. */
int give_back_plan(enum give_back_scope scope, const char *uuid, const char *name, struct msg *why);

/* Waits, for as long as it takes, until nobody holds what the guest got, or any
 * of the guests that SCOPE names. One after the other: see turns.h. */
int give_back_wait(enum give_back_scope scope, const char *uuid, const char *name, struct msg *why);
