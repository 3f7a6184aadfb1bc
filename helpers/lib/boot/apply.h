/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "boot/host.h"
#include "boot/work.h"

/*
 * Does WORK on HOST and says on stdout what it does. LOCK is state_lock's. If the images cannot be
 * made all files are put back; if what comes after them fails, that part is taken back alone. What
 * is cut off by a kill is known to the next run by the state. Returns 0 or -errno with WHY set.
 */
int apply(struct host *host, struct work *work, int lock, struct msg *why);

/* Removes what HOST, loaded as one where nothing shall be, has of ours: the inverse of apply. */
int apply_remove(struct host *host, struct work *work, int lock, struct msg *why);
