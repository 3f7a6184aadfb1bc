/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/log.h"

/*
 * Is a block device below the sysfs directory PATH in use by the host: mounted (/proc/self/
 * mountinfo), swap (/proc/swaps) or held by another device (holders/)? Returns 0, -EBUSY with
 * "/dev/sdb1 is mounted on /srv; unmount it first" or the like in WHY, or -errno.
 */
int block_in_use(const char *path, struct msg *why);
