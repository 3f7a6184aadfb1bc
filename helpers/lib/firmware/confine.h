/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/spawn-wait.h"

/* Who looks at files of others where we are root. */
enum { CONFINE_UID = 65534 };

/*
 * Calls FUNCTION(ARGUMENT) in a child process that can do little harm: it has no descriptors but
 * stdout and stderr, at most MEMORY more bytes than we have, as much processor time as there is
 * until the deadline, files of at most FILE bytes, and no rights: it is CONFINE_UID if we are root.
 * It ends with us. Its memory is a copy; what it shall hand back has to be shared. FUNCTION returns
 * 0 to 254. Returns that, or -errno as spawn_wait does, which SIGNALS and WATCH are for.
 */
int confine_call(int (*function)(void *argument), void *argument, size_t memory, size_t file,
	bool signals, struct spawn_watch *watch, struct deadline deadline);
