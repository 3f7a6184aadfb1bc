/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/log.h"
#include "formats/config.h"
#include "formats/domain.h"
#include "handoff/undo.h"

/*
 * Gives GUEST, of whose hostdevs some are ours, what its XML names, or leaves the machine as it
 * was. OWNER runs the hook. Returns 0, or -errno with WHY set; if then not everything could be
 * taken back, the guest's undo file says what remains.
 */
int take(const struct domain *guest, const struct config *config,
	const struct config_handoff *settings, const struct undo_owner *owner, struct msg *why);
