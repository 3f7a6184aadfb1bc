/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "nouns/noun.h"

/* Could TEXT be the name of a systemd unit, systemd.unit(5)? */
bool unit_name(const char *text);

/* The unit's own name (NAME may be an alias; control groups know only the former) and its state,
 * "active" or "inactive". Returns 0, -ENODEV if there is no such unit or no systemd, or -errno. */
int unit_show(const char *name, char id[static OBJECT_SIZE], char state[static STATE_SIZE]);
