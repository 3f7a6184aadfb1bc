/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "boot/host.h"
#include "boot/work.h"

/* Prints on stdout what apply would do: diffs, notes, commands. Returns 0 or -ENOMEM with WHY. */
int report_plan(const struct host *host, const struct work *work, struct msg *why);

/* Prints what the person should know of HOST, a line "note: ..." each. */
void report_notes(const struct host *host);

/* Prints a line for each file, for the images and for the kernel arguments. Is all as the config
 * wants it? */
bool report_status(const struct host *host);
