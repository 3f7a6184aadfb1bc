/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/log.h"
#include "formats/config.h"

/*
 * The function at ADDRESS, which address_parse wrote, was unplugged, says udev. Where it is away,
 * or is there but not as the guest left it (plugged in again), the lines of all undo files about it
 * are cut off and each guest is said once; where it is as the guest left it, nothing is done. A
 * file without lines stays as long as its guest may run: its release removes it. CONFIG, which may
 * be NULL, tells how long to wait. Returns 0 or -errno with WHY set.
 */
int gone(const char *address, const struct config *config, struct msg *why);
