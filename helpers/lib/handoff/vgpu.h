/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/log.h"
#include "formats/config.h"
#include "handoff/step.h"

/*
 * vGPUs that are no guest's: made at boot or by hand. They have no undo file: guests use them, and
 * they stay.
 */

/*
 * Moves that hang have their lock here, not in UNDO_DIR, which shall be empty when no guest has a
 * GPU. A lock does not say whose it is: lines of the file are the steps that may be moving, the
 * lock says whether one is.
 */
#define VGPU_LOCK "/run/gpu-handoff-vgpu.lock"
enum { VGPU_MOVES_SIZE = 64 << 10 };

/*
 * Locks UNDO_DIR, so that no guest's start chooses types or takes vGPUs meanwhile. Returns the
 * descriptor, whose last copy ends that, or -errno with WHY set.
 */
int vgpu_begin(const struct config_handoff *settings, struct msg *why);

/* Does PARENT offer types? 0, or -ENODEV with WHY set. */
int vgpu_check_parent(const char *parent, struct msg *why);

/* Runs a step of noun_mdev, as step_run, for TIMEOUT seconds, under vgpu_begin's lock; the system
 * log tells of it. */
enum step_result vgpu_move(const struct step *step, unsigned int timeout, struct msg *why);

/*
 * Makes vGPU UUID by hand: of TYPE, or with TYPE "auto" of the type that a guest would get without
 * a configuration; on PARENT, or with NULL on any. Returns 0, or -errno with WHY set: -EEXIST if it
 * is there, -EBUSY if a guest's undo file names it, -ENOENT if nobody offers the type, -ENOSPC.
 */
int vgpu_create(const char *parent, const char *type, const char *uuid,
	const struct config_handoff *settings, struct msg *why);

/*
 * Removes vGPU UUID, if it is nobody's: no process has it open, no guest's undo file names it and
 * mdevctl does not define it. Returns 0, or -errno with WHY set, which names whose it is: -EBUSY,
 * -EPERM, -ENODEV if there is none.
 */
int vgpu_remove(const char *uuid, const struct config_handoff *settings, struct msg *why);
