/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "nouns/noun.h"

/* Could TEXT be the name of a systemd unit, systemd.unit(5)? */
bool unit_name(const char *text);

/* The unit's own name (NAME may be an alias; control groups know only the former) and its state,
 * "active" or "inactive". Returns 0, -ENODEV if there is no such unit or no systemd, or -errno. */
int unit_show(const char *name, char id[static OBJECT_SIZE], char state[static STATE_SIZE]);

/*
 * When the service NAME, whose main process PID still is, was last reloaded and that went well, in
 * milliseconds of the clock. systemd dates the last change of a service's state
 * (StateChangeTimestamp, which outlives its daemon-reload); of one that has been active since it
 * began, such changes are reloads. A signal that somebody else sent is none. Returns 0; -ENOENT if
 * systemd knows of no reload; -ENODATA if it says something else or nothing (systemctl prints UTC
 * since systemd 247); or as unit_show does.
 */
int unit_reloaded(const char *name, pid_t pid, long long *out);
