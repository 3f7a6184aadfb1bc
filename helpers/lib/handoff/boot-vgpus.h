/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/log.h"
#include "formats/config.h"

/*
 * Makes the vGPUs that CONFIG wants at boot and on PARENT, or on any: all whose [vgpu UUID] section
 * says when=boot. One that exists, wherever and whoever made it, is right as it is, and one that a
 * guest's undo file names is that guest's. What is made here has no undo file: guests use it and
 * it stays. Holds UNDO_DIR's lock, so that no guest's start chooses types meanwhile. What cannot be
 * made is said and the others go on. Returns how many that were, or -errno with WHY set.
 */
int boot_vgpus(const char *parent, const struct config *config, struct msg *why);
