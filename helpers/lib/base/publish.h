/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Makes PATH a file of these bytes and of MODE by renaming a new file in the same directory to it:
 * whoever looks sees all of it or nothing. What is there is replaced only with REPLACE, a symbolic
 * link itself and not what it leads to. Returns 0, or -errno with nothing changed and nothing
 * left: -EEXIST, -EISDIR, -ENOSPC, ...
 */
int publish(const char *path, const void *bytes, size_t length, mode_t mode, bool replace);
