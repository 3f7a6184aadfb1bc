/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

/*
 * Does TEXT, what /proc/PID/cgroup says, put the process into UNIT of the system's own systemd?
 * Only systemd's hierarchy counts ("0::" or "name=systemd"), and in it the slices and the first
 * component that is none: what lies below a service or scope belongs to a user's systemd or to a
 * container's, which may name its units as it likes.
 */
bool cgroup_in_unit(const char *text, const char *unit);
