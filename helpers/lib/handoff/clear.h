/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/log.h"
#include "handoff/plan.h"
#include "nouns/holders.h"

/* Who has to let go of a plan's functions before they can move. */
struct clear {
	const struct plan *plan;
	struct nodes nodes;
	struct holders holders; /* of the last look */
	bool expects_release; /* somebody holds a node who will be made to let go */
};

/*
 * Before anything is changed: refuses the holders of the plan's functions by name, but for those
 * that the plan's own first steps make let go (processes of the units it stops; with seat=release
 * or console=release processes that have a DRM node open, with all that they have of the card).
 * With busy=wait waits for them until busy-timeout. Returns 0, or -EBUSY or another -errno with WHY
 * set.
 */
int clear_first(struct clear *clear, const struct plan *plan, struct msg *why);

/* After units, seat and console: waits until busy-timeout for everybody to have let go. */
int clear_second(struct clear *clear, struct msg *why);
