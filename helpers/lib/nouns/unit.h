/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

/* Could TEXT be the name of a systemd unit, systemd.unit(5)? */
bool unit_name(const char *text);
